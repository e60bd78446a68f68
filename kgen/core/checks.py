"""What models refuse: each check returns its input in the form that is expected."""

import keras
import numpy as np
import tensorflow as tf

from kgen.core.data_checks import (
    code_limits,
    label_limits,
)


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
            f"{upper:g}]. Divide levels from 0 to 255 by 255, or cast to float32 what "
            "is in that range."
        )


def check_shape(given, found, expected):
    """Raises a ValueError unless the shape of a batch is `(batch, *expected)`."""
    if found.rank == 0 or not found[1:].is_compatible_with(expected):
        batch = f"({', '.join(['batch', *map(str, expected)])})"
        raise ValueError(
            f"{given} of shape {tuple(found)}, but expects {batch}."
            f"{shape_advice(tuple(found), expected)}"
        )


def shape_advice(found, expected):
    """What to do about a shape, `""` if nobody knows."""
    *size, channels = expected
    size = tuple(size)
    if found == (*size, channels):
        return " Add the batch axis: [None] for one example, .batch(32) for a dataset."
    if found[1:] == size and channels == 1:
        return " Add the last axis: [..., None]."
    if size and found[1:] == (channels, *size):
        return " Put the channels last: np.moveaxis(x, 1, -1)."
    if size and found[1:-1] == size:
        return (
            f" These are {found[-1]} channels rather than {channels}: convert them, or "
            "build the model for them."
        )
    return ""


def check_number(name, value):
    """`value`, if it is a finite number, 0 or larger."""
    if not isinstance(value, (int, float, np.number)) or not 0 <= value < np.inf:
        raise ValueError(
            f"{name} was given as {value!r}, but expects a finite number, 0 or larger."
        )
    return value


def check_fraction(name, value):
    """`value`, if it is a number in 0..1."""
    if check_number(name, value) > 1:
        raise ValueError(
            f"{name} was given as {value!r}, but expects a number in 0..1."
        )
    return value


def check_count(name, key, value, fewest=1):
    """`value` as a Python int, `fewest` or larger."""
    integer = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not integer or not fewest <= value <= tf.int32.max:
        raise ValueError(
            f"`{name}` was given {key}={value!r}, but expects an int, {fewest} or "
            "larger."
        )
    return int(value)


def check_data(model, data):
    """Raises a ValueError unless batches have the shapes that a model trains on.

    Args:
        model: A `GenerativeModel`.
        data: `x`, `(x, labels)` or `(x, labels, weight)`: tensors, or their specs.
    """
    x, labels, weights = keras.utils.unpack_x_y_sample_weight(data)
    given = f"This {type(model).__name__} was given"
    if not isinstance(x, (tf.Tensor, tf.TensorSpec)):
        raise ValueError(
            f"{given} x of type {type(x).__name__}, but expects one dense tensor."
        )
    if model.num_data_codes is None:
        check_type(f"{given} x", x.dtype, model.data_range)
    else:
        expected = code_limits(model.num_data_codes).expected
        check_integer(f"{given} x", x.dtype, expected)
    check_shape(f"{given} x", x.shape, model.data_shape)
    if model.num_classes is not None:
        check_training_labels(given, labels, model.num_classes)
    if model.context_dim is not None:
        check_training_context(given, labels, model.context_dim)
    if weights is not None:
        check_type(f"{given} weights", weights.dtype)
        check_vector("weights", weights.shape)


def check_training_labels(given, labels, num_classes):
    """Raises a ValueError unless there is an int for each example."""
    expected = label_limits(num_classes).expected
    if labels is None:
        raise ValueError(
            f"{given} data with no labels, but is conditional. Pass (x, labels), with "
            f"{expected}, or build it without num_classes."
        )
    check_vector("labels", labels.shape)
    check_integer(f"{given} labels", labels.dtype, expected)


def check_training_context(given, context, size):
    """Raises a ValueError unless there is a vector for each example."""
    if context is None:
        raise ValueError(
            f"{given} data with no context, but has context_dim={size}. Pass "
            "(x, context), with a vector for each example."
        )
    check_type(f"{given} context", context.dtype)
    check_shape(f"{given} context", context.shape, (size,))


def check_vector(name, shape):
    """Raises a ValueError unless a shape is `(batch,)` or `(batch, 1)`."""
    if shape.rank not in (None, 1) and shape[1:] != (1,):
        advice = " Of one-hot labels take np.argmax(labels, -1)." * (name == "labels")
        raise ValueError(
            f"The {name} have shape {tuple(shape)}, but one number for each example is "
            f"expected, (batch,).{advice}"
        )
