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
