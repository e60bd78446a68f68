"""A precision, 1 / variance: known, or with a gamma prior and its gamma posterior."""

from __future__ import annotations

import dataclasses

import numpy as np
from scipy import special

from kgen.core.checks.values import is_number


@dataclasses.dataclass(frozen=True)
class GammaPrior:
    """`Gamma(shape, rate)`, the conjugate prior of a precision; its mean is shape/rate.

    Args:
        shape: Above 0. It counts as `2 * shape` observations.
        rate: Above 0: half the sum of their squares.

    Raises:
        ValueError: for other values.
    """

    shape: float = 1e-3
    rate: float = 1e-3

    def __post_init__(self) -> None:
        """Checks the parameters."""
        for key in ("shape", "rate"):
            value = getattr(self, key)
            if not is_number(value) or value <= 0:
                raise ValueError(
                    f"`GammaPrior` was given {key}={value!r}, but expects a number "
                    "above 0."
                )


BROAD = GammaPrior()  # Says next to nothing about precisions around 1.


class Precision:
    """q of a precision: one number if it is known, else a gamma distribution.

    Args:
        key: Name of the argument, for the error.
        prior: A `GammaPrior`, or the known precision.
        size: Number of precisions with this prior.
    """

    def __init__(self, key, prior, size=1):
        self.is_known = not isinstance(prior, GammaPrior)
        if self.is_known and (not is_number(prior) or prior <= 0):
            raise ValueError(
                f"{key} was given as {prior!r}, but expects a known precision above 0, "
                "or a kgen.inference.GammaPrior."
            )
        self.prior = prior
        if self.is_known:
            self.mean, self.mean_log = (
                np.full(size, prior),
                np.log(np.full(size, prior)),
            )
        else:
            self.set(np.full(size, prior.shape), np.full(size, prior.rate))

    def set(self, shape, rate):
        """Makes q `Gamma(shape, rate)`, arrays `(size,)`."""
        self.shape, self.rate = shape, rate
        self.mean = shape / rate
        self.mean_log = special.digamma(shape) - np.log(rate)

    def update(self, counts, squares):
        """The optimal q, given counts of normal variables and their mean squares.

        Args:
            counts: Number of variables with each precision.
            squares: The expected sum of their squares, `(size,)`.
        """
        if not self.is_known:
            counts = np.broadcast_to(counts, np.shape(squares))
            self.set(self.prior.shape + counts / 2, self.prior.rate + squares / 2)

    def kl(self):
        """`KL(q || prior)`, nats; 0 for a known precision."""
        if self.is_known:
            return 0.0
        shape, rate = self.prior.shape, self.prior.rate
        terms = (
            (self.shape - shape) * special.digamma(self.shape)
            - special.gammaln(self.shape)
            + special.gammaln(shape)
            + shape * (np.log(self.rate) - np.log(rate))
            + self.mean * (rate - self.rate)
        )
        return float(np.sum(terms))
