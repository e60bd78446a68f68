"""Colour augmentations: one affine map of colours for each image.

A map is a matrix `(rows, channels + 1, channels + 1)` on values in -1..1 with a 1
appended. It leaves brightness to the axis (1, ..., 1), the luma axis; for gray images
there is no other.
"""

import math

import numpy as np
import tensorflow as tf


def brightness(draws, channels):
    "A number `N(0, 0.2^2)` added to all channels."
    amount = 0.2 * draws.gate() * draws.normal()
    column = np.zeros((channels + 1, channels + 1), "float32")
    column[:-1, -1] = 1.0
    return _identity(channels) + amount[:, None, None] * column


def contrast(draws, channels):
    "All channels times `2^N(0, 0.5^2)`."
    return _along(draws, draws.power_of_two(0.5), _identity(channels, last=0.0))


def luma_flip(draws, channels):
    "Dark and light exchanged, with the hue kept, for half of the chosen images."
    sign = 1.0 - 2.0 * draws.one_of(2)
    return _along(draws, sign, _luma(channels))


def hue(draws, channels):
    "A rotation of the colours about the luma axis by any angle."
    angle = draws.gate() * draws.symmetric() * math.pi
    axis = 1 / math.sqrt(3)
    cross = np.zeros((4, 4), "float32")
    cross[:3, :3] = axis * np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    # The formula of Rodrigues.
    plane = _identity(3, last=0.0) - _luma(3)
    sine, cosine = (f(angle)[:, None, None] for f in (tf.sin, tf.cos))
    return _identity(3) + (cosine - 1.0) * plane + sine * cross


def saturation(draws, channels):
    "The distance from gray times `2^N(0, 1)`."
    plane = _identity(channels, last=0.0) - _luma(channels)
    return _along(draws, draws.power_of_two(1.0), plane)


# In the order of the paper.
OPERATIONS = {
    "brightness": brightness,
    "contrast": contrast,
    "luma_flip": luma_flip,
    "hue": hue,
    "saturation": saturation,
}
OF_THREE_CHANNELS = ("hue", "saturation")


def random_maps(names, draws, channels):
    """The product of the named operations; `None` without names.

    Args:
        names: Names in `OPERATIONS`.
        draws: The `Draws`.
        channels: Channels of the images.
    """
    total = None
    for name, operation in OPERATIONS.items():
        if name in names:
            matrix = operation(draws, channels)
            total = matrix if total is None else matrix @ total
    return total


def recoloured(images, maps):
    """Images in [0, 1] with mapped colours; these may leave [0, 1].

    Args:
        images: `(rows, height, width, channels)`.
        maps: `(rows, channels + 1, channels + 1)`.
    """
    channels = images.shape[-1]
    linear = maps[:, :-1, :-1]
    # In [0, 1]: ((2 x - 1) A + b + 1) / 2 = x A + (b + 1 - A 1) / 2.
    constant = (maps[:, :-1, -1] + 1.0 - tf.reduce_sum(linear, axis=-1)) / 2
    pixels = tf.reshape(images, [tf.shape(images)[0], -1, channels])
    pixels = tf.matmul(pixels, linear, transpose_b=True) + constant[:, None]
    return tf.reshape(pixels, tf.shape(images))


def _along(draws, factor, plane):
    """Colours in a plane times a factor, in the chosen rows.

    Args:
        draws: The `Draws`.
        factor: `(rows,)`.
        plane: The projection to the plane, a matrix.
    """
    change = draws.gate() * (factor - 1.0)
    return np.eye(len(plane), dtype="float32") + change[:, None, None] * plane


def _identity(channels, last=1.0):
    matrix = np.eye(channels + 1, dtype="float32")
    matrix[-1, -1] = last
    return matrix


def _luma(channels):
    """The projection to the luma axis."""
    matrix = np.zeros((channels + 1, channels + 1), "float32")
    matrix[:-1, :-1] = 1 / channels
    return matrix
