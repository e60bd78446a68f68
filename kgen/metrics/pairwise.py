"""Squared distances of many pairs, exact wherever one looks at them."""

from __future__ import annotations

import numpy as np

_TERMS = 1024  # Products in one sum: the fewer, the less it rounds.
_TINY = 1e-30  # More than is lost where products are too small for float32.
_MANY = 0.1  # From this share of pairs on it is faster to compute all of them.
_NONE = np.zeros(0)


class Scale:
    """Moves and scales two sets to where float32 rounds least and does not overflow.

    Args:
        one: Examples `(n, d)`.
        other: Examples `(m, d)`.
    """

    def __init__(self, one, other):
        centre = np.mean(other, axis=0, dtype="float64")
        self.centre = centre.astype(np.result_type(other, "float32"))
        ends = [end(rows, axis=0) for rows in (one, other) for end in (np.min, np.max)]
        self.unit = float(np.max(np.abs(np.subtract(ends, self.centre)))) or 1.0

    def __call__(self, rows):
        """The rows, and their squared lengths, in float32."""
        rows = rows - self.centre
        rows /= self.unit
        rows = rows.astype("float32", copy=False)
        lengths = np.einsum("nd,nd->n", rows, rows, dtype="float64")
        return rows, lengths.astype("float32")


class Distances:
    """A matrix of squared distances from points to centres.

    Scalar products in float32 bound all of them, many times as fast as differences of
    features would. Differences give those that the bounds leave open. So results are
    those of differences: equal examples have distance 0, and ties are ties.

    It is compared and reduced along its rows as an array is, and pairs are left out by
    setting them to infinity. NumPy's other functions get an array, all by differences.

    Args:
        points: Some examples `(n, d)`.
        centres: Examples `(m, d)`.
        scale: The `Scale` of all points and the centres.
        scaled: `scale(centres)`.
    """

    __hash__ = None

    def __init__(self, points, centres, scale, scaled):
        self.points, self.centres, self.unit = points, centres, scale.unit**2
        (x, x_lengths), (y, y_lengths) = scale(points), scaled
        # |x - y|^2 = |x|^2 + |y|^2 - 2 x^T y
        x, sums = -2 * x, range(0, x.shape[1], _TERMS)
        parts = (x[:, i : i + _TERMS] @ y[:, i : i + _TERMS].T for i in sums)
        self.about = next(parts)
        for part in parts:
            self.about += part
        self.about += x_lengths[:, None]
        self.about += y_lengths
        # A sum of products rounds by up to half an epsilon of 2 |x| |y| for each of
        # them, the sum of sums by one for each, and all else by less than 16, where
        # 2 |x| |y| <= |x|^2 + |y|^2. So the error of a distance is below the sum of
        # these two.
        share = (_TERMS / 2 + len(sums) + 16) * np.finfo("float32").eps
        self.errors = share * x_lengths[:, None] + _TINY, share * y_lengths

    def __len__(self):
        return len(self.points)

    def __setitem__(self, places, value):
        if value != np.inf:
            raise ValueError(f"Distances can be set to infinity only, not to {value}.")
        self.about[places] = np.inf

    def __le__(self, limit):
        surely, maybe = self._compared(limit)
        return self._settled(surely, maybe, np.less_equal, limit)

    def __eq__(self, value):
        below, maybe = self._compared(value)
        return self._settled(np.zeros_like(below), maybe > below, np.equal, value)

    def min(self, axis=1, out=None, keepdims=False):
        """The smallest distance of each row."""
        return self.smallest(0)[:, None] if keepdims else self.smallest(0)

    def argmin(self, axis=1, out=None):
        """The index of the smallest distance of each row."""
        return np.argmax(self == self.min(keepdims=True), axis=1)

    def smallest(self, rank):
        """The distance of a rank of each row, at rank 0 the smallest one."""
        one, other = self.errors
        most = self.about + other
        most.partition(rank, axis=1)
        near = self._exact(self.about - other <= most[:, rank, None] + 2 * one)
        return np.array([np.partition(row, rank)[rank] for row in near])

    def __array__(self, dtype=None, copy=None):
        found = np.stack(self._exact(np.ones_like(self.about, "bool")))
        found[np.isinf(self.about)] = np.inf
        return found.astype(dtype or found.dtype, copy=False)

    def _compared(self, limit):
        """Where distances surely are at most a limit, and where they may be."""
        limit, (one, other) = np.asarray(limit / self.unit, "float32"), self.errors
        return self.about + one <= limit - other, self.about - one <= limit + other

    def _settled(self, surely, maybe, compare, value):
        """A comparison, from where it surely holds and where it may hold."""
        near = maybe > surely
        value = np.broadcast_to(value, near.shape)
        surely[near] = compare(np.concatenate(self._exact(near)), value[near])
        return surely

    def _exact(self, near):
        """A list of the distances of each row that are `near`, by differences."""
        from scipy.spatial.distance import cdist

        rows, columns = np.divmod(np.flatnonzero(near), near.shape[1])
        columns = np.split(columns, np.searchsorted(rows, np.arange(1, len(near))))
        if len(rows) > _MANY * near.size:
            found = cdist(self.points, self.centres, "sqeuclidean")
            return [row[places] for row, places in zip(found, columns, strict=True)]
        return [
            cdist(point[None], self.centres[places], "sqeuclidean")[0]
            if len(places)
            else _NONE
            for point, places in zip(self.points, columns, strict=True)
        ]
