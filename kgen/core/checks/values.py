"""Checks of settings: each returns a valid value and refuses others."""

import math
import reprlib

import numpy as np
import tensorflow as tf


def is_int(value):
    """Whether a value is a Python or NumPy int, and no bool."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def is_size(value):
    """Whether a value is an int from 1 on that can be the size of an axis."""
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


def check_condition(name, num_classes, context_shape):
    """Raises a ValueError if both kinds of conditions are given."""
    if num_classes is not None and context_shape is not None:
        raise ValueError(
            f"`{name}` was given both num_classes={num_classes} and "
            f"context_shape={context_shape}. Choose one: labels may be a part of the "
            "context, one-hot."
        )


def check_context(name, context_shape):
    """The shape of one context as a tuple; `None` without a context.

    Args:
        name: Name of the function or class that takes it, for the error.
        context_shape: The user's argument: a shape, or an int for vectors of that size.

    Raises:
        ValueError: unless it is one of these.
    """
    if context_shape is None or is_size(context_shape):
        return context_shape and (int(context_shape),)
    listed = isinstance(context_shape, (list, tuple)) and len(context_shape) > 0
    if not listed or not all(map(is_size, context_shape)):
        raise ValueError(
            f"`{name}` was given context_shape={reprlib.repr(context_shape)}, but "
            "expects the shape of one context, such as (28, 28, 1) for images, or an "
            "int, the size of vectors."
        )
    return tuple(map(int, context_shape))


def check_no_context(model):
    """Raises a ValueError if a model without a context was given `context_shape`."""
    if model.context_shape is not None:
        raise ValueError(
            f"`{type(model).__name__}` was given context_shape={model.context_shape}, "
            "but takes no context. Leave it out."
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
            f"data_shape was given as {found}, but is {wanted}. For vectors of "
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


def check_seed(name, seed, most=None, optional=True):
    """`seed` as a Python int, 0 or larger; `None`, if `optional`, for a random one.

    Args:
        name: Name of the function that takes it, for the error.
        seed: The user's argument.
        most: The largest seed that the generator takes; `None` for any.
        optional: Whether `None` is allowed.
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
