"""Mean and covariance of features that come batch by batch."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.containers import numbers

_ROWS = 4096  # Rows whose copy in float64 is in memory at once.


class Moments:
    """The mean and the covariance of features, of as many examples as one likes.

    It keeps `d^2` numbers in float64, however many examples it is given, so that
    `frechet_distance` compares sets that do not fit into memory. Batches of any sizes
    give the same moments.

    Args:
        features: A first batch `(n, d)`, one row for each example; `None` for none.

    Attributes:
        count: Number of examples so far.
        mean: Their mean `(d,)`.

    Example:

    >>> rng = np.random.default_rng(0)
    >>> moments = Moments()
    >>> for _ in range(10):
    ...     moments.add(rng.normal(size=(100, 2)))
    >>> moments.count, moments.covariance.shape
    (1000, (2, 2))
    >>> real = rng.normal(size=(1000, 2))
    >>> kgen.metrics.frechet_distance(real, moments) < 0.1
    True

    References:
        [Chan et al., 1983](https://doi.org/10.1080/00031305.1983.10483115)
    """

    def __init__(self, features: ArrayLike | None = None) -> None:
        self.count = 0
        self.mean = self._scatter = None
        if features is not None:
            self.add(features)

    def add(self, features: ArrayLike) -> None:
        """Takes one more batch into account.

        Args:
            features: Features `(n, d)`, one row for each example.

        Raises:
            ValueError: unless they are a finite matrix, as wide as earlier ones.
        """
        features = numbers("Moments.add", "features", features)
        width = features.shape[1:] if self.mean is None else self.mean.shape
        if features.ndim != 2 or features.shape[1:] != width:
            raise ValueError(
                f"`Moments.add` was given features of shape {features.shape}, but "
                f"expects a matrix (n, {width[0] if width else 'd'}). Flatten further "
                "axes: x.reshape(len(x), -1)."
            )
        if self.mean is None:
            self.mean, self._scatter = np.zeros(width), np.zeros(2 * width)
        for start in range(0, len(features), _ROWS):
            self._merge(features[start : start + _ROWS].astype("float64"))

    def _merge(self, rows):
        mean = rows.mean(axis=0)
        rows -= mean
        gap = mean - self.mean
        share = len(rows) / (self.count + len(rows))
        self._scatter += rows.T @ rows
        self._scatter += np.outer(gap, self.count * share * gap)
        self.mean += share * gap
        self.count += len(rows)

    @property
    def covariance(self) -> np.ndarray:
        """The covariance `(d, d)`, without bias, of two examples or more."""
        return self._scatter / (self.count - 1)
