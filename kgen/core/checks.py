"""What models refuse: each check returns its input in the form that is expected."""

import reprlib
from collections.abc import Hashable

import keras
import numpy as np
import tensorflow as tf

from kgen.core.data_checks import (
    check_values,
    code_limits,
    data_limits,
    label_limits,
    subject,
)
from kgen.core.random import row_seeds

VERB_SLACK = 0.5  # A model's own output may overshoot, and come back as an input.


def check_rows(name, key, value, shape, data_range=None):
    """`value` as a float32 tensor `(batch, *shape)`, finite and near `data_range`."""
    given = f"`{name}` was given {key}"
    value = tf.convert_to_tensor(value)
    check_type(given, value.dtype, data_range)
    check_shape(given, value.shape, shape)
    value = tf.cast(value, tf.float32)
    check_values(given, value, data_limits(data_range, VERB_SLACK))
    return value


def check_codes(name, key, value, shape, num_codes):
    """`value` as an int32 tensor `(batch, *shape)` of codes, 0 to `num_codes - 1`."""
    given = f"`{name}` was given {key}"
    value = tf.convert_to_tensor(value)
    limits = code_limits(num_codes)
    check_integer(given, value.dtype, limits.expected)
    check_shape(given, value.shape, shape)
    check_values(given, value, limits)
    return tf.cast(value, tf.int32)


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


def check_given(model, name, options):
    """Takes `given` and `known` out of `options`; returns their tensors, if any.

    Both have shape `(batch, *data_shape)`. What is not known counts for nothing.
    """
    given, known = options.pop("given"), options.pop("known")
    if given is None and known is None:
        return {}
    if given is None or known is None:
        raise ValueError(
            f"`{name}` was given only one of given and known. Pass both: data "
            f"(batch, {', '.join(map(str, model.data_shape))}), and which of it is "
            "known, bools."
        )
    given, known = np.asarray(given), np.asarray(known)
    check_shape(
        f"`{name}` was given given", tf.TensorShape(given.shape), model.data_shape
    )
    try:
        fits = np.broadcast_shapes(known.shape, given.shape) == given.shape
    except ValueError:
        fits = False
    if not fits or known.dtype != bool:
        raise ValueError(
            f"`{name}` was given known of shape {known.shape} and type {known.dtype}, "
            f"but expects bools that broadcast to the shape of given, {given.shape}. "
            "A mask of pixels needs its last axis: [..., None]."
        )
    known = np.broadcast_to(known, given.shape)
    given = np.where(known, given, np.zeros_like(given))
    if model.num_data_codes is None:
        shape, data_range = model.data_shape, model.data_range
        given = check_rows(name, "given", given, shape, data_range)
    else:
        codes = (model.data_shape, model.num_data_codes)
        given = check_codes(name, "given", given, *codes)
    count = options.get("num_samples")
    if count not in (None, len(given)):
        raise ValueError(
            f"`{name}` was given num_samples={count}, but {len(given)} rows in given. "
            "Leave num_samples out."
        )
    options["num_samples"] = None
    return {"given": given, "known": tf.constant(known)}


def check_context(model, name, options, tensors):
    """Takes `context` out of `options`; returns its tensor, if there is one.

    Args:
        model: A `GenerativeModel`.
        name: Name of the verb.
        options: Its arguments, of which `context` is taken away.
        tensors: What has been checked before, whose rows it must match.
    """
    context, size = options.pop("context"), model.context_dim
    if size is None and context is None:
        return {}
    if context is None or size is None:
        raise ValueError(
            f"`{name}` was given {'no' if context is None else 'a'} context, but the "
            f"model was built with context_dim={size}. Pass context if, and only if, "
            "it has one: a vector (batch, context_dim) for each row."
        )
    context = check_rows(name, "context", context, (size,))
    found, wanted = context.shape[0], options.get("num_samples")
    wanted = next((tensor.shape[0] for tensor in tensors.values()), wanted)
    if wanted not in (None, found):
        raise ValueError(
            f"`{name}` was given {found} rows of context for {wanted} rows. Pass a "
            "vector for each."
        )
    if not tensors:
        options["num_samples"] = None
    return {"context": context}


