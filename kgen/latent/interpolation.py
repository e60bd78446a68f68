"""Paths between codes: straight lines, great circles, morphs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from kgen.latent.encoding import class_of, continuous, encoded
from kgen.latent.grids import decode_grid

if TYPE_CHECKING:
    from kgen.core.model import GenerativeModel


def path(
    z_start: ArrayLike, z_end: ArrayLike, num_steps: int = 8, mode: str = "linear"
) -> np.ndarray:
    """Codes on paths from `z_start` to `z_end`, both ends included.

    `"linear"` is the straight line `(1 - t) a + t b`. `"slerp"` is
    `(sin((1 - t) w) a + sin(t w) b) / sin(w)` with the angle `w` between `a` and `b`:
    for ends of equal norm a great circle with constant norm. Draws from N(0, I) in many
    dimensions lie close to a sphere, and a straight line leaves it. Codes in the same
    or in opposite directions, and zero, span no plane: a straight line joins them.

    Args:
        z_start: `(n, *latent_shape)`.
        z_end: `(n, *latent_shape)`.
        num_steps: Number of codes on each path, at least 2.
        mode: `"linear"` or `"slerp"`.

    Returns:
        float32 array `(n, num_steps, *latent_shape)`.

    Raises:
        ValueError: if the shapes differ, codes are integers, or `num_steps` is below 2.

    Example:

    >>> path([[1.0, 0.0]], [[0.0, 1.0]], num_steps=3, mode="slerp").round(3)
    array([[[1.   , 0.   ],
            [0.707, 0.707],
            [0.   , 1.   ]]], dtype=float32)

    References:
        [Shoemake, 1985](https://doi.org/10.1145/325165.325242),
        [White, 2016](https://arxiv.org/abs/1609.04468)
    """
    from kgen.core.checks.values import check_count  # It imports Keras.
    from kgen.core.config import lookup

    weights = lookup("mode", mode, {"linear": _linear, "slerp": _slerp})
    start, end = (
        continuous("path", z, key).astype("float64")
        for key, z in (("z_start", z_start), ("z_end", z_end))
    )
    if start.shape != end.shape:
        raise ValueError(
            f"`path` was given z_start of shape {start.shape} and z_end of shape "
            f"{end.shape}, but both need the same shape."
        )
    if check_count("path", "num_steps", num_steps) < 2:
        raise ValueError(
            f"num_steps={num_steps} was given, but a path has at least 2: its ends."
        )
    a, b = (z.reshape(len(z), 1, -1) for z in (start, end))
    t = np.linspace(0.0, 1.0, num_steps)[:, None]
    weight_a, weight_b = weights(a, b, t)
    z = weight_a * a + weight_b * b
    return z.reshape(len(z), num_steps, *start.shape[1:]).astype("float32")


def interpolate(
    model: GenerativeModel,
    start: ArrayLike,
    end: ArrayLike,
    num_steps: int = 8,
    mode: str = "linear",
    labels: ArrayLike | None = None,
) -> np.ndarray:
    """Examples on paths through the latent space, from `start` to `end`.

    The ends are the reconstructions of `start` and `end`.

    Args:
        model: A model with `encode` and `decode`.
        start: Examples `(n, *data_shape)`.
        end: Examples `(n, *data_shape)`.
        num_steps: Number of examples on each path, at least 2.
        mode: `"linear"` or `"slerp"`, see `path`.
        labels: For a conditional model the class of each pair, `(n,)`.

    Returns:
        float32 array `(n, num_steps, *data_shape)`.

    Raises:
        ValueError: if the model has no `encode` or no `decode`, or refuses the examples
            or labels; if `start` and `end` differ in length; and as `path`.

    Example:

    >>> vae = kgen.build("vae", (8, 8, 1), latent_dim=2)
    >>> start, end = np.zeros((3, 8, 8, 1)), np.ones((3, 8, 8, 1))
    >>> interpolate(vae, start, end, num_steps=5).shape
    (3, 5, 8, 8, 1)
    """
    from kgen.core.checks.models import check_model  # It imports Keras.

    check_model("interpolate", model, "decode")
    z_start, z_end = (encoded("interpolate", model, x, labels) for x in (start, end))
    return decode_grid(model, path(z_start, z_end, num_steps, mode), labels)


def morph(
    model: GenerativeModel,
    x: ArrayLike,
    num_steps: int = 16,
    mode: str = "linear",
    label: int | ArrayLike | None = None,
) -> np.ndarray:
    """Frames of a film that leads through several examples, one after the other.

    Args:
        model: A model with `encode` and `decode`.
        x: Examples `(n, *data_shape)`, at least 2; end with the first for a closed
            loop.
        num_steps: Number of frames from one example to the next, without the next.
        mode: `"linear"` or `"slerp"`, see `path`.
        label: Class of all examples, for a conditional model.

    Returns:
        float32 array `((n - 1) * num_steps + 1, *data_shape)`; frames `0`,
        `num_steps`, `2 * num_steps`, ... are the reconstructions of the examples.

    Raises:
        ValueError: if there are fewer than two examples, if the model has no `encode`
            or no `decode`, or refuses the examples or the label; and as `path`.

    Example:

    >>> vae = kgen.build("vae", (8, 8, 1), latent_dim=2)
    >>> frames = morph(vae, np.zeros((3, 8, 8, 1)), num_steps=10)
    >>> kgen.plots.save_gif(frames, f"{folder}/morph.gif").name
    'morph.gif'
    """
    from kgen.core.checks.containers import numbers
    from kgen.core.checks.models import check_model  # It imports Keras.
    from kgen.core.checks.values import check_count  # It imports Keras.

    check_model("morph", model, "decode")
    num_steps = check_count("morph", "num_steps", num_steps)
    label = class_of("morph", model, label)
    x = numbers("morph", "x", x)
    if len(x) < 2:
        raise ValueError(
            f"`morph` was given x of {len(x)} examples, but needs at least 2."
        )
    labels = label
    if label is not None:
        labels = np.broadcast_to(label, (len(x) - 1, *np.shape(label)))
    legs = interpolate(model, x[:-1], x[1:], num_steps + 1, mode, labels)
    return np.concatenate([*legs[:, :-1], legs[-1, -1:]])


def _linear(a, b, t):
    return 1.0 - t, t


def _slerp(a, b, t):
    norm_a, norm_b = (np.linalg.norm(z, axis=-1, keepdims=True) for z in (a, b))
    # The half angle by arctan2: unlike the arc cosine it is exact for small angles.
    a, b = norm_b * a, norm_a * b
    angle = 2.0 * np.arctan2(
        np.linalg.norm(a - b, axis=-1, keepdims=True),
        np.linalg.norm(a + b, axis=-1, keepdims=True),
    )
    sine = np.sin(angle)
    turns = sine > 1e-6  # For smaller sines float32 does not determine the plane.
    sine = np.where(turns, sine, 1.0)
    return tuple(
        np.where(turns, np.sin(weight * angle) / sine, weight)
        for weight in _linear(a, b, t)
    )
