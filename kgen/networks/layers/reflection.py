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
        for axis in (1, 2) if self.padding else ():
            side = inputs.shape[axis]
            # The pixels that both edges show must not overlap.
            if side is not None and side >= 2 * self.padding + 2:
                inputs = with_mirrored_edges(inputs, self.padding, axis)
            else:
                rows = reflected(tf.shape(inputs)[axis], self.padding)
                inputs = tf.gather(inputs, rows, axis=axis)
        return inputs

    def compute_output_shape(self, input_shape):
        """The shape with a larger height and width."""
        batch, *sides, channels = input_shape
        more = 2 * self.padding
        return (batch, *(None if s is None else s + more for s in sides), channels)


def with_mirrored_edges(x, padding, axis):
    """A tensor that is padded by reflection on one axis.

    The gradient is written out: that of `tf.pad` takes three times as long.

    Args:
        x: Tensor with a known number n of positions on the axis, at least
            `2 * padding + 2`.
        padding: Number of positions on both sides, 1 or more.
        axis: The axis.
    """
    n, p = x.shape[axis], padding

    def cut(values, start, stop):
        ranges = [slice(None)] * values.shape.rank
        ranges[axis] = slice(start, stop)
        return values[tuple(ranges)]

    @tf.custom_gradient
    def padded(x):
        def gradient(dy):
            first = tf.reverse(cut(dy, 0, p), [axis])
            last = tf.reverse(cut(dy, n + p, n + 2 * p), [axis])
            dx = cut(dy, p, n + p)
            parts = [
                cut(dx, 0, 1),
                cut(dx, 1, p + 1) + first,
                cut(dx, p + 1, n - p - 1),
                cut(dx, n - p - 1, n - 1) + last,
                cut(dx, n - 1, n),
            ]
            return tf.concat(parts, axis)

        first = tf.reverse(cut(x, 1, p + 1), [axis])
        last = tf.reverse(cut(x, n - p - 1, n - 1), [axis])
        return tf.concat([first, x, last], axis), gradient

    return padded(x)


def reflected(size, padding):
    """The index in `0..size - 1` of each position from `-padding` on, int32.

    Args:
        size: Number of positions, 1 or more.
        padding: Number of positions on both sides that are reflected.
    """
    period = tf.maximum(2 * (size - 1), 1)
    place = tf.range(-padding, size + padding) % period
    return tf.minimum(place, period - place) % size
