"""Fidelity and diversity, measured separately: how far each set lies in the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.values import check_count
from kgen.metrics.distances import as_features
from kgen.metrics.figures import register


@register("precision_recall", ("features", "sample_features"), better="higher")
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
    real, fake = as_features("precision_recall", real, fake, fewest=num_neighbors + 1)
    return {
        "precision": _share_within(real, fake, num_neighbors),
        "recall": _share_within(fake, real, num_neighbors),
    }


def _share_within(centres, points, num_neighbors):
    """Share of the points within a ball of some centre."""
    reach = radii(centres, num_neighbors)

    def within(distances, start):
        return np.any(distances <= reach, axis=1)

    return float(np.mean(by_rows(points, centres, within)))


def radii(centres, num_neighbors):
    """Squared distances of examples `(n, d)` to their neighbours of a rank, `(n,)`."""

    def radius(distances, start):
        # The nearest to a centre, at index 0, is the centre itself.
        return np.partition(distances, num_neighbors, axis=1)[:, num_neighbors]

    return by_rows(centres, centres, radius)


def by_rows(one, other, reduce):
    """`reduce`, applied to each row of a matrix of squared distances.

    Args:
        one: Examples `(n, d)`.
        other: Examples `(m, d)`.
        reduce: Function of some rows of the distances, `(rows, m)`, and of the index of
            the first of them. It gives one value for each row.

    Returns:
        The values, `(n,)`.
    """
    from sklearn.metrics import pairwise_distances_chunked

    # Squared distances come from differences, so that equal examples have distance 0;
    # "euclidean" would take scalar products, which round.
    chunks = pairwise_distances_chunked(
        one, other, reduce_func=reduce, metric="sqeuclidean"
    )
    return np.concatenate(list(chunks))
