"""Arithmetic on codes: an attribute is a direction in the latent space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from kgen.latent.encoding import continuous, encoded
from kgen.latent.grids import decode_grid

if TYPE_CHECKING:
    from kgen.core.model import GenerativeModel


def attribute_vector(z_with: ArrayLike, z_without: ArrayLike) -> np.ndarray:
    """The direction of an attribute: the difference of two means of codes.

    Args:
        z_with: Codes of examples with the attribute, `(n, *latent_shape)`.
        z_without: Codes of examples without it, `(m, *latent_shape)`.

    Returns:
        float32 array `latent_shape`.

    Raises:
        ValueError: if either has no examples, codes are integers, or the shapes of
            codes differ.

    Example:

    >>> attribute_vector([[3.0, 1.0], [5.0, 1.0]], [[1.0, 0.0]])
    array([3., 1.], dtype=float32)

    References:
        [Larsen et al., 2016](https://arxiv.org/abs/1512.09300)
    """
    means = []
    for name, z in (("z_with", z_with), ("z_without", z_without)):
        z = continuous("attribute_vector", z, name)
        if not len(z):
            raise ValueError(
                f"{name} is empty, but an attribute is a difference of means: pass "
                "codes of examples with it and of examples without it."
            )
        means.append(np.mean(z, axis=0, dtype="float64"))
    one, other = means
    if one.shape != other.shape:
        raise ValueError(
            f"`attribute_vector` was given z_with of codes of shape {one.shape} and "
            f"z_without of {other.shape}, but expects codes of one shape. Take both "
            "from one model."
        )
    return np.subtract(one, other).astype("float32")


def shift(z: ArrayLike, vector: ArrayLike, strengths: ArrayLike) -> np.ndarray:
    """Codes moved along a direction: `z + strength * vector`.

    Args:
        z: `(n, *latent_shape)`.
        vector: The direction, `latent_shape`.
        strengths: Numbers `(k,)`: 0 leaves a code as it is, 1 adds the attribute, -1
            removes it.

    Returns:
        float32 array `(n, k, *latent_shape)`.

    Raises:
        ValueError: if the shapes do not fit, or codes are integers.

    Example:

    >>> shift([[1.0, 2.0]], [10.0, 0.0], strengths=[0.0, 0.5])
    array([[[1., 2.],
            [6., 2.]]], dtype=float32)
    """
    from kgen.core.checks.containers import numbers  # It imports TensorFlow.

    z, vector = continuous("shift", z, "z"), continuous("shift", vector, "vector")
    strengths = numbers("shift", "strengths", strengths)
    if vector.shape != z.shape[1:] or strengths.ndim != 1:
        raise ValueError(
            f"`shift` was given z of shape {z.shape}, a vector of shape {vector.shape} "
            f"and strengths of shape {strengths.shape}, but expects a vector of the "
            "shape of one code, and a list of strengths."
        )
    steps = np.multiply.outer(strengths, vector)
    return (z[:, None] + steps).astype("float32")


def apply_attribute(
    model: GenerativeModel,
    x: ArrayLike,
    vector: ArrayLike,
    strengths: ArrayLike,
    labels: ArrayLike | None = None,
) -> np.ndarray:
    """Examples with an attribute added at several strengths.

    Args:
        model: A model with `encode` and `decode`.
        x: Examples `(n, *data_shape)`.
        vector: The attribute, `latent_shape`, see `attribute_vector`.
        strengths: Numbers `(k,)`: 0 gives the reconstruction, 1 adds the attribute,
            -1 removes it.
        labels: For a conditional model the class of each example, `(n,)`.

    Returns:
        float32 array `(n, k, *data_shape)`.

    Raises:
        ValueError: if the model has no `encode` or no `decode`, or refuses the
            examples or labels; if the vector has not the shape of one code, or
            `strengths` is no list of numbers.

    Example:

    >>> vae = kgen.build("vae", (8, 8, 1), latent_dim=2)
    >>> x, vector = np.zeros((3, 8, 8, 1)), np.ones(2)
    >>> apply_attribute(vae, x, vector, strengths=[-1.0, 0.0, 1.0]).shape
    (3, 3, 8, 8, 1)
    """
    from kgen.core.checks.models import check_model  # It imports Keras.

    check_model("apply_attribute", model, "decode")
    z = shift(encoded("apply_attribute", model, x, labels), vector, strengths)
    return decode_grid(model, z, labels)
