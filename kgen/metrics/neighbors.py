"""Fidelity and diversity, measured separately: how far each set lies in the other."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.values import check_count
from kgen.metrics.distances import as_features
from kgen.metrics.figures import register
from kgen.metrics.pairwise import Distances, Scale

_CELLS = 2**22  # Distances that each thread has in memory.
_THREADS = 16


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
    recalled, lock = np.zeros(len(real), "bool"), threading.Lock()

    def precise(distances, start):
        reach = fake_reach[start : start + len(distances), None]
        found = np.any(distances <= reach, axis=0)
        with lock:
            recalled[found] = True
        return np.any(distances <= real_reach, axis=1)

    precision = np.mean(by_rows(fake, real, precise))
    return {"precision": float(precision), "recall": float(np.mean(recalled))}


@register("f1_score", ("features", "sample_features"), better="higher", enough=1000)
def f1_score(real: ArrayLike, fake: ArrayLike, num_neighbors: int = 3) -> float:
    """`2 p r / (p + r)`, the harmonic mean of precision and recall, in 0..1.

    One number for both: it is low if either is. It does not say which.

    Args:
        real: See `precision_recall`.
        fake: See there.
        num_neighbors: See there.

    Returns:
        The score; 0 if precision and recall are 0.

    Raises:
        ValueError: as `precision_recall` does.

    Example:

    >>> real = np.random.default_rng(0).normal(size=(200, 8))
    >>> f1_score(real, real), f1_score(real, real + 100.0)
    (1.0, 0.0)

    References:
        [Lucic et al., 2018](https://arxiv.org/abs/1711.10337)
    """
    precision, recall = precision_recall(real, fake, num_neighbors).values()
    total = precision + recall
    return 2 * precision * recall / total if total else 0.0


def radii(centres, num_neighbors):
    """Squared distances of examples `(n, d)` to their neighbours of a rank, `(n,)`."""

    def radius(distances, start):
        # The nearest to a centre, at rank 0, is the centre itself.
        return distances.smallest(num_neighbors)

    return by_rows(centres, centres, radius)


def to_nearest(one, other):
    """Squared distances of examples `(n, d)` to the nearest of others, `(n,)`."""
    return by_rows(one, other, lambda distances, start: np.min(distances, axis=1))


def leave_out_selves(distances, start):
    """Sets the distances of rows to themselves to infinity: no row is its neighbour.

    Args:
        distances: Some rows of the `Distances` of a set to itself.
        start: Index of the first of them.
    """
    rows = np.arange(len(distances))
    distances[rows, start + rows] = np.inf


def by_rows(one, other, reduce):
    """`reduce`, applied to each row of a matrix of squared distances.

    Args:
        one: Examples `(n, d)`.
        other: Examples `(m, d)`.
        reduce: Function of some rows of the `Distances`, `(rows, m)`, and of the index
            of the first of them. It gives one value for each row, and is called in
            several threads.

    Returns:
        The values, `(n,)`.
    """
    from threadpoolctl import ThreadpoolController

    scale = Scale(one, other)
    scaled, size = scale(other), max(1, _CELLS // len(other))

    def part(start):
        rows = one[start : start + size]
        return reduce(Distances(rows, other, scale, scaled), start)

    starts = range(0, len(one), size)
    if len(starts) == 1:
        return part(0)
    # As many threads as matrix products have, and then products with one thread each,
    # so that no other step of the work is left to one.
    products = ThreadpoolController().select(user_api="blas")
    threads = max((found.num_threads for found in products.lib_controllers), default=1)
    with products.limit(limits=1), ThreadPoolExecutor(min(threads, _THREADS)) as pool:
        return np.concatenate(list(pool.map(part, starts)))
