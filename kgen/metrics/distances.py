"""Distances between two sets of examples, by their features."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.containers import numbers
from kgen.core.checks.values import check_count, check_number, check_seed
from kgen.core.config import lookup
from kgen.metrics.figures import register
from kgen.metrics.moments import Moments


@register(
    "frechet_distance", ("features", "sample_features"), better="lower", enough=2000
)
def frechet_distance(real: ArrayLike | Moments, fake: ArrayLike | Moments) -> float:
    """`|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2))` of Gaussians that fit two sets.

    That is the squared 2-Wasserstein distance between the Gaussians with the means and
    covariances of the two sets. On features of an Inception network it is the FID; with
    `kgen.metrics.features` compare only distances by the same classifier.

    The estimate is biased upwards: for two samples of the same N(0, I) by about
    `(d^2 + 5 d) / (2 n)`, 2.2 for 64 features and `n = 1000`. Compare at equal `n`.

    Args:
        real: Features `(n, d)`, one row for each example, or their `Moments`.
        fake: Features `(m, d)`, one row for each example, or their `Moments`.

    Returns:
        The distance, 0 or larger.

    Raises:
        ValueError: unless both are finite matrices, or moments of such, of equal width,
            with two rows or more.

    Example:

    >>> rng = np.random.default_rng(0)
    >>> real, fake = rng.normal(size=(1000, 2)), rng.normal(size=(1000, 2)) + [3, 0]
    >>> 8 < frechet_distance(real, fake) < 10
    True

    References:
        [Heusel et al., 2017](https://arxiv.org/abs/1706.08500),
        [Chong & Forsyth, 2020](https://arxiv.org/abs/1911.07023) (bias)
    """
    (mean, one), (other_mean, other) = map(_gaussian, _features_or_moments(real, fake))
    # With S = R^T R the eigenvalues of (S1 S2)^(1/2) are the singular values of
    # R1 R2^T. These are exact for a singular covariance, which features have that a
    # ReLU has switched off; a matrix root is not.
    common = _sum_of_singular_values(one @ other.T)
    gap = np.sum((mean - other_mean) ** 2)
    return max(float(gap + np.sum(one**2) + np.sum(other**2) - 2 * common), 0.0)


def _features_or_moments(real, fake):
    """Two sets of features that can be compared, or the moments of two sets."""
    if not any(isinstance(given, Moments) for given in (real, fake)):
        return as_features("frechet_distance", real, fake, least="float32")
    pair = [x if isinstance(x, Moments) else Moments(x) for x in (real, fake)]
    if min(x.count for x in pair) < 2 or pair[0].mean.shape != pair[1].mean.shape:
        found = " and ".join(f"{x.count} rows of {np.size(x.mean)}" for x in pair)
        raise ValueError(
            f"`frechet_distance` was given moments of {found} features, but expects "
            "as many features in both, of at least 2 rows."
        )
    return pair


def _gaussian(features):
    """The mean of a Gaussian that fits features, and R with `R^T R` its covariance."""
    if isinstance(features, Moments):
        return features.mean, _root(features.covariance)
    count, width = features.shape
    if count > width:
        return _gaussian(Moments(features))
    rows = features.astype("float64")
    mean = rows.mean(axis=0)
    rows -= mean
    # The first row is minus the sum of the others, so that it can be put into them
    # without a change of R^T R. Then no singular value is 0 for want of rows.
    root = rows[1:]
    root += rows[0] / (np.sqrt(count) - 1)
    root /= np.sqrt(count - 1)
    return mean, root


def _root(covariance):
    """R with `R^T R` the covariance, of as many rows as this has rank."""
    from scipy.linalg import lapack

    # Of correlations, so that a feature of small variance counts as any other.
    deviation = np.sqrt(np.diag(covariance))
    deviation[deviation == 0] = 1.0
    correlation = covariance / np.outer(deviation, deviation)
    factor, order, rank, _ = lapack.dpstrf(correlation)
    root = np.empty((rank, len(order)))
    root[:, order - 1] = np.triu(factor)[:rank]
    return root * deviation


def _sum_of_singular_values(matrix):
    if matrix.shape[0] > matrix.shape[1]:
        matrix = matrix.T
    # By their squares it is three times as fast, and good to 1e-9 if none is tiny.
    squares = np.linalg.eigvalsh(matrix @ matrix.T)
    if len(squares) and squares[0] > 1e-14 * squares[-1]:
        return np.sum(np.sqrt(squares))
    return np.linalg.norm(matrix, "nuc")


@register(
    "kernel_distance", ("features", "sample_features"), better="lower", enough=500
)
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
    which keep kernel matrices small; a small set is used once, as a whole. Products of
    float32 features are of float32, all else is of float64.

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
    make = lookup("kernel", kernel, _KERNELS)
    least = "float32" if kernel == "polynomial" else "float64"
    real, fake = as_features("kernel_distance", real, fake, least=least)
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
    if bandwidth is not None:
        raise ValueError(
            f"`kernel_distance` was given bandwidth={bandwidth}, which has an effect "
            "only with kernel='rbf'. Leave it out."
        )
    return _cubes


def _cubes(one, other):
    """`(x^T y / d + 1)^3` for all pairs."""
    values = one @ other.T
    values /= one.shape[1]
    values += 1
    return values * values * values


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
        values = kernel(rows, rows)
        np.fill_diagonal(values, 0.0)
        within += values.sum(dtype="float64") / (len(rows) * (len(rows) - 1))
    return within - 2 * kernel(real, fake).mean(dtype="float64")


def as_features(name, real, fake, fewest=2, keys=("real", "fake"), least="float64"):
    """Two sets of vectors that can be compared, as matrices of one type.

    Args:
        name: Name of the function that takes them, for the error.
        real: `(n, d)`.
        fake: `(m, d)`.
        fewest: The smallest number of rows, or one number for each.
        keys: Names of the two arguments.
        least: Their type: `"float64"`, or `"float32"` where that holds all values.

    Raises:
        ValueError: if the shapes differ from these, or a value is not finite.
    """
    real, fake = (
        numbers(name, key, values, finite=False)
        for key, values in zip(keys, (real, fake), strict=True)
    )
    dtype = least if np.result_type(real, fake, least) == least else "float64"
    real, fake = (values.astype(dtype, copy=False) for values in (real, fake))
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
