"""A test by nearest neighbours: do real examples and samples differ?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kgen.metrics.distances import as_features
from kgen.metrics.figures import register
from kgen.metrics.neighbors import by_rows, leave_out_selves


@register(
    "nearest_neighbor_test", ("equal_features", "equal_sample_features"), enough=500
)
def nearest_neighbor_test(real: ArrayLike, fake: ArrayLike) -> dict[str, float]:
    """How well the nearest neighbour tells whether an example is real: 0.5 is best.

    Each example is judged by the nearest of all others, real and fake. Two samples of
    one distribution give 0.5 in the mean. Fakes far from the data give 1. Below 0.5
    examples are closer to the other set than to their own: copies of the data give 0.

    `real_accuracy` low and `fake_accuracy` high means that fakes fill a part of the
    data: modes are missing. The other way round, fakes lie around the data.

    Args:
        real: Features `(n, d)`, one row for each example.
        fake: Features `(n, d)`: of as many rows, since the larger set would win more
            often.

    Returns:
        Dictionary: `accuracy`, `real_accuracy` and `fake_accuracy`, each in 0..1: the
        shares of all, of real and of fake examples that are judged right. Neighbours at
        the same distance vote with their shares.

    Raises:
        ValueError: unless both are finite matrices of one shape, with two rows or more.

    Example:

    >>> real, fake = np.random.default_rng(0).normal(size=(2, 100, 2))
    >>> nearest_neighbor_test(real, fake + 100.0)["accuracy"]
    1.0
    >>> nearest_neighbor_test(real, real)["accuracy"]
    0.0

    References:
        [Lopez-Paz & Oquab, 2017](https://arxiv.org/abs/1610.06545),
        [Xu et al., 2018](https://arxiv.org/abs/1806.07755)
    """
    real, fake = as_features("nearest_neighbor_test", real, fake)
    if len(real) != len(fake):
        raise ValueError(
            f"`nearest_neighbor_test` was given {len(real)} real and {len(fake)} fake "
            "rows, but expects equal numbers. Draw as many samples, or leave some out."
        )
    both, count = np.concatenate([real, fake]), len(real)

    def right(distances, start):
        leave_out_selves(distances, start)
        nearest = distances == np.min(distances, axis=1, keepdims=True)
        reals = np.sum(nearest[:, :count], axis=1) / np.sum(nearest, axis=1)
        is_real = start + np.arange(len(distances)) < count
        return np.where(is_real, reals, 1.0 - reals)

    shares = by_rows(both, both, right)
    return {
        "accuracy": float(np.mean(shares)),
        "real_accuracy": float(np.mean(shares[:count])),
        "fake_accuracy": float(np.mean(shares[count:])),
    }
