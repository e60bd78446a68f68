"""Grids of codes, decoded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from kgen.latent.encoding import class_of

if TYPE_CHECKING:
    from kgen.core.model import GenerativeModel


def decode_grid(
    model: GenerativeModel, z: ArrayLike, labels: ArrayLike | None = None
) -> np.ndarray:
    """The examples that a model decodes from rows of codes.

    Args:
        model: A model with `decode`.
        z: `(rows, columns, *latent_shape)`.
        labels: For a conditional model the class of each row, ints `(rows,)`, or one
            int for all; or the context of each row, or one for all.

    Returns:
        float32 array `(rows, columns, *data_shape)`.

    Raises:
        ValueError: if the model has no `decode` or refuses the codes, or if there is
            not one class, or one context, for each row.

    Example:

    >>> vae = kgen.build("vae", (8, 8, 1), latent_dim=2)
    >>> decode_grid(vae, np.zeros((3, 5, 2))).shape
    (3, 5, 8, 8, 1)
    """
    from kgen.core.checks.containers import numbers
    from kgen.core.checks.models import check_model  # It imports Keras.
    from kgen.core.parts import as_condition

    check_model("decode_grid", model, "decode")
    z = numbers("decode_grid", "z", z, axes=2, rows=1)
    rows, columns, *latent_shape = z.shape
    if labels is not None:
        labels = numbers("decode_grid", "labels", labels, axes=0)
        one = model.context_shape or ()
        if labels.shape not in (one, (rows, *one)):
            wanted = f"the class of each row, ints ({rows},), or one int for all"
            if one:
                wanted = f"the context of each row, {(rows, *one)}, or one for all"
            raise ValueError(
                f"`decode_grid` was given labels of shape {labels.shape}, but expects "
                f"{wanted}."
            )
        labels = np.repeat(np.broadcast_to(labels, (rows, *one)), columns, axis=0)
    z = np.reshape(z, (rows * columns, *latent_shape))
    x = model.decode(z, **as_condition(model, labels))
    return np.reshape(x, (rows, columns, *x.shape[1:]))


def manifold(
    model: GenerativeModel, num_steps: int = 20, label: int | ArrayLike | None = None
) -> np.ndarray:
    """The pictures that a model decodes from a grid over a two-dimensional latent.

    The grid lies at the quantiles of N(0, 1), so that each picture represents an
    equal part of the prior.

    Args:
        model: A model with `decode` and a latent of shape `(2,)`.
        num_steps: Number of pictures in each direction.
        label: Class of all pictures, or their context, for a conditional model.

    Returns:
        float32 array `(num_steps * num_steps, *data_shape)`, row by row from the
        upper left; z[0] increases to the right and z[1] upwards.

    Raises:
        ValueError: if the model has no `decode`, if the latent is not two-dimensional,
            if a conditional model gets no label or an unknown class, or if `num_steps`
            is no count.

    Example:

    >>> vae = kgen.build("vae", (8, 8, 1), latent_dim=2)
    >>> manifold(vae, num_steps=4).shape
    (16, 8, 8, 1)
    """
    from kgen.core.checks.models import check_model  # It imports Keras.
    from kgen.core.checks.values import check_count  # It imports Keras.

    check_model("manifold", model, "decode")
    label = class_of("manifold", model, label)
    if model.latent_shape != (2,):
        raise ValueError(
            f"A manifold needs a latent of shape (2,), but this {type(model).__name__} "
            f"has {model.latent_shape}. Build it with latent_dim=2."
        )
    if label is None and model.condition is not None:
        what = f"context of all pictures, of shape {model.context_shape}"
        if model.num_classes is not None:
            what = f"class of all pictures, from 0 to {model.num_classes - 1}"
        raise ValueError(
            f"This {type(model).__name__} is conditional: pass label, the {what}."
        )
    num_steps = check_count("manifold", "num_steps", num_steps)
    quantiles = special.ndtri((np.arange(num_steps) + 0.5) / num_steps)
    right, up = np.meshgrid(quantiles, quantiles[::-1])
    z = np.stack([right, up], axis=-1).astype("float32")
    return decode_grid(model, z, label).reshape(-1, *model.data_shape)
