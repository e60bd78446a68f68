"""Divergences between discrete distributions."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from kgen.core.checks.containers import numbers


def kl_divergence(p: ArrayLike, q: ArrayLike) -> np.ndarray:
    """`KL(p || q) = sum_i p_i log(p_i / q_i)`, in nats.

    Args:
        p: Probabilities `(..., n)` that sum to 1.
        q: Probabilities `(..., n)` that sum to 1.

    Returns:
        Array `(...)`; infinite where `q` is 0 and `p` is not.

    Raises:
        ValueError: if either has negative values or does not sum to 1, or if their
            shapes do not fit.

    Example:

    >>> binomial, uniform = [9 / 25, 12 / 25, 4 / 25], [1 / 3, 1 / 3, 1 / 3]
    >>> round(float(kl_divergence(binomial, uniform)), 7)
    0.0852996
    """
    p, q = _probabilities("kl_divergence", p, q)
    return np.sum(special.rel_entr(p, q), axis=-1)


def js_divergence(p: ArrayLike, q: ArrayLike) -> np.ndarray:
    """`JS(p, q) = KL(p || m) / 2 + KL(q || m) / 2` with `m = (p + q) / 2`, in nats.

    It is symmetric, 0 only for `p = q`, and at most log 2, for `p` and `q` with
    disjoint supports. With the optimal discriminator the value of the minimax game is
    `2 JS(p_data, p_generator) - 2 log 2`.

    Args:
        p: Probabilities `(..., n)` that sum to 1.
        q: Probabilities `(..., n)` that sum to 1.

    Returns:
        Array `(...)`, from 0 to log 2.

    Raises:
        ValueError: as for `kl_divergence`.

    Example:

    >>> binomial, uniform = [9 / 25, 12 / 25, 4 / 25], [1 / 3, 1 / 3, 1 / 3]
    >>> round(float(js_divergence(binomial, uniform)), 7)
    0.0224599
    """
    p, q = _probabilities("js_divergence", p, q)
    middle = (p + q) / 2
    return (kl_divergence(p, middle) + kl_divergence(q, middle)) / 2


def _probabilities(name, p, q):
    """Both as float64 arrays, if they are distributions over the same values."""
    p, q = (
        numbers(name, key, values, axes=0, finite=False).astype("float64")
        for key, values in (("p", p), ("q", q))
    )
    axes = zip(reversed(p.shape), reversed(q.shape), strict=False)
    fit = all(one == other or 1 in (one, other) for one, other in axes)
    if not p.ndim or not q.ndim or p.shape[-1] != q.shape[-1] or not fit:
        raise ValueError(
            f"`{name}` was given p of shape {p.shape} and q of shape {q.shape}, but "
            "expects probabilities (..., n) of the same n values, in equal number."
        )
    for key, value in (("p", p), ("q", q)):
        if (value < 0).any():
            raise ValueError(
                f"{key} has the value {value.min():g}, but probabilities are 0 or "
                "larger."
            )
        total = np.sum(value, axis=-1)
        if not np.allclose(total, 1.0):
            raise ValueError(
                f"{key} sums to {total}, but probabilities sum to 1. Divide counts by "
                "their sum."
            )
    return p, q
