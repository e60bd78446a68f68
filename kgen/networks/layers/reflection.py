"""Padding by reflection: the image goes on as in a mirror at its edges."""

import tensorflow as tf

from kgen.core.checks.values import check_count
from kgen.core.config import ConfiguredLayer


class ReflectionPadding2D(ConfiguredLayer):
    """Pads height and width with the pixels that lie inside the edge, mirrored.

    The edge itself is not repeated: `a b c` padded by 2 is `c b a b c b a`. With
    zeros at the edges of a picture a network sees where they are, and draws frames
    there. Padding that is wider than the image is reflected several times.

    Args:
        padding: Number of pixels on each of the four sides.
        **kwargs: Arguments of `keras.layers.Layer`.

    Example:

    >>> x = np.arange(3.0).reshape(1, 1, 3, 1)
    >>> np.ravel(kgen.networks.ReflectionPadding2D(2)(x)[:, :1])
    array([2., 1., 0., 1., 2., 1., 0.], dtype=float32)
    """

    def __init__(self, padding: int = 1, **kwargs) -> None:
        super().__init__(**kwargs)
        self.padding = check_count("ReflectionPadding2D", "padding", padding, fewest=0)

    def call(self, inputs):
        """Images `(batch, height, width, channels)`, larger by twice the padding."""
        sides = inputs.shape[1:3]
        if all(side is not None and side > self.padding for side in sides):
            each = [self.padding] * 2
            return tf.pad(inputs, [[0, 0], each, each, [0, 0]], "REFLECT")
        for axis in (1, 2):
            rows = reflected(tf.shape(inputs)[axis], self.padding)
            inputs = tf.gather(inputs, rows, axis=axis)
        return inputs

    def compute_output_shape(self, input_shape):
        """The shape with a larger height and width."""
        batch, *sides, channels = input_shape
        more = 2 * self.padding
        return (batch, *(None if s is None else s + more for s in sides), channels)


def reflected(size, padding):
    """The index in `0..size - 1` of each position from `-padding` on, int32.

    Args:
        size: Number of positions, 1 or more.
        padding: Number of positions on both sides that are reflected.
    """
    period = tf.maximum(2 * (size - 1), 1)
    place = tf.range(-padding, size + padding) % period
    return tf.minimum(place, period - place) % size
