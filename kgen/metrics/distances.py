"""Distances between two sets of examples, by their features."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.containers import numbers
from kgen.core.checks.values import check_count, check_number, check_seed
from kgen.core.config import lookup
from kgen.metrics.figures import register


@register("frechet_distance", ("features", "sample_features"), better="lower")
def frechet_distance(real: ArrayLike, fake: ArrayLike) -> float:
    """`|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2))` of Gaussians that fit two sets.

    That is the squared 2-Wasserstein distance between the Gaussians with the means and
    covariances of the two sets. On features of an Inception network it is the FID; with
    `kgen.metrics.features` compare only distances by the same classifier.

    The estimate is biased upwards: for two samples of the same N(0, I) by about
    `(d^2 + 5 d) / (2 n)`, 2.2 for 64 features and `n = 1000`. Compare at equal `n`.

    Args:
        real: Features `(n, d)`, one row for each example.
        fake: Features `(m, d)`, one row for each example.

    Returns:
        The distance, 0 or larger.

    Raises:
        ValueError: unless both are finite matrices of equal width, with two rows or
            more.

    Example:

    >>> rng = np.random.default_rng(0)
    >>> real, fake = rng.normal(size=(1000, 2)), rng.normal(size=(1000, 2)) + [3, 0]
    >>> 8 < frechet_distance(real, fake) < 10
    True

    References:
        [Heusel et al., 2017](https://arxiv.org/abs/1706.08500),
        [Chong & Forsyth, 2020](https://arxiv.org/abs/1911.07023) (bias)
    """
    real, fake = as_features("frechet_distance", real, fake)
    gap = np.sum((real.mean(axis=0) - fake.mean(axis=0)) ** 2)
    one, other = _root(real), _root(fake)
    # With S = R^T R the eigenvalues of (S1 S2)^(1/2) are the singular values of
    # R1 R2^T. These are exact for a singular covariance, which features have that a
    # ReLU has switched off; a matrix root is not.
    common = np.linalg.norm(one @ other.T, "nuc")
    distance = gap + np.sum(one**2) + np.sum(other**2) - 2 * common
    return max(float(distance), 0.0)


def _root(values):
    """R with `R^T R` the covariance of the rows."""
    centred = values - values.mean(axis=0)
    return np.linalg.qr(centred, mode="r") / np.sqrt(len(values) - 1)


@register("kernel_distance", ("features", "sample_features"), better="lower")
def kernel_distance(
    real: ArrayLike,
    fake: ArrayLike,
    num_subsets: int = 100,
    subset_size: int = 1000,
    seed: int | None = 0,
    kernel: str = "polynomial",
    bandwidth: float | None = None,
) -> float:
    """`E k(r, r') + E k(f, f') - 2 E k(r, f)`, the squared maximum mean discrepancy.

    Kernels:

    - `"polynomial"`: `k(x, y) = (x^T y / d + 1)^3`. The distance is 0 for two
      distributions with equal first three moments. On features of an Inception network
      it is the KID.
    - `"rbf"`: `k(x, y) = exp(-|x - y|^2 / (2 bandwidth^2))`. The distance is 0 for
      equal distributions only, and at most 2. It sees differences of the size of the
      bandwidth.

    The estimate leaves out the pairs of an example with itself, so that it is unbiased
    for sets of any size, and may be negative. With these pairs it would be 0.14 for two
    samples of 100 of one N(0, I) in 64 dimensions. It is the mean over random subsets,
    which keep kernel matrices small; a small set is used once, as a whole.

    Args:
        real: Features `(n, d)`, one row for each example.
        fake: Features `(m, d)`, one row for each example.
        num_subsets: Number of pairs of subsets.
        subset_size: Rows of a subset, 2 or more, drawn without replacement; a set with
            fewer rows is used as a whole.
        seed: Integer that fixes the subsets.
        kernel: `"polynomial"` or `"rbf"`.
        bandwidth: Of `"rbf"`, above 0, in units of the features; by default the median
            distance of two examples of the first `subset_size` of `real`.

    Returns:
        The distance, a float.

    Raises:
        ValueError: unless both are finite matrices of equal width, with two rows or
            more; for too few or too small subsets, an invalid seed, another kernel, or
            a bandwidth without effect.

    Example:

    >>> rng = np.random.default_rng(0)
    >>> real, fake = rng.normal(size=(2, 500, 64))
    >>> abs(kernel_distance(real, fake)) < 0.005 < kernel_distance(real, fake + 0.2)
    True

    References:
        [Bińkowski et al., 2018](https://arxiv.org/abs/1801.01401),
        [Gretton et al., 2012](https://jmlr.org/papers/v13/gretton12a.html)
    """
    real, fake = as_features("kernel_distance", real, fake)
    make = lookup("kernel", kernel, _KERNELS)
    seed = check_seed("kernel_distance", seed)
    num_subsets = check_count("kernel_distance", "num_subsets", num_subsets)
    subset_size = check_count("kernel_distance", "subset_size", subset_size, fewest=2)
    k = make(real[:subset_size], bandwidth)
    if max(len(real), len(fake)) <= subset_size:
        return float(_discrepancy(k, real, fake))
    rng = np.random.default_rng(seed)
    estimates = [
        _discrepancy(k, *(_subset(rng, rows, subset_size) for rows in (real, fake)))
        for _ in range(num_subsets)
    ]
    return float(np.mean(estimates))


def _subset(rng, rows, size):
    return rng.choice(rows, min(size, len(rows)), replace=False)


def _polynomial(rows, bandwidth):
    # Cubic, with an offset of 1 and x^T y divided by d, by default.
    from sklearn.metrics.pairwise import polynomial_kernel

    if bandwidth is not None:
        raise ValueError(
            f"`kernel_distance` was given bandwidth={bandwidth}, which has an effect "
            "only with kernel='rbf'. Leave it out."
        )
    return polynomial_kernel


def _rbf(rows, bandwidth):
    from scipy.spatial.distance import pdist
    from sklearn.metrics.pairwise import rbf_kernel

    if bandwidth is None:
        bandwidth = float(np.median(pdist(rows)))
    if not check_number("bandwidth", bandwidth):
        raise ValueError(
            "`kernel_distance` needs a bandwidth above 0. The median distance of two "
            "real examples is 0 if most are equal: pass a bandwidth."
        )
    return partial(rbf_kernel, gamma=0.5 / bandwidth**2)


_KERNELS = {"polynomial": _polynomial, "rbf": _rbf}


def _discrepancy(kernel, real, fake):
    """Squared maximum mean discrepancy, without bias."""
    within = 0.0
    for rows in (real, fake):
        values = kernel(rows)
        within += (values.sum() - np.trace(values)) / (len(rows) * (len(rows) - 1))
    return within - 2 * kernel(real, fake).mean()


def as_features(name, real, fake, fewest=2, keys=("real", "fake")):
    """Two sets of vectors that can be compared, as float64 matrices.

    Args:
        name: Name of the function that takes them, for the error.
        real: `(n, d)`.
        fake: `(m, d)`.
        fewest: The smallest number of rows, or one number for each.
        keys: Names of the two arguments.

    Raises:
        ValueError: if the shapes differ from these, or a value is not finite.
    """
    real, fake = (
        numbers(name, key, values, finite=False).astype("float64")
        for key, values in zip(keys, (real, fake), strict=True)
    )
    fewest = fewest if isinstance(fewest, tuple) else (fewest, fewest)
    matrices = real.ndim == fake.ndim == 2 and real.shape[1] == fake.shape[1]
    if not matrices or len(real) < fewest[0] or len(fake) < fewest[1]:
        rows = " and ".join(map(str, sorted(set(fewest))))
        raise ValueError(
            f"`{name}` was given {keys[0]} of shape {real.shape} and {keys[1]} of "
            f"shape {fake.shape}, but expects two matrices (n, d) with the same d and "
            f"at least {rows} rows. Flatten further axes: x.reshape(len(x), -1)."
        )
    for key, values in zip(keys, (real, fake), strict=True):
        if not np.isfinite(values).all():
            raise ValueError(
                f"{key} has features that are not finite, in "
                f"{np.sum(~np.isfinite(values).all(axis=1))} of {len(values)} rows."
            )
    return real, fake
