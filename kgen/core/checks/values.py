"""What models refuse: each check returns its input in the form that is expected."""

import math
import reprlib

import keras
import numpy as np
import tensorflow as tf

from kgen.core.checks.data import (
    code_limits,
    label_limits,
    subject,
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
            f"{upper:g}]. Divide levels by the largest, 255 of 8-bit images, or cast "
            "to float32 what is in that range."
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


def is_int(value):
    """Whether a value is an int, of Python or NumPy, and no bool."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def is_size(value):
    """Whether a value is an int from 1 on that an array's axis can have."""
    return is_int(value) and 1 <= value < 2**31


def is_number(value):
    """Whether a value is a finite int or float."""
    number = is_int(value) or isinstance(value, (float, np.floating))
    return number and math.isfinite(value)


def check_number(name, value):
    """`value`, if it is a finite number, 0 or larger."""
    if not is_number(value) or value < 0:
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
    if not is_int(value) or not fewest <= value <= tf.int32.max:
        raise ValueError(
            f"`{name}` was given {key}={reprlib.repr(value)}, but expects an int, "
            f"{fewest} or larger."
        )
    return int(value)


def check_condition(name, num_classes, context_dim):
    """Raises a ValueError for two kinds of conditions at once."""
    if num_classes is not None and context_dim is not None:
        raise ValueError(
            f"`{name}` was given both num_classes={num_classes} and "
            f"context_dim={context_dim}. Choose one: labels may be a part of the "
            "context, one-hot."
        )


def check_no_context(model):
    """Raises a ValueError if a model was given a context that it has no use for."""
    if model.context_dim is not None:
        raise ValueError(
            f"`{type(model).__name__}` was given context_dim={model.context_dim}, but "
            "takes no context. Leave it out."
        )


def check_data_shape(data_shape):
    """`data_shape` as a tuple of ints, if it is the shape of one example.

    Raises:
        ValueError: unless it lists sizes, ints from 1 on.
    """
    found = reprlib.repr(data_shape)
    wanted = "a shape of one example, such as (28, 28, 1) or (13,)"
    if is_int(data_shape) and data_shape >= 1:
        raise ValueError(
            f"data_shape was given as {found}, but is {wanted}. Of vectors of "
            f"{data_shape} numbers pass ({data_shape},)."
        )
    try:
        shape = () if isinstance(data_shape, (str, bytes, dict, set)) else data_shape
        sizes = list(shape)
    except TypeError:
        sizes = []
    sizes = [size.item() if isinstance(size, np.integer) else size for size in sizes]
    if sizes and sizes[0] is None and all(map(is_size, sizes[1:])) and sizes[1:]:
        raise ValueError(
            f"data_shape was given as {found}, with a batch axis, but is {wanted}. "
            f"Pass {tuple(sizes[1:])}."
        )
    if not sizes or not all(map(is_size, sizes)):
        raise ValueError(
            f"data_shape was given as {found}, but is {wanted}: sizes, ints from 1 on, "
            "all of them known."
        )
    return tuple(sizes)


def check_data(model, data, argument="x"):
    """Raises a ValueError unless batches have the shapes that a model trains on.

    Args:
        model: A `GenerativeModel`.
        data: `x`, `(x, labels)` or `(x, labels, weight)`: tensors, or their specs.
        argument: What it was passed as.
    """
    x, labels, weights = parts_of(model, data, argument)
    parts = {"x": x, model.condition or "labels": labels, "weights": weights}
    for name, part in parts.items():
        optional = part is None and name != "x"
        if not optional and not isinstance(part, (tf.Tensor, tf.TensorSpec)):
            raise ValueError(
                f"{subject(model, name, argument)} of type {type(part).__name__}, but "
                "expects one dense tensor."
            )
    given = subject(model, "x", argument)
    if model.num_data_codes is None:
        check_type(given, x.dtype, model.data_range)
    else:
        check_integer(given, x.dtype, code_limits(model.num_data_codes).expected)
    check_shape(given, x.shape, model.data_shape)
    if model.num_classes is not None:
        check_training_labels(model, labels, argument)
    elif model.context_dim is not None:
        check_training_context(model, labels, argument)
    elif labels is not None:
        check_ignored(subject(model, "labels", argument), labels.shape)
    if weights is not None:
        given = subject(model, "weights", argument)
        check_type(given, weights.dtype)
        check_vector(given, weights.shape)


def parts_of(model, data, argument="x"):
    """Data as `(x, labels, weight)`, of which all but `x` may be `None`."""
    data = tuple(data) if isinstance(data, list) else data
    if isinstance(data, tuple) and not 1 <= len(data) <= 3:
        raise ValueError(
            f"{subject(model, 'data', argument)} of {len(data)} parts, but expects x, "
            "(x, labels) or (x, labels, weight)."
        )
    parts = keras.utils.unpack_x_y_sample_weight(data)
    return tuple(None if isinstance(p, tf.NoneTensorSpec) else p for p in parts)


def check_ignored(given, shape):
    """Raises a ValueError unless what a model has no use for is labels.

    Data sets come with labels, which a model without a condition ignores. Targets or
    contexts mean something that it would not do.
    """
    if shape.rank not in (None, 1) and shape[1:] != (1,):
        raise ValueError(
            f"{given} of shape {tuple(shape)}, but has no condition: it takes x alone, "
            "or (x, labels) and ignores one label for each example. Pass x alone. To "
            "learn clean x from noisy x, pass the clean one to a "
            "kgen.Autoencoder(corruption=...), which makes the noise itself."
        )


VECTORS_AS_LABELS = (
    " Of one-hot labels take np.argmax(labels, -1); for vectors of other numbers build "
    "the model with context_dim instead of num_classes."
)


def check_training_labels(model, labels, argument="x"):
    """Raises a ValueError unless there is an int for each example."""
    expected = label_limits(model.num_classes).expected
    given = subject(model, "labels", argument)
    if labels is None:
        raise ValueError(
            f"{subject(model, 'data with no labels', argument)}, but is conditional. "
            f"Pass (x, labels), with {expected}, or build it without num_classes."
        )
    check_vector(given, labels.shape, VECTORS_AS_LABELS)
    check_integer(given, labels.dtype, expected)


def check_training_context(model, context, argument="x"):
    """Raises a ValueError unless there is a vector for each example."""
    given, size = subject(model, "context", argument), model.context_dim
    if context is None:
        raise ValueError(
            f"{subject(model, 'data with no context', argument)}, but has "
            f"context_dim={size}. Pass "
            "(x, context), with a vector for each example."
        )
    check_type(given, context.dtype)
    check_shape(given, context.shape, (size,))


def check_vector(given, shape, advice=""):
    """Raises a ValueError unless a shape is `(batch,)` or `(batch, 1)`."""
    if shape.rank not in (None, 1) and shape[1:] != (1,):
        raise ValueError(
            f"{given} of shape {tuple(shape)}, but expects one number for each example,"
            f" (batch,).{advice}"
        )


def check_seed(name, seed, most=None, optional=True):
    """`seed` as a Python int, 0 or larger; `None`, if `optional`, for a random one.

    Args:
        name: Of the function that was given it, for the error.
        seed: What a user passed.
        most: The largest that what draws takes; `None` for any.
        optional: Whether `None` may be passed.
    """
    if seed is None and optional:
        return None
    if not is_int(seed) or seed < 0 or (most is not None and seed > most):
        limit = "0 or larger" if most is None else f"from 0 to {most}"
        raise ValueError(
            f"`{name}` was given seed={reprlib.repr(seed)}, but expects an int, "
            f"{limit}."
        )
    return int(seed)


def check_model(name, model, *verbs, key="model", advice=""):
    """`model`, if it is a `GenerativeModel` that has these verbs.

    Args:
        name: Of the function that was given it, for the error.
        model: What a user passed.
        *verbs: Names of methods, such as `"decode"`.
        key: What it was passed as.
        advice: What to do about a model without one of them.
    """
    from kgen.core.model import GenerativeModel  # It imports this file.

    missing = next((verb for verb in verbs if not hasattr(model, verb)), None)
    is_model = isinstance(model, GenerativeModel)
    if is_model and missing is None:
        return model
    found = "None" if model is None else f"a {type(model).__name__}"
    if isinstance(model, type):
        found = f"the class {model.__name__}"
    lacks, advice = (f", which has no `{missing}`", advice) if is_model else ("", "")
    wanted = f" with {' and '.join(f'`{verb}`' for verb in verbs)}" if verbs else ""
    raise ValueError(
        f"`{name}` was given {found} as {key}{lacks}, but expects a model of kgen"
        f"{wanted}, such as a kgen.VAE.{advice and ' '}{advice}"
    )


def check_switch(name, key, value):
    """`value` as a bool, if it is one."""
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(
            f"`{name}` was given {key}={reprlib.repr(value)}, but expects True or "
            "False."
        )
    return bool(value)


def check_sizes(name, key, value):
    """`value` as a tuple of Python ints, if it lists sizes from 1 on, or none."""
    if not isinstance(value, (list, tuple, np.ndarray)):
        raise ValueError(
            f"`{name}` was given {key}={reprlib.repr(value)}, but expects a tuple of "
            "ints, 1 or larger, such as (64, 64)."
        )
    return tuple(check_count(name, key, size) for size in value)
