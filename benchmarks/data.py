"""Data that all sides share."""

import numpy as np

BATCH_SIZE = 128


def images(steps):
    """As many 28x28x1 binary images as so many steps need: one epoch of them."""
    random = np.random.default_rng(0)
    shape = (steps * BATCH_SIZE, 28, 28, 1)
    return (random.random(shape, np.float32) > 0.8).astype(np.float32)


def binary_digits():
    """scikit-learn's 8x8 digits, binarised at half of their 16 levels.

    Returns:
        1437 training and 360 held-out images, float32 `(n, 8, 8, 1)`.
    """
    from sklearn.datasets import load_digits

    digits = (load_digits().images >= 8).astype(np.float32)[..., None]
    digits = digits[np.random.RandomState(0).permutation(len(digits))]
    return digits[:1437], digits[1437:]
