"""What each coordinate of a code means: one is varied, the others stay."""

import reprlib

import numpy as np

from kgen.latent.encoding import continuous
from kgen.latent.grids import decode_grid


def traverse(model, z, dim, values, label=None):
    """What a model decodes while one coordinate of a code takes several values.

    Args:
        model: A model with `decode`.
        z: The code that the others stay at, `latent_shape`.
        dim: Which coordinate, an int; of a latent with several axes, its place in the
            flattened code.
        values: What it is set to, `(n,)`, such as `np.linspace(-3, 3, n)`.
        label: Class, for a conditional model.

    Returns:
        float32 array `(n, *data_shape)`.

    Raises:
        ValueError: if `z` is not one code, or `dim` none of its coordinates.

    Example:

    >>> vae = kgen.build("vae", (8, 8, 1), latent_dim=3)
    >>> traverse(vae, np.zeros(3), dim=1, values=[-1.0, 0.0, 1.0]).shape
    (3, 8, 8, 1)
    """
    size = np.size(continuous("traverse", z))
    from kgen.core.checks import is_int  # It imports Keras.

    if not is_int(dim) or not 0 <= dim < size:
        raise ValueError(
            f"dim={reprlib.repr(dim)} was given, but the coordinates of this z are 0 "
            f"to {size - 1}."
        )
    return _traverse(model, z, [dim], values, label)[0]


def traverse_all(model, z, values, label=None):
    """`traverse` for each coordinate of a code: one row of pictures for each.

    Args:
        model: A model with `decode`.
        z: The code that the others stay at, `latent_shape`.
        values: What each coordinate is set to, `(n,)`.
        label: Class, for a conditional model.

    Returns:
        float32 array `(size of the code, n, *data_shape)`.

    Raises:
        ValueError: if `z` is not one code.

    Example:

    >>> vae = kgen.build("vae", (8, 8, 1), latent_dim=3)
    >>> pictures = traverse_all(vae, np.zeros(3), np.linspace(-3, 3, 7))
    >>> kgen.plots.save_samples(pictures, f"{folder}/traversal.png").name
    'traversal.png'
    """
    return _traverse(model, z, range(np.size(z)), values, label)


def _traverse(model, z, dims, values, label):
    from kgen.core.containers import numbers  # It imports TensorFlow.

    z = continuous("traverse", z)
    if z.shape != tuple(model.latent_shape):
        raise ValueError(
            f"A traversal was given z of shape {z.shape}, but starts from one code, of "
            f"shape {model.latent_shape}."
        )
    values = numbers("traverse", "values", values)
    grid = np.tile(z.ravel(), (len(dims), len(values), 1))
    for row, dim in enumerate(dims):
        grid[row, :, dim] = values
    return decode_grid(model, grid.reshape(*grid.shape[:2], *z.shape), label)
