"""Figures of quality that both sides compute in the same way."""

import numpy as np


def squared_error(x, reconstruction):
    """Mean squared difference of two arrays, over all examples and values."""
    return float(np.mean(np.square(x - reconstruction), dtype="float64"))


def code_use(codes, num_codes):
    """The use of the words of a codebook.

    Args:
        codes: Integers in 0..`num_codes - 1`, any shape.
        num_codes: Number of words.

    Returns:
        Dictionary: `usage`, the fraction of the words that occur, and `perplexity`,
        `exp(H)` of their frequencies.
    """
    frequencies = np.bincount(np.ravel(codes), minlength=num_codes) / np.size(codes)
    used = frequencies[frequencies > 0]
    return {
        "usage": len(used) / num_codes,
        "perplexity": float(np.exp(-np.sum(used * np.log(used)))),
    }
