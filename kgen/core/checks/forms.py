"""Checks of types and shapes of data."""

import tensorflow as tf


def check_integer(given, dtype, expected):
    """Raises a ValueError unless values are ints."""
    if not dtype.is_integer:
        raise ValueError(
            f"{given} of type {dtype.name}, but expects {expected}. Cast them to int32."
        )


def check_type(given, dtype, data_range=None):
    """Raises a ValueError unless values are numbers, floats where there is a range."""
    if not (dtype.is_floating or dtype.is_integer or dtype.is_bool):
        raise ValueError(f"{given} of type {dtype.name}, but expects real numbers.")
    if dtype.is_integer and data_range is not None:
        lower, upper = data_range
        raise ValueError(
            f"{given} of type {dtype.name}, but expects floats in [{lower:g}, "
            f"{upper:g}]. Divide levels by the largest, 255 for 8-bit images, or cast "
            "values in that range to float32."
        )


def check_shape(given, found, expected, smallest=1):
    """Raises a ValueError unless the shape of a batch is `(batch, *expected)`.

    Args:
        given: Start of the error's sentence.
        found: A `tf.TensorShape`.
        expected: Shape of an example; a side may be `None`, for any.
        smallest: The fewest values on such a side.
    """
    if found.rank == 0 or not found[1:].is_compatible_with(expected):
        sides = ("any" if side is None else str(side) for side in expected)
        batch = f"({', '.join(['batch', *sides])})"
        raise ValueError(
            f"{given} of shape {tuple(found)}, but expects {batch}."
            f"{shape_advice(tuple(found), expected)}"
        )
    sides = zip(found[1:], expected, strict=True) if found.rank else ()
    free = [n for n, side in sides if side is None and n is not None]
    if any(n < smallest for n in free):
        raise ValueError(
            f"{given} of shape {tuple(found)}, but expects sides of {smallest} or more."
        )


def shape_advice(found, expected):
    """Advice for a wrong shape, `""` if there is none."""
    *size, channels = expected
    if _fits(found, expected):
        return " Add the batch axis: [None] for one example, .batch(32) for a dataset."
    if _fits(found[1:], size) and channels == 1:
        return " Add the last axis: [..., None]."
    if size and _fits(found[1:], (channels, *size)):
        return " Put the channels last: np.moveaxis(x, 1, -1)."
    if size and _fits(found[1:-1], size):
        return (
            f" These are {found[-1]} channels rather than {channels}: convert them, or "
            "build the model for them."
        )
    return ""


def _fits(found, expected):
    """Whether a shape has the expected sides; `None` is any."""
    return tf.TensorShape(expected).is_compatible_with(found)


VECTORS_AS_LABELS = (
    " Convert one-hot labels by np.argmax(labels, -1); for other vectors build the "
    "model with context_shape instead of num_classes."
)


def check_vector(given, shape, advice=""):
    """Raises a ValueError unless a shape is `(batch,)` or `(batch, 1)`."""
    if shape.rank not in (None, 1) and shape[1:] != (1,):
        raise ValueError(
            f"{given} of shape {tuple(shape)}, but expects one number for each example,"
            f" (batch,).{advice}"
        )


def check_ignored(given, shape, optional=()):
    """Raises a ValueError unless an ignored part of the data has the shape of labels.

    Data sets often hold labels, and a model without a condition ignores them. Targets
    or contexts are refused: their user expects the model to learn from them.

    Args:
        given: Start of the error's sentence.
        shape: Shape of the part.
        optional: Names of the parts that the model takes beside x, by name only.
    """
    if shape.rank in (None, 1) or shape[1:] == (1,):
        return
    by_name = [name for name in optional if name != "weights"]
    advice = (
        f"Pass other parts by name: a dictionary with x and {' and '.join(by_name)}."
        if by_name
        else "Pass x alone. To learn clean x from noisy x, pass the clean one to a "
        "kgen.Autoencoder(corruption=...), which makes the noise itself."
    )
    raise ValueError(
        f"{given} of shape {tuple(shape)}, but has no condition: it takes x alone, or "
        f"(x, labels) and ignores one label for each example. {advice}"
    )
