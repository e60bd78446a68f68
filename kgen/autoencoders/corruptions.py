"""Corruptions: what a denoising autoencoder is given instead of `x`.

Each is a function of the data and a seed, so that training draws it afresh in each step
and a picture can be repeated: `GaussianNoise(0.3)(images, seed=0)`.
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
    """`x + stddev * noise`, noise from N(0, I); images stay in [0, 1] by clipping.

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

    What is left keeps its size, other than in `keras.layers.Dropout`.

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
    """Each value becomes 0 or 1, either with probability `rate / 2`.

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
    """A square of each image becomes 0; all places inside the image are as likely.

    Args:
        size: Side of the square in pixels; where an image is smaller, its side.
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
        """Which of `length` places the patch covers, bool `(count, length)`."""
        last = max(length - self.size, 0)
        # A float, as drawing ints would not be uniform.
        uniform = tf.random.stateless_uniform([count, 1], key, maxval=last + 1)
        first = tf.minimum(tf.cast(uniform, tf.int32), last)
        place = tf.range(length)
        return (place >= first) & (place < first + self.size)


class Blur(Corruption):
    """A Gaussian blur, its width drawn for each image from U(0, stddev).

    At the border the weights are those of the pixels that exist.

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
