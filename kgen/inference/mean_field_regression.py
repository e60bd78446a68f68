"""Bayesian linear regression by coordinate ascent."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.containers import numbers
from kgen.core.checks.values import check_switch
from kgen.inference.coordinate_ascent import ascend
from kgen.inference.precision import BROAD, GammaPrior, Precision
from kgen.inference.table import check_table


class MeanFieldRegression:
    """`y = x w + noise` with `q(w) q(precision of w) q(precision of noise)`.

    The weights have the prior N(0, 1 / weight_precision), the noise is
    N(0, 1 / noise_precision). Each update sets one factor of q to its optimum, given
    the others, so `elbo()` never falls. With both precisions known q(w) is the exact
    posterior, and the bound is the log evidence log p(y).

    There is no intercept: centre the data, or add a column of ones to x.

    Args:
        x: Inputs, `(n, d)`.
        y: Targets, `(n,)`.
        weight_precision: A `GammaPrior`, or the known precision of the weights.
        noise_precision: A `GammaPrior`, or the known precision of the noise.
        relevance: Whether each weight has a precision of its own (automatic relevance
            determination): weights of useless columns then shrink to 0.

    Attributes:
        mean: Mean of q(w), `(d,)`.
        covariance: Covariance of q(w), `(d, d)`.
        weight_precision: q of the precision of weights; its `mean` has one entry, or d.
        noise_precision: q of the precision of the noise; its `mean` has one entry.

    Raises:
        ValueError: if x and y do not fit together, or hold NaN, or a precision is
            neither a number above 0 nor a `GammaPrior`.

    Example:

    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(50, 3))
    >>> y = x @ [1.0, -2.0, 0.0] + 0.1 * rng.normal(size=50)
    >>> q = kgen.inference.MeanFieldRegression(x, y)
    >>> bounds = q.fit()
    >>> bool(np.all(np.diff(bounds) > -1e-9))
    True
    >>> bool(np.allclose(q.mean, [1.0, -2.0, 0.0], atol=0.05))
    True

    References:
        [Bishop, 2006](https://link.springer.com/book/9780387310732), section 10.3
    """

    def __init__(
        self,
        x: ArrayLike,
        y: ArrayLike,
        weight_precision: GammaPrior | float = BROAD,
        noise_precision: GammaPrior | float = BROAD,
        relevance: bool = False,
    ) -> None:
        name = "MeanFieldRegression"
        self.x = check_table(name, x)
        self.y = numbers(name, "y", y, rows=1).astype("float64")
        if self.y.shape != self.x.shape[:1]:
            raise ValueError(
                f"`{name}` was given y of shape {self.y.shape} for x of shape "
                f"{self.x.shape}, but expects one number for each row."
            )
        self.relevance = check_switch(name, "relevance", relevance)
        size = self.x.shape[1] if relevance else 1
        self.weight_precision = Precision("weight_precision", weight_precision, size)
        self.noise_precision = Precision("noise_precision", noise_precision)
        self.squares = self.x.T @ self.x
        self.update_weights()

    def update_weights(self) -> None:
        """Sets q(w) to the normal that is optimal for the mean precisions."""
        d = self.x.shape[1]
        prior = np.diag(np.broadcast_to(self.weight_precision.mean, d))
        noise = self.noise_precision.mean
        self.covariance = np.linalg.inv(prior + noise * self.squares)
        self.mean = noise * self.covariance @ (self.x.T @ self.y)

    def update_weight_precision(self) -> None:
        """Sets q(weight precision) to its optimum, from the mean squares of weights."""
        squares = self._weight_squares()
        if self.relevance:
            self.weight_precision.update(1, squares)
        else:
            self.weight_precision.update(len(squares), np.sum(squares, keepdims=True))

    def update_noise_precision(self) -> None:
        """Sets q(noise precision) to its optimum, from the mean squares of errors."""
        self.noise_precision.update(len(self.y), np.array([self._error_squares()]))

    def sweep(self) -> None:
        """Updates all factors, one after the other."""
        self.update_weight_precision()
        self.update_noise_precision()
        self.update_weights()

    def elbo(self) -> float:
        """`E_q[log p(y, w, precisions) - log q]`, nats: a lower bound on log p(y)."""
        noise, weights = self.noise_precision, self.weight_precision
        n, d = self.x.shape
        likelihood = n * (noise.mean_log[0] - np.log(2 * np.pi))
        likelihood -= noise.mean[0] * self._error_squares()
        prior = np.broadcast_to(weights.mean_log, d) - np.log(2 * np.pi)
        prior = np.sum(prior - weights.mean * self._weight_squares())
        entropy = np.linalg.slogdet(2 * np.pi * np.e * self.covariance)[1]
        return float((likelihood + prior + entropy) / 2 - noise.kl() - weights.kl())

    def fit(self, max_sweeps: int = 1000, tolerance: float = 1e-8) -> np.ndarray:
        """Updates all factors in turn until the bound stands still.

        Args:
            max_sweeps: Largest number of sweeps.
            tolerance: Smallest gain of a sweep, nats.

        Returns:
            The bound after each sweep, nats, float64.
        """
        return ascend(self, max_sweeps, tolerance)

    def predict(self, x: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation of y under q, noise included.

        The noise has its mean precision.

        Args:
            x: Inputs, `(m, d)`.

        Returns:
            Two float64 arrays `(m,)`.
        """
        x = check_table("predict", x, len(self.mean))
        variance = np.einsum("ni,ij,nj->n", x, self.covariance, x)
        return x @ self.mean, np.sqrt(variance + 1 / self.noise_precision.mean)

    def _weight_squares(self):
        """E[w_j^2], `(d,)`."""
        return self.mean**2 + np.diag(self.covariance)

    def _error_squares(self):
        """E[|y - x w|^2]."""
        error = self.y - self.x @ self.mean
        return error @ error + np.sum(self.squares * self.covariance)
