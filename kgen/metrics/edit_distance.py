"""How many edits lead from one sequence of ints to another."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.containers import numbers


def edit_distance(x: ArrayLike, y: ArrayLike) -> np.ndarray:
    """The edit distance of Levenshtein, row by row.

    It is the fewest insertions, deletions and replacements of single ints that turn one
    sequence into the other.

    Args:
        x: Sequences of ints `(n, steps)`, or one for all rows of y, `(1, steps)`.
        y: Sequences of ints `(n, steps)`, or one for all rows of x.

    Returns:
        Ints `(n,)`.

    Raises:
        ValueError: if these are no ints of such shapes.

    Example:

    >>> kgen.metrics.edit_distance([[1, 2, 3, 4], [5, 5, 5, 5]], [[2, 3, 4, 1]])
    array([2, 4])

    References:
        [Wagner & Fischer, 1974](https://doi.org/10.1145/321796.321811)
    """
    x, y = (numbers("edit_distance", k, v, 2) for k, v in (("x", x), ("y", y)))
    fits = x.ndim == y.ndim == 2 and (len(x) == len(y) or 1 in (len(x), len(y)))
    if not fits or {x.dtype.kind, y.dtype.kind} - set("iu"):
        raise ValueError(
            f"`edit_distance` was given x of shape {x.shape} and type {x.dtype}, and y "
            f"of shape {y.shape} and type {y.dtype}, but expects ints (n, steps), and "
            "as many rows of both, or one row."
        )
    rows = max(len(x), len(y))
    x, y = (np.broadcast_to(a, (rows, a.shape[1])) for a in (x, y))
    # The distances of the first i of x from the first j of y, for all j.
    along = np.arange(y.shape[1] + 1)
    distance = np.broadcast_to(along, (rows, len(along)))
    for i in range(x.shape[1]):
        replaced = distance[:, :-1] + (x[:, i : i + 1] != y)
        best = np.minimum(distance[:, 1:] + 1, replaced)
        best = np.concatenate([np.full((rows, 1), i + 1), best], axis=1)
        # An insertion costs 1 for each step to the right of any earlier place.
        distance = np.minimum.accumulate(best - along, axis=1) + along
    return distance[:, -1]
