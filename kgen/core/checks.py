"""What models refuse: each check returns its input in the form that is expected."""

import keras
import numpy as np
import tensorflow as tf

from kgen.core.random import row_seeds


def check_rows(name, key, value, shape):
    """`value` as a float32 tensor `(batch, *shape)`."""
    value = tf.cast(tf.convert_to_tensor(value), tf.float32)
    if tuple(value.shape[1:]) != tuple(shape) or value.shape.rank == 0:
        raise ValueError(
            f"`{name}` was given {key} of shape {tuple(value.shape)}, but expects "
            f"{batch_of(shape)}."
        )
    return value


def batch_of(shape):
    """The shape of a batch as text: `"(batch, 8, 8, 1)"`."""
    return f"({', '.join(['batch', *map(str, shape)])})"


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


def check_count(name, num_samples):
    """`num_samples` as a Python int, 1 or larger."""
    if not isinstance(num_samples, (int, np.integer)) or num_samples < 1:
        raise ValueError(
            f"`{name}` was given num_samples={num_samples}, but expects an int, 1 or "
            "larger."
        )
    return int(num_samples)


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
    if labels.size and not (0 <= labels.min() <= labels.max() < num_classes):
        raise ValueError(
            f"`{name}` was given labels from {labels.min()} to {labels.max()}, but "
            f"expects them from 0 to {num_classes - 1}."
        )
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


def check_data(model, data):
    """Raises a ValueError unless batches have the shapes that a model trains on.

    Args:
        model: A `GenerativeModel`.
        data: `x`, `(x, labels)` or `(x, labels, weight)`: tensors, or their specs.
    """
    x, labels, weight = keras.utils.unpack_x_y_sample_weight(data)
    shape = x.shape
    if shape.rank is not None and not shape[1:].is_compatible_with(model.data_shape):
        raise ValueError(
            f"This {type(model).__name__} was given x of shape {tuple(shape)}, but "
            f"expects {batch_of(model.data_shape)}."
        )
    if model.num_classes is None:
        labels = None
    elif labels is None:
        raise ValueError(
            f"This {type(model).__name__} is conditional, but the data has no labels. "
            f"Pass (x, labels), with ints from 0 to {model.num_classes - 1}, or build "
            "it without num_classes."
        )
    for name, values in (("labels", labels), ("weights", weight)):
        rank = None if values is None else values.shape.rank
        if rank not in (None, 1) and values.shape[1:] != (1,):
            raise ValueError(
                f"The {name} have shape {tuple(values.shape)}, but one number for each "
                "example is expected, (batch,)."
            )
