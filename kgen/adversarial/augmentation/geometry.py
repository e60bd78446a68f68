"""Geometric augmentations: one affine map for each image, and its bilinear sampling.

A map is a matrix `(rows, 3, 3)` from places in the augmented image to places in the
given one, in pixels from the centre: x to the right, y down.
"""

import math

import tensorflow as tf


def flip(draws, size):
    "Left and right exchanged, for half of the chosen images."
    sign = 1.0 - 2.0 * draws.gate() * draws.one_of(2)
    return _matrix(sign, 0.0, 0.0, 0.0, 1.0, 0.0)


def quarter_turns(draws, size):
    "A turn by 0, 90, 180 or 270 degrees, without a rounded sine."
    turns = draws.gate() * draws.one_of(4)
    sine = tf.where(turns == 1.0, 1.0, tf.where(turns == 3.0, -1.0, 0.0))
    cosine = tf.where(turns == 0.0, 1.0, tf.where(turns == 2.0, -1.0, 0.0))
    return _matrix(cosine, -sine, 0.0, sine, cosine, 0.0)


def shift(draws, size):
    "A shift by whole pixels, up to an eighth of each side."
    gate = draws.gate()
    down, right = (tf.round(gate * draws.symmetric() * side / 8) for side in size)
    return _matrix(1.0, 0.0, -right, 0.0, 1.0, -down)


def scale(draws, size):
    "A scale `2^N(0, 0.2^2)`."
    factor = _chosen(draws, draws.power_of_two(0.2))
    return _matrix(1 / factor, 0.0, 0.0, 0.0, 1 / factor, 0.0)


def rotation(draws, size):
    """A rotation by any angle, before the stretch, after it, or both.

    Each of the two has the probability `1 - sqrt(1 - p)`, and so one of them at least
    the probability p.
    """
    angle = draws.gate(1.0 - tf.sqrt(1.0 - draws.p)) * draws.symmetric() * math.pi
    sine, cosine = tf.sin(angle), tf.cos(angle)
    return _matrix(cosine, -sine, 0.0, sine, cosine, 0.0)


def stretch(draws, size):
    "The width times `2^N(0, 0.2^2)`, and the height divided by it."
    factor = _chosen(draws, draws.power_of_two(0.2))
    return _matrix(1 / factor, 0.0, 0.0, 0.0, factor, 0.0)


def fractional_shift(draws, size):
    "A shift by `N(0, 1/8^2)` of each side."
    gate = draws.gate()
    down, right = (gate * draws.normal() * side / 8 for side in size)
    return _matrix(1.0, 0.0, -right, 0.0, 1.0, -down)


# In the order of the paper.
OPERATIONS = {
    "flip": flip,
    "quarter_turns": quarter_turns,
    "shift": shift,
    "scale": scale,
    "rotation": rotation,
    "stretch": stretch,
    "fractional_shift": fractional_shift,
}


def random_maps(names, draws, size):
    """The product of the named operations, `(rows, 3, 3)`; `None` without names.

    Args:
        names: Names in `OPERATIONS`.
        draws: The `Draws`.
        size: Height and width of the images.
    """
    chosen = [name for name in OPERATIONS if name in names]
    if "rotation" in chosen and "stretch" in chosen:
        chosen.insert(chosen.index("stretch") + 1, "rotation")
    total = None
    for name in chosen:
        matrix = OPERATIONS[name](draws, size)
        total = matrix if total is None else total @ matrix
    return total


def warped(images, maps):
    """Images sampled at mapped places, bilinearly; beyond their edges is their mirror.

    Pixels are gathered, so the gradient by the images is exact, of any order. The
    identity changes no bit.

    Args:
        images: `(rows, height, width, channels)`.
        maps: `(rows, 3, 3)`, from places in the result to places in `images`.
    """
    height, width, channels = images.shape[1:]
    rows = tf.shape(images)[0]
    y, x = tf.meshgrid(
        tf.range(height, dtype=tf.float32) - (height - 1) / 2,
        tf.range(width, dtype=tf.float32) - (width - 1) / 2,
        indexing="ij",
    )
    places = tf.reshape(tf.stack([x, y, tf.ones_like(x)]), [3, -1])
    across, down = tf.unstack(maps[:, :2] @ places, axis=1)
    columns = _neighbours(across + (width - 1) / 2, width)
    lines = _neighbours(down + (height - 1) / 2, height)
    pixels = tf.reshape(images, [-1, channels])
    first = tf.range(rows)[:, None] * (height * width)
    total = 0.0
    for line, by_line in lines:
        for column, by_column in columns:
            weight = by_line * by_column
            nearby = tf.gather(pixels, first + line * width + column)
            total += weight[..., None] * nearby
    return tf.reshape(total, tf.shape(images))


def _neighbours(place, size):
    """The two nearest pixels on an axis, `[(index, weight), ...]`.

    Args:
        place: Places on the axis, in pixels from the first one's centre.
        size: Pixels on the axis.
    """
    period = max(2 * (size - 1), 1)
    folded = tf.math.floormod(place, float(period))
    folded = tf.minimum(tf.minimum(folded, period - folded), size - 1.0)
    low = tf.minimum(tf.floor(folded), max(size - 2.0, 0.0))
    share = folded - low
    low = tf.cast(low, tf.int32)
    return (low, 1.0 - share), (tf.minimum(low + 1, size - 1), share)


def _chosen(draws, factor):
    """A factor in the chosen rows, 1 in the others."""
    return tf.where(draws.gate() > 0, factor, tf.ones_like(factor))


def _matrix(*entries):
    """Affine maps, `(rows, 3, 3)`, from the six entries of their first two lines.

    Some entries have one value for each row, the others are numbers.
    """
    like = next(entry for entry in entries if tf.is_tensor(entry))
    nine = [entry + tf.zeros_like(like) for entry in (*entries, 0.0, 0.0, 1.0)]
    return tf.reshape(tf.stack(nine, axis=-1), [-1, 3, 3])
