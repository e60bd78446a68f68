"""From data to codes."""

from __future__ import annotations

import math
import reprlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from kgen.core.model import GenerativeModel


def codes(
    model: GenerativeModel, dataset: tf.data.Dataset | keras.utils.PyDataset
) -> tuple[np.ndarray, np.ndarray | None]:
    """Codes of a whole data set.

    Args:
        model: A model with `encode`.
        dataset: `tf.data.Dataset` or `keras.utils.PyDataset` of batches `x` or
            `(x, labels)`, or `(x, context)`, not shuffled.

    Returns:
        Arrays `z`, `(n, *latent_shape)`, and `labels`, `(n,)`, or `None` if the data
        set has no labels.

    Raises:
        ValueError: if the data set has no batch or no end, or the model no `encode`.
    """
    import keras

    from kgen.core.checks.models import check_model
    from kgen.core.pieces import batches

    check_model("codes", model, "encode", advice=_INVERT)
    z, labels = [], []
    for batch in batches(dataset, "`codes` was given a data set"):
        x, y, _ = keras.utils.unpack_x_y_sample_weight(batch)
        z.append(encoded("codes", model, x, None if model.condition is None else y))
        labels.append(y)
    return np.concatenate(z), None if labels[0] is None else np.concatenate(labels)


def encoded(name, model, x, labels=None):
    """The codes of examples, `(n, *latent_shape)`.

    Args:
        name: Name of the function that takes them, for the error.
        model: A model with `encode`.
        x: Examples `(n, *data_shape)`.
        labels: For a conditional model the class of each example, `(n,)`, or its
            context.

    Raises:
        ValueError: if the model has no `encode`.
    """
    from kgen.core.checks.models import check_model  # It imports Keras.
    from kgen.core.parts import as_condition

    check_model(name, model, "encode", advice=_INVERT)
    return model.encode(x, **as_condition(model, labels))


_INVERT = (
    "Search for the codes of examples by kgen.latent.invert(model, x), and pass them "
    "to kgen.latent.path, shift and decode_grid."
)


def continuous(name, z, key="codes", **limits):
    """Codes as an array, if they are points of a space and not indices.

    Args:
        name: Name of the function that takes them, for the error.
        z: Codes of any shape.
        key: Name of the argument.
        **limits: Further arguments of `kgen.core.checks.containers.numbers`.

    Raises:
        ValueError: if they are no finite numbers, or integers, like the codes of a
            vector-quantised model.
    """
    from kgen.core.checks.containers import numbers  # It imports TensorFlow.

    z = numbers(name, key, z, **limits)
    if z.dtype.kind in "iub":
        what = key if key == "codes" else f"{key}, codes"
        raise ValueError(
            f"`{name}` was given {what} of type {z.dtype}, but expects floats: "
            "integers are indices of a codebook, without distances and without points "
            "in between. Use a model with a continuous latent; if these are numbers "
            "that happen to be whole, cast them to float32."
        )
    return z


def flat(name, z, key="codes", **limits):
    """Continuous codes of any shape as vectors, `(n, size)`.

    Args:
        name: Name of the function that takes them, for the error.
        z: `(n, *latent_shape)`.
        key: Name of the argument.
        **limits: Further arguments of `kgen.core.checks.containers.numbers`.
    """
    z = continuous(name, z, key, **limits)
    return z.reshape(len(z), math.prod(z.shape[1:]))


def class_of(name, model, label):
    """The condition of all rows: a class as an int, one context, or `None`.

    Args:
        name: Name of the function that takes it, for the error.
        model: The model.
        label: The user's argument.

    Raises:
        ValueError: if it is not one int, or not one context.
    """
    from kgen.core.checks.containers import numbers  # It imports TensorFlow.

    if label is None:
        return None
    found = numbers(name, "label", label, axes=0)
    if model.context_shape is not None:
        if found.shape != model.context_shape:
            raise ValueError(
                f"`{name}` was given label of shape {found.shape}, but expects one "
                f"context of shape {model.context_shape}, that of all examples."
            )
        return found
    if found.ndim or found.dtype.kind not in "iu":
        raise ValueError(
            f"`{name}` was given label={reprlib.repr(label)}, but expects one int, the "
            "class of all examples."
        )
    return int(found)
