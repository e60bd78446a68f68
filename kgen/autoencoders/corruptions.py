"""Corruptions: damages of the data that a denoising autoencoder encodes.

Each is a function of the data and a seed: training draws it afresh in each step, and a
picture can be repeated by `GaussianNoise(0.3)(images, seed=0)`.
"""

import tensorflow as tf

from kgen.core.checks.values import check_count, check_fraction, check_number
from kgen.core.config import Configured, named
from kgen.core.random import fold_in


class Corruption(Configured):
    """Damages examples; a subclass defines `corrupted(x, key)`."""

    def __call__(self, x, seed):
        """Damaged examples.

        Args:
            x: float `(batch, *data_shape)`.
            seed: Integer, or a key of `kgen.core.random`, an int tensor `(2,)`.

        Returns:
            float32 tensor of the shape of `x`.
        """
        key = seed if tf.is_tensor(seed) else tf.constant([0, seed], tf.int64)
        return self.corrupted(tf.cast(x, tf.float32), key)

    def corrupted(self, x, key):
        """`__call__` on tensors."""
        raise TypeError(f"{type(self).__name__} does not define `corrupted`.")


class GaussianNoise(Corruption):
    """`x + stddev * noise`, noise from N(0, I); images are clipped to [0, 1].

    Args:
        stddev: Standard deviation of the noise in the units of the data.
    """

    def __init__(self, stddev: float = 0.3) -> None:
        self.stddev = check_number("stddev", stddev)

    def corrupted(self, x, key):
        noisy = x + self.stddev * tf.random.stateless_normal(tf.shape(x), key)
        return tf.clip_by_value(noisy, 0.0, 1.0) if _are_images(x) else noisy


class Erasure(Corruption):
    """Each value becomes 0 with probability `rate`: dropout of the input.

    The other values are not scaled up, unlike in `keras.layers.Dropout`.

    Args:
        rate: In 0..1.

    References:
        [Vincent et al., 2008](https://doi.org/10.1145/1390156.1390294)
    """

    def __init__(self, rate: float = 0.5) -> None:
        self.rate = check_fraction("rate", rate)

    def corrupted(self, x, key):
        uniform = tf.random.stateless_uniform(tf.shape(x), key)
        return tf.where(uniform < self.rate, 0.0, x)


class SaltAndPepper(Corruption):
    """Each value becomes 0 or 1, each with probability `rate / 2`.

    Args:
        rate: In 0..1.
    """

    def __init__(self, rate: float = 0.2) -> None:
        self.rate = check_fraction("rate", rate)

    def corrupted(self, x, key):
        uniform = tf.random.stateless_uniform(tf.shape(x), key)
        peppered = tf.where(uniform < self.rate / 2, 0.0, x)
        return tf.where(uniform >= 1 - self.rate / 2, 1.0, peppered)


class PatchMask(Corruption):
    """A square of each image becomes 0; all positions in the image are equally likely.

    Args:
        size: Side of the square in pixels; at most the side of the image is used.
    """

    def __init__(self, size: int = 4) -> None:
        self.size = check_count("PatchMask", "size", size)

    def corrupted(self, x, key):
        _check_images("PatchMask", x)
        rows = self._inside(tf.shape(x)[0], x.shape[1], fold_in(key, 1))
        columns = self._inside(tf.shape(x)[0], x.shape[2], fold_in(key, 2))
        inside = rows[:, :, None, None] & columns[:, None, :, None]
        return tf.where(inside, 0.0, x)

    def _inside(self, count, length, key):
        """Whether the patch covers each position, bool `(count, length)`."""
        last = max(length - self.size, 0)
        # Draws floats, as ints would not be exactly uniform.
        uniform = tf.random.stateless_uniform([count, 1], key, maxval=last + 1)
        first = tf.minimum(tf.cast(uniform, tf.int32), last)
        place = tf.range(length)
        return (place >= first) & (place < first + self.size)


class Blur(Corruption):
    """A Gaussian blur with a standard deviation from U(0, stddev) for each image.

    At the border the weights of the pixels inside the image are normalised.

    Args:
        stddev: Largest standard deviation in pixels.
    """

    def __init__(self, stddev: float = 1.5) -> None:
        self.stddev = check_number("stddev", stddev)

    def corrupted(self, x, key):
        _check_images("Blur", x)
        width = tf.random.stateless_uniform([tf.shape(x)[0], 1, 1], key)
        stddev = tf.maximum(self.stddev * width, 1e-3)
        down, across = (_smoothing(length, stddev) for length in x.shape[1:3])
        return tf.einsum("bij,bjkc,blk->bilc", down, x, across)


def _smoothing(length, stddev):
    """Matrices `(batch, length, length)` whose rows are normalised Gaussians."""
    place = tf.range(length, dtype=tf.float32)
    squares = tf.square(place[:, None] - place)
    return tf.nn.softmax(-squares / (2.0 * tf.square(stddev)), axis=-1)


def _are_images(x):
    return len(x.shape) == 4


def _check_images(name, x):
    if not _are_images(x):
        raise ValueError(
            f"{name} was given data of shape {tuple(x.shape)}, but expects images, "
            "(batch, height, width, channels). For vectors take GaussianNoise or "
            "Erasure."
        )


CORRUPTIONS = {
    "blur": Blur,
    "erasure": Erasure,
    "gaussian_noise": GaussianNoise,
    "patch_mask": PatchMask,
    "salt_and_pepper": SaltAndPepper,
}


def get(corruption: str | Corruption | None) -> Corruption | None:
    """A corruption from its name in `CORRUPTIONS`; an instance or `None` as it is."""
    return named("corruption", Corruption, corruption, CORRUPTIONS)
