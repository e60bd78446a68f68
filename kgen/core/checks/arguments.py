"""Checks of verbs' arguments: each returns its argument as a verb takes it."""

import numbers
from collections.abc import Hashable

import keras
import numpy as np
import tensorflow as tf

from kgen.core.checks.containers import WANTED, as_array
from kgen.core.checks.forms import check_shape, check_type
from kgen.core.checks.limits import check_values, label_limits, row_limits
from kgen.core.random import row_seeds


def dense(given, value, text=False):
    """`value` as a dense tensor.

    Args:
        given: Start of the error's sentence: `"`encode` was given x"`.
        value: One number, or any container of `kgen.core.checks.containers`.
        text: Whether it may hold text, which the caller then refuses itself.

    Raises:
        ValueError: if `value` is sparse or ragged, or holds no numbers.
    """
    if isinstance(value, (tf.data.Dataset, keras.utils.PyDataset)):
        raise ValueError(
            f"{given} as a data set, but expects an array, a tensor or a list. Only a "
            "verb's x may be a data set."
        )
    if value is None:
        raise ValueError(f"{given} as None, but expects real numbers: {WANTED}.")
    if isinstance(value, numbers.Number) or (text and isinstance(value, str)):
        array = np.asarray(value)
        if array.dtype == object:  # An int beyond 64 bits, a fraction.
            array = np.float64(value if abs(value) < 1e300 else np.inf)
        return tf.convert_to_tensor(array)
    return tf.convert_to_tensor(as_array(given, value, text))


def check_rows(name, key, value, shape, data_range=None, smallest=1):
    """`value` as a float32 tensor `(batch, *shape)`, finite and in `data_range`.

    Values may exceed the range by `TRAINING_SLACK`, as training data may. They are
    clipped, as a likelihood has no probability outside the range.
    """
    given = f"`{name}` was given {key}"
    value = dense(given, value)
    check_type(given, value.dtype, data_range)
    check_shape(given, value.shape, shape, smallest)
    value = tf.cast(value, tf.float32)
    check_values(given, value, row_limits(data_range))
    return value if data_range is None else tf.clip_by_value(value, *data_range)


def count_rows(name, options, keys=("labels", "seed")):
    """Number of rows that a verb without data makes; sets `num_samples` to `None`.

    Args:
        name: Name of the verb.
        options: The user's arguments by name.
        keys: Names of those that give the number, if they are vectors.
    """
    count = options.get("num_samples")
    if "num_samples" in options:
        options["num_samples"] = None
    if count is not None:
        return count
    for key in keys:
        if options.get(key) is not None:
            rows = dense(f"`{name}` was given {key}", options[key], text=True)
            if rows.shape.rank == 1:
                return rows.shape[0]
    raise ValueError(
        f"`{name}` does not know how many rows to make. Pass num_samples, or a vector "
        f"as {' or '.join(keys)}."
    )


def check_temperature(name, value):
    """`value` as a float, if it is a number above 0."""
    number = np.asarray(np.nan)  # `None` gets the same error.
    if value is not None:
        number = np.asarray(dense(f"`{name}` was given temperature", value, text=True))
    if np.ndim(number) or number.dtype.kind not in "iuf" or not 0 < number < np.inf:
        raise ValueError(
            f"`{name}` was given temperature={value!r}, but expects a finite number "
            "above 0."
        )
    return float(number)


def check_options(name, options):
    """Raises a ValueError for an option that cannot be part of a graph's key."""
    for key, value in options.items():
        if not isinstance(value, Hashable):
            raise ValueError(
                f"`{name}` was given {key}={value!r}, a {type(value).__name__}, but "
                "expects a number, a name or an instance that compares by value."
            )
        if isinstance(value, (float, np.floating)) and not np.isfinite(value):
            raise ValueError(
                f"`{name}` was given {key}={value!r}, but expects a finite number."
            )


def check_labels(name, num_classes, labels, num_rows):
    """`labels` as int32 `(num_rows,)`; `None` if the model has no classes.

    One int is the class of all rows.
    """
    if num_classes is None:
        if labels is not None:
            raise ValueError(
                f"`{name}` was given labels, but the model has no classes. Leave them "
                "out, or build the model with num_classes. Pass vectors as context."
            )
        return None
    if labels is None:
        raise ValueError(
            f"`{name}` needs labels, as the model is conditional. Pass labels, ints "
            f"from 0 to {num_classes - 1}, one for each row, or one for all."
        )
    given = f"`{name}` was given labels"
    labels = np.asarray(dense(given, labels, text=True))
    integer = np.issubdtype(labels.dtype, np.integer)
    if not integer or labels.shape not in ((), (num_rows,)):
        kind = "strings" if labels.dtype.kind in "OS" else labels.dtype
        raise ValueError(
            f"{given} of shape {labels.shape} and type {kind}, but expects "
            f"ints of shape ({num_rows},), or one int for all rows."
            f"{_label_advice(labels, num_rows, num_classes)}"
        )
    check_values(given, labels, label_limits(num_classes))
    return tf.constant(np.broadcast_to(labels, (num_rows,)), tf.int32)


def _label_advice(labels, num_rows, num_classes):
    """Advice for labels that are no vector of ints."""
    if labels.dtype.kind in "OS":
        return " Number the classes: np.unique(labels, return_inverse=True)[1]."
    if labels.shape == (num_rows, num_classes):
        return " Convert one-hot labels by np.argmax(labels, -1)."
    if labels.shape == (num_rows, 1):
        return " Drop the last axis: labels[:, 0]."
    if labels.dtype.kind in "fb" and labels.shape in ((), (num_rows,)):
        return " Cast them to int32."
    return ""


def check_seeds(model, name, seed, num_rows, key="seed"):
    """int64 seeds `(num_rows,)` from an int, a vector of ints or `None`."""
    if seed is None:
        return tf.constant(model.noise.next_rows(num_rows))
    array = np.asarray(dense(f"`{name}` was given {key}", seed, text=True))
    integer = np.issubdtype(array.dtype, np.integer)
    if (
        not integer
        or array.shape not in ((), (num_rows,))
        or array.min(initial=0) < 0
        or array.max(initial=0) > tf.int64.max
    ):
        raise ValueError(
            f"`{name}` was given {key}={seed!r}, but expects an int, 0 or larger, or a "
            f"vector of {num_rows} such ints, one for each row."
        )
    return tf.constant(
        row_seeds(int(array), num_rows) if array.ndim == 0 else array, "int64"
    )
