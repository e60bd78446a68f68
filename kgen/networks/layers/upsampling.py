"""Layers that enlarge images: sub-pixel convolutions and interpolation."""

import keras
import tensorflow as tf

from kgen.core.checks.values import check_count
from kgen.core.config import ConfiguredLayer
from kgen.core.resizing import bicubic_up


class PixelShuffle(ConfiguredLayer):
    """Moves channels into space: each pixel becomes `factor` x `factor` pixels.

    After a convolution it is the sub-pixel convolution, which enlarges an image at the
    cost of a convolution on the small one. The channels of a pixel are, in this order,
    those of the upper left new pixel, of the one to its right, and so on, row by row
    (`tf.nn.depth_to_space`).

    Args:
        factor: Factor of height and width.
        **kwargs: Arguments of `keras.layers.Layer`.

    Raises:
        ValueError: for a `factor` below 1, or channels that `factor ** 2` does not
            divide.

    Example:

    >>> x = np.reshape([1, 2, 3, 4], (1, 1, 1, 4))
    >>> kgen.networks.PixelShuffle(2)(x).numpy()[0, :, :, 0]
    array([[1, 2],
           [3, 4]])

    References:
        [Shi et al., 2016](https://arxiv.org/abs/1609.05158)
    """

    def __init__(self, factor: int = 2, **kwargs) -> None:
        super().__init__(**kwargs)
        self.factor = check_count("PixelShuffle", "factor", factor)

    def build(self, input_shape):
        """Checks the number of channels."""
        if input_shape[-1] % self.factor**2:
            raise ValueError(
                f"PixelShuffle(factor={self.factor}) was given {input_shape[-1]} "
                f"channels, but makes one of {self.factor**2}. Give it a multiple."
            )

    def call(self, x):
        """`(batch, h, w, c)` to `(batch, factor h, factor w, c / factor^2)`."""
        return x if self.factor == 1 else tf.nn.depth_to_space(x, self.factor)

    def compute_output_spec(self, x):
        """The larger image."""
        batch, *size, channels = x.shape
        size = _enlarged(size, self.factor)
        return keras.KerasTensor((batch, *size, channels // self.factor**2), x.dtype)


class BicubicUpsampling2D(ConfiguredLayer):
    """Bicubic interpolation to `factor` times the height and width.

    Keras' `UpSampling2D` with `interpolation="bicubic"` gives the same, but its
    operation is none of XLA's.

    Args:
        factor: Factor of height and width.
        **kwargs: Arguments of `keras.layers.Layer`.

    Raises:
        ValueError: for a `factor` below 1.

    Example:

    >>> low = np.ones((1, 5, 6, 3))
    >>> kgen.networks.BicubicUpsampling2D(4)(low).shape
    TensorShape([1, 20, 24, 3])

    References:
        [Keys, 1981](https://doi.org/10.1109/TASSP.1981.1163711)
    """

    def __init__(self, factor: int = 2, **kwargs) -> None:
        super().__init__(**kwargs)
        self.factor = check_count("BicubicUpsampling2D", "factor", factor)

    def call(self, x):
        """`(batch, h, w, channels)` to `(batch, factor h, factor w, channels)`."""
        found = bicubic_up(tf.cast(x, tf.float32), self.factor)
        size = _enlarged(x.shape[1:3], self.factor)
        found = tf.ensure_shape(found, (x.shape[0], *size, x.shape[-1]))
        return tf.cast(found, x.dtype)

    def compute_output_spec(self, x):
        """The larger image."""
        batch, *size, channels = x.shape
        size = _enlarged(size, self.factor)
        return keras.KerasTensor((batch, *size, channels), x.dtype)


def _enlarged(size, factor):
    return [side if side is None else side * factor for side in size]
