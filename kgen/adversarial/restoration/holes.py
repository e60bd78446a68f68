"""Holes in images: random rectangles, and what is around a hole."""

import tensorflow as tf

from kgen.core.random import fold_in


def random_rectangles(num_rows, size, shares, key):
    """A rectangle in each image, as a mask.

    Heights, widths and places are uniform. A rectangle has one pixel at least and lies
    inside the image.

    Args:
        num_rows: Number of images.
        size: Height and width of the images.
        shares: The smallest and the largest side, as shares of the image's.
        key: Seed for `tf.random.stateless_*`.

    Returns:
        bool `(num_rows, height, width, 1)`, true in the rectangle.
    """
    sides = [
        _interval(num_rows, side, shares, fold_in(key, axis))
        for axis, side in enumerate(size)
    ]
    return (sides[0][:, :, None] & sides[1][:, None, :])[..., None]


def _interval(num_rows, side, shares, key):
    """An interval on each of `num_rows` lines, bool `(num_rows, side)`."""
    smallest, largest = (max(1, round(share * side)) for share in shares)
    uniform = tf.random.stateless_uniform([num_rows, 2], key)
    length = smallest + tf.cast(uniform[:, 0] * (largest - smallest + 1), tf.int32)
    places = tf.cast(side - length + 1, tf.float32)
    first = tf.cast(uniform[:, 1] * places, tf.int32)
    position = tf.range(side)[None]
    return (position >= first[:, None]) & (position < (first + length)[:, None])


def filled(x, mask):
    """Images with the mean of the other pixels in the hole, for each channel.

    Args:
        x: Images `(batch, height, width, channels)`.
        mask: bool `(batch, height, width, 1)`, true in the hole.
    """
    known = tf.cast(~mask, x.dtype)
    total = tf.reduce_sum(tf.where(mask, 0.0, x), [1, 2], keepdims=True)
    mean = tf.math.divide_no_nan(total, tf.reduce_sum(known, [1, 2], keepdims=True))
    return tf.where(mask, mean, x)


def around(image, mask, size):
    """The patch of each image whose center is that of the hole.

    At margins the patch is moved into the image. Without a hole it is that of the
    image's own center.

    Args:
        image: Images `(batch, height, width, channels)`.
        mask: bool `(batch, height, width, 1)`, true in the hole.
        size: Height and width of the patch, at most those of the image.

    Returns:
        `(batch, *size, channels)`.
    """
    for axis, length in zip((1, 2), size, strict=True):
        used = tf.reduce_any(mask[..., 0], axis=3 - axis)  # Of rows, then of columns.
        start = tf.clip_by_value(
            (_first(used) + _last(used) + 1 - length) // 2, 0, used.shape[1] - length
        )
        places = start[:, None] + tf.range(length)[None]
        image = tf.gather(image, places, axis=axis, batch_dims=1)
    return image


def _first(used):
    """The first true position; 0 if there is none."""
    return tf.argmax(used, axis=1, output_type=tf.int32)


def _last(used):
    """The last true position; the last position if there is none."""
    return used.shape[1] - 1 - _first(used[:, ::-1])
