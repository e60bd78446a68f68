"""The meaning of each coordinate of a code: one varies, the others stay."""

from __future__ import annotations

import reprlib
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from kgen.latent.encoding import class_of, continuous
from kgen.latent.grids import decode_grid

if TYPE_CHECKING:
    from kgen.core.model import GenerativeModel


def traverse(
    model: GenerativeModel,
    z: ArrayLike,
    dim: int,
    values: ArrayLike,
    label: int | ArrayLike | None = None,
) -> np.ndarray:
    """Examples decoded from a code with one coordinate set to several values.

    Args:
        model: A model with `decode`.
        z: The code with the values of the other coordinates, `latent_shape`.
        dim: Index of the coordinate, an int; for a latent with several axes its index
            in the flattened code.
        values: Values of the coordinate, `(n,)`, such as `np.linspace(-3, 3, n)`.
        label: Class, for a conditional model.

    Returns:
        float32 array `(n, *data_shape)`.

    Raises:
        ValueError: if `z` is not one code, `dim` is not one of its coordinates,
            `values` is no list of numbers, or `label` is no class of the model.

    Example:

    >>> vae = kgen.build("vae", (8, 8, 1), latent_dim=3)
    >>> traverse(vae, np.zeros(3), dim=1, values=[-1.0, 0.0, 1.0]).shape
    (3, 8, 8, 1)
    """
    from kgen.core.checks.values import is_int  # It imports Keras.

    z = _code("traverse", model, z)
    size = z.size
    if not is_int(dim) or not 0 <= dim < size:
        raise ValueError(
            f"`traverse` was given dim={reprlib.repr(dim)}, but the coordinates of "
            f"this z are 0 to {size - 1}."
        )
    return _traverse("traverse", model, z, [dim], values, label)[0]


def traverse_all(
    model: GenerativeModel,
    z: ArrayLike,
    values: ArrayLike,
    label: int | ArrayLike | None = None,
) -> np.ndarray:
    """`traverse` for each coordinate of a code: one row of pictures for each.

    Args:
        model: A model with `decode`.
        z: The code with the values of the other coordinates, `latent_shape`.
        values: Values of each coordinate, `(n,)`.
        label: Class, for a conditional model.

    Returns:
        float32 array `(size of the code, n, *data_shape)`.

    Raises:
        ValueError: if `z` is not one code, `values` is no list of numbers, or `label`
            is no class of the model.

    Example:

    >>> vae = kgen.build("vae", (8, 8, 1), latent_dim=3)
    >>> pictures = traverse_all(vae, np.zeros(3), np.linspace(-3, 3, 7))
    >>> kgen.plots.save_samples(pictures, f"{folder}/traversal.png").name
    'traversal.png'
    """
    z = _code("traverse_all", model, z)
    return _traverse("traverse_all", model, z, range(z.size), values, label)


def _code(name, model, z):
    """One code of a model as an array."""
    from kgen.core.checks.models import check_model  # It imports Keras.

    check_model(name, model, "decode")
    z = continuous(name, z, "z", axes=0)
    if z.shape != tuple(model.latent_shape):
        raise ValueError(
            f"`{name}` was given z of shape {z.shape}, but starts from one code, of "
            f"shape {model.latent_shape}."
        )
    return z


def _traverse(name, model, z, dims, values, label):
    from kgen.core.checks.containers import numbers  # It imports TensorFlow.

    values = numbers(name, "values", values, rows=1)
    if values.ndim > 1:
        raise ValueError(
            f"`{name}` was given values of shape {values.shape}, but expects a list of "
            "numbers, (n,)."
        )
    label = class_of(name, model, label)
    grid = np.tile(z.ravel(), (len(dims), len(values), 1))
    for row, dim in enumerate(dims):
        grid[row, :, dim] = values
    return decode_grid(model, grid.reshape(*grid.shape[:2], *z.shape), label)
