"""Divergences between discrete distributions."""

import numpy as np
from scipy import special


def kl_divergence(p, q):
    """`KL(p || q) = sum_i p_i log(p_i / q_i)`, in nats.

    Args:
        p: Probabilities `(..., n)` that sum to 1.
        q: Probabilities `(..., n)` that sum to 1.

    Returns:
        Array `(...)`; infinite where `q` is 0 and `p` is not.

    Raises:
        ValueError: if either does not sum to 1.

    Example:

    >>> binomial, uniform = [9 / 25, 12 / 25, 4 / 25], [1 / 3, 1 / 3, 1 / 3]
    >>> round(float(kl_divergence(binomial, uniform)), 7)
    0.0852996
    """
    for name, value in (("p", p), ("q", q)):
        total = np.sum(value, axis=-1)
        if not np.allclose(total, 1.0):
            raise ValueError(f"{name} sums to {total}, but probabilities sum to 1.")
    return np.sum(special.rel_entr(p, q), axis=-1)


def js_divergence(p, q):
    """`JS(p, q) = KL(p || m) / 2 + KL(q || m) / 2` with `m = (p + q) / 2`, in nats.

    Symmetric, 0 only where `p = q`, and at most log 2, where `p` and `q` have nothing
    in common. The discriminator that is best against a generator brings the value of
    the minimax game to `2 JS(p_data, p_generator) - 2 log 2`.

    Args:
        p: Probabilities `(..., n)` that sum to 1.
        q: Probabilities `(..., n)` that sum to 1.

    Returns:
        Array `(...)`, from 0 to log 2.

    Raises:
        ValueError: if either does not sum to 1.

    Example:

    >>> binomial, uniform = [9 / 25, 12 / 25, 4 / 25], [1 / 3, 1 / 3, 1 / 3]
    >>> round(float(js_divergence(binomial, uniform)), 7)
    0.0224599
    """
    middle = (np.asarray(p) + np.asarray(q)) / 2
    return (kl_divergence(p, middle) + kl_divergence(q, middle)) / 2
