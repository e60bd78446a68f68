"""Data that all sides share."""

import numpy as np

BATCH_SIZE = 128


def images(steps, batch_size=BATCH_SIZE):
    """Random 28x28x1 binary images: one epoch of `steps` steps."""
    random = np.random.default_rng(0)
    shape = (steps * batch_size, 28, 28, 1)
    return (random.random(shape, np.float32) > 0.8).astype(np.float32)


def colours(steps, batch_size, count=1):
    """Random 32x32x3 images, smooth: one epoch of `steps` steps.

    Args:
        steps: Number of batches.
        batch_size: Rows of a batch.
        count: Number of arrays.

    Returns:
        An array, or a tuple of `count` arrays.
    """
    random = np.random.default_rng(0)
    shape = (count, steps * batch_size, 8, 8, 3)
    small = random.random(shape, np.float32)
    arrays = tuple(small.repeat(4, axis=2).repeat(4, axis=3))
    return arrays if count > 1 else arrays[0]


def points(steps, batch_size=BATCH_SIZE):
    """Points of the two moons: one epoch of `steps` steps."""
    import kgen

    return kgen.data.density("moons").sample(steps * batch_size, seed=0)


def digits():
    """scikit-learn's 8x8 digits of 17 grey levels, `k / 16`.

    Returns:
        1437 training and 360 held-out images, float32 `(n, 8, 8, 1)`.
    """
    from sklearn.datasets import load_digits

    x = (load_digits().images / 16).astype(np.float32)[..., None]
    x = x[np.random.RandomState(0).permutation(len(x))]
    return x[:1437], x[1437:]


def binary_digits():
    """The digits, 1 where a grey level is at least a half and 0 elsewhere."""
    return tuple((x >= 0.5).astype(np.float32) for x in digits())