def count_rows(name, options):
    """How many rows a verb without data is to make; removes `num_samples`."""
    count = options.get("num_samples")
    if "num_samples" in options:
        options["num_samples"] = None
    if count is not None:
        return count
    for key in ("labels", "seed"):
        if np.ndim(options.get(key)) == 1:
            return len(options[key])
    raise ValueError(
        f"`{name}` does not know how many rows to make. Pass num_samples, or a vector "
        "of labels or of seeds."
    )


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


def check_temperature(name, value):
    """`value` as a float, if it is a number above 0."""
    number = np.asarray(value)
    if number.ndim or number.dtype.kind not in "iuf" or not 0 < number < np.inf:
        raise ValueError(
            f"`{name}` was given temperature={value!r}, but expects a finite number "
            "above 0."
        )
    return float(number)


def check_options(name, options):
    """Raises a ValueError for an option that cannot tell one graph from another."""
    for key, value in options.items():
        if not isinstance(value, Hashable):
            raise ValueError(
                f"`{name}` was given {key}={value!r}, a {type(value).__name__}, but "
                "expects a number, a name or an instance that compares by value."
            )


def check_count(name, key, value, fewest=1):
    """`value` as a Python int, `fewest` or larger."""
    counts = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not counts or value < fewest:
        raise ValueError(
            f"`{name}` was given {key}={reprlib.repr(value)}, but expects an int, "
            f"{fewest} or larger."
        )
    return int(value)


def check_labels(name, num_classes, labels, num_rows):
    """`labels` as int32 `(num_rows,)`, `None` where there are no classes."""
    if num_classes is None:
        if labels is not None:
            raise ValueError(
                f"`{name}` was given labels, but the model has no classes. Leave them "
                "out, or build the model with num_classes."
            )
        return None
    if labels is None:
        raise ValueError(
            f"`{name}` needs labels, as the model is conditional. Pass labels, ints "
            f"from 0 to {num_classes - 1}, one for each row."
        )
    labels = np.asarray(labels)
    if labels.shape != (num_rows,) or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"`{name}` was given labels of shape {labels.shape} and type "
            f"{labels.dtype}, but expects ints of shape ({num_rows},)."
        )
    check_values(f"`{name}` was given labels", labels, label_limits(num_classes))
    return tf.constant(labels, tf.int32)


def check_seeds(model, name, seed, num_rows):
    """int64 seeds `(num_rows,)` from an int, a vector of ints or `None`."""
    if seed is None:
        return tf.constant(model.noise.next_rows(num_rows))
    seed = np.asarray(seed)
    integer = np.issubdtype(seed.dtype, np.integer)
    if not integer or seed.shape not in ((), (num_rows,)) or seed.min(initial=0) < 0:
        raise ValueError(
            f"`{name}` was given seed={seed}, but expects an int, 0 or larger, or a "
            f"vector of {num_rows} such ints, one for each row."
        )
    return tf.constant(
        row_seeds(int(seed), num_rows) if seed.ndim == 0 else seed, "int64"
    )


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
        check_training_labels(subject(model, "", argument), labels, model.num_classes)
    elif model.context_dim is not None:
        check_training_context(subject(model, "", argument), labels, model.context_dim)
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


def check_training_labels(given, labels, num_classes):
    """Raises a ValueError unless there is an int for each example."""
    expected = label_limits(num_classes).expected
    if labels is None:
        raise ValueError(
            f"{given}data with no labels, but is conditional. Pass (x, labels), with "
            f"{expected}, or build it without num_classes."
        )
    check_vector(
        f"{given}labels", labels.shape, " Of one-hot labels take np.argmax(labels, -1)."
    )
    check_integer(f"{given}labels", labels.dtype, expected)


def check_training_context(given, context, size):
    """Raises a ValueError unless there is a vector for each example."""
    if context is None:
        raise ValueError(
            f"{given}data with no context, but has context_dim={size}. Pass "
            "(x, context), with a vector for each example."
        )
    check_type(f"{given}context", context.dtype)
    check_shape(f"{given}context", context.shape, (size,))


def check_vector(given, shape, advice=""):
    """Raises a ValueError unless a shape is `(batch,)` or `(batch, 1)`."""
    if shape.rank not in (None, 1) and shape[1:] != (1,):
        raise ValueError(
            f"{given} of shape {tuple(shape)}, but expects one number for each example,"
            f" (batch,).{advice}"
        )
