"""Interpolation of images, as products with small matrices.

Unlike TensorFlow's operations these run on GPUs, under XLA and backwards.
"""

import tensorflow as tf

SHARPNESS = -0.5  # Keys' constant: the kernel interpolates parabolas exactly.


def bicubic_down(x, factor):
    """Images `1 / factor` as high and wide, without aliasing.

    The kernel is `factor` times as wide as that of `bicubic_up`, so each pixel is a
    mean over its surroundings. It is the reduction of Pillow and of the literature on
    super-resolution. Values may leave the range of `x` a little beside edges.

    Args:
        x: `(batch, height, width, channels)`; both sides are multiples of `factor`.
        factor: An int, 1 or larger.
    """
    for axis in (1, 2):
        length = tf.shape(x)[axis]
        x = _resized(x, axis, length // factor, 1.0 / factor, _cubic)
    return x


def bicubic_up(x, factor):
    """Images `factor` times as high and wide.

    Args:
        x: `(batch, height, width, channels)`.
        factor: An int, 1 or larger.
    """
    for axis in (1, 2):
        x = _resized(x, axis, tf.shape(x)[axis] * factor, float(factor), _cubic)
    return x


def linear(x, size):
    """Images of another size, by linear interpolation; smaller ones without aliasing.

    Args:
        x: `(batch, height, width, channels)`.
        size: The new height and width, ints or tensors.
    """
    for axis, length in zip((1, 2), size, strict=True):
        before = tf.shape(x)[axis]
        scale = tf.cast(length, tf.float64) / tf.cast(before, tf.float64)
        x = _resized(x, axis, length, scale, _triangle)
    return x


def cropped_to_multiple(x, factor):
    """The upper left part of images with sides that are multiples of `factor`."""
    sides = [
        (tf.shape(x)[axis] if x.shape[axis] is None else x.shape[axis])
        for axis in (1, 2)
    ]
    height, width = (side // factor * factor for side in sides)
    return x[:, :height, :width]


def _resized(x, axis, length, scale, kernel):
    """`x` with another length of an axis, by the factor `scale`."""
    weights = _weights(tf.shape(x)[axis], length, scale, kernel)
    found = tf.tensordot(tf.cast(weights, x.dtype), x, [1, axis])
    # The new axis is in front.
    order = [*range(1, axis + 1), 0, *range(axis + 1, x.shape.rank)]
    return tf.transpose(found, order)


def _weights(before, after, scale, kernel):
    """The share of each old position in each new one, `(after, before)`.

    At the margins, weights outside the image are left out, and the others sum to 1.
    """
    centers = (tf.cast(tf.range(after), tf.float64) + 0.5) / scale - 0.5
    distance = tf.cast(tf.range(before), tf.float64)[None] - centers[:, None]
    weights = kernel(tf.abs(distance) * tf.minimum(tf.cast(scale, tf.float64), 1.0))
    return weights / tf.reduce_sum(weights, 1, keepdims=True)


def _triangle(t):
    """The kernel of linear interpolation at distances `t`, 0 or larger."""
    return tf.maximum(1.0 - t, 0.0)


def _cubic(t):
    """Keys' kernel at distances `t`, 0 or larger."""
    a = SHARPNESS
    near = ((a + 2) * t - (a + 3)) * t**2 + 1
    far = a * (((t - 5) * t + 8) * t - 4)
    return tf.where(t < 1, near, tf.where(t < 2, far, tf.zeros_like(t)))
