"""Fidelity and diversity, measured separately: how far each set lies in the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.values import check_count
from kgen.metrics.distances import as_features
from kgen.metrics.figures import register
from kgen.metrics.pairwise import Distances, Scale

_CELLS = 2**23  # Distances in memory at once.


@register(
    "precision_recall", ("features", "sample_features"), better="higher", enough=1000
)
def precision_recall(
    real: ArrayLike, fake: ArrayLike, num_neighbors: int = 3
) -> dict[str, float]:
    """Improved precision and recall: shares of each set within the other's balls.

    Every example of a set is the centre of a ball that reaches to its
    `num_neighbors`-th neighbour in that set; the union of these balls approximates the
    support. Unrealistic samples lower the precision, dropped modes lower the recall.
    Two samples of one distribution do not reach 1; their values depend on their sizes:
    compare at equal `n` and `m`.

    Args:
        real: Features `(n, d)`, one row for each example.
        fake: Features `(m, d)`, one row for each example.
        num_neighbors: Number of neighbours in a ball, 1 or more, fewer than `n` and
            `m`.

    Returns:
        Dictionary: `precision`, the share of `fake` within the balls of `real`, and
        `recall`, the share of `real` within those of `fake`.

    Raises:
        ValueError: unless both are finite matrices of equal width with more rows than
            `num_neighbors`, or for an invalid number of neighbours.

    Example:

    >>> real = np.random.default_rng(0).normal(size=(200, 8))
    >>> precision_recall(real, real)
    {'precision': 1.0, 'recall': 1.0}

    References:
        [Kynkäänniemi et al., 2019](https://arxiv.org/abs/1904.06991)
    """
    num_neighbors = check_count("precision_recall", "num_neighbors", num_neighbors)
    real, fake = as_features(
        "precision_recall", real, fake, num_neighbors + 1, least="float32"
    )
    real_reach, fake_reach = (radii(rows, num_neighbors) for rows in (real, fake))
    recalled = np.zeros(len(real), "bool")

    def precise(distances, start):
        reach = fake_reach[start : start + len(distances), None]
        np.logical_or(recalled, np.any(distances <= reach, axis=0), out=recalled)
        return np.any(distances <= real_reach, axis=1)

    precision = np.mean(by_rows(fake, real, precise))
    return {"precision": float(precision), "recall": float(np.mean(recalled))}


def radii(centres, num_neighbors):
    """Squared distances of examples `(n, d)` to their neighbours of a rank, `(n,)`."""

    def radius(distances, start):
        # The nearest to a centre, at rank 0, is the centre itself.
        return distances.smallest(num_neighbors)

    return by_rows(centres, centres, radius)


def by_rows(one, other, reduce):
    """`reduce`, applied to each row of a matrix of squared distances.

    Args:
        one: Examples `(n, d)`.
        other: Examples `(m, d)`.
        reduce: Function of some rows of the `Distances`, `(rows, m)`, and of the index
            of the first of them. It gives one value for each row.

    Returns:
        The values, `(n,)`.
    """
    scale = Scale(one, other)
    scaled, size = scale(other), max(1, _CELLS // len(other))
    blocks = (
        (Distances(one[start : start + size], other, scale, scaled), start)
        for start in range(0, len(one), size)
    )
    return np.concatenate([reduce(*block) for block in blocks])
