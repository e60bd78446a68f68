"""Distances between two sets of examples, by their features."""

import numpy as np


def frechet_distance(real, fake):
    """`|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2))` of Gaussians that fit two sets.

    That is the squared 2-Wasserstein distance between the Gaussians with the means and
    covariances of the two sets. On features of an Inception network it is the FID; on
    those of `kgen.metrics.features` compare it only between sets that the same
    classifier has seen.

    It is biased upwards, two samples of one and the same N(0, I) by about
    `(d^2 + 5 d) / (2 n)`: 2.2 for 64 features and `n = 1000`. Compare at equal `n`.

    Args:
        real: Features `(n, d)`, one row for each example.
        fake: Features `(m, d)`, one row for each example.

    Returns:
        The distance, 0 or larger.

    Raises:
        ValueError: if these are not two matrices of equal width, finite, with two rows
            or more.

    Example:

    >>> rng = np.random.default_rng(0)
    >>> real, fake = rng.normal(size=(1000, 2)), rng.normal(size=(1000, 2)) + [3, 0]
    >>> 8 < frechet_distance(real, fake) < 10
    True

    References:
        [Heusel et al., 2017](https://arxiv.org/abs/1706.08500),
        [Chong & Forsyth, 2020](https://arxiv.org/abs/1911.07023) (bias)
    """
    real, fake = (np.asarray(value, "float64") for value in (real, fake))
    _check(real, fake)
    gap = np.sum((real.mean(axis=0) - fake.mean(axis=0)) ** 2)
    one, other = _root(real), _root(fake)
    # With S = R^T R the eigenvalues of (S1 S2)^(1/2) are the singular values of
    # R1 R2^T. These are exact where a covariance is singular, as it is for features
    # that a ReLU has switched off; a matrix root is not.
    common = np.linalg.norm(one @ other.T, "nuc")
    distance = gap + np.sum(one**2) + np.sum(other**2) - 2 * common
    return max(float(distance), 0.0)


def _root(values):
    """R with `R^T R` the covariance of the rows."""
    centred = values - values.mean(axis=0)
    return np.linalg.qr(centred, mode="r") / np.sqrt(len(values) - 1)


def _check(real, fake):
    shapes = real.shape, fake.shape
    matrices = real.ndim == fake.ndim == 2 and real.shape[1] == fake.shape[1]
    if not matrices or min(len(real), len(fake)) < 2:
        raise ValueError(
            f"Features of shapes {shapes[0]} and {shapes[1]} were given, but two "
            "matrices (n, d) with the same d and at least two rows are expected. "
            "Flatten what has more axes: x.reshape(len(x), -1)."
        )
    for name, values in (("real", real), ("fake", fake)):
        if not np.isfinite(values).all():
            raise ValueError(
                f"{name} has features that are not finite, in "
                f"{np.sum(~np.isfinite(values).all(axis=1))} of {len(values)} rows."
            )
