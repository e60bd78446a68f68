"""The earth mover's distance between two sets, along many directions."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.containers import numbers
from kgen.core.checks.values import check_count, check_seed
from kgen.metrics.distances import as_features
from kgen.metrics.figures import register


@register("sliced_wasserstein", ("x", "samples"), better="lower", enough=500)
def sliced_wasserstein(
    real: ArrayLike, fake: ArrayLike, num_projections: int = 500, seed: int | None = 0
) -> float:
    """`E_u W_1(<real, u>, <fake, u>)` over random unit directions u.

    `W_1` is the earth mover's distance. In one dimension it is exact: it compares
    sorted values (`scipy.stats.wasserstein_distance`); data with one value needs no
    projection. A shift by `v` gives `E|<v, u>|`, `|v|` times 2/pi on the plane and
    about `sqrt(2 / (pi d))` in `d` dimensions: compare only data of equal shape. The
    distance of two samples of one distribution is not 0, but falls with `n^(-1/2)`.

    Args:
        real: Examples `(n, *shape)`: points, features or images.
        fake: Examples `(m, *shape)`.
        num_projections: Number of directions.
        seed: Integer that fixes the directions.

    Returns:
        The distance, 0 or larger, in units of the data.

    Raises:
        ValueError: unless both are sets of finite examples of one shape, for no
            projection, or for an invalid seed.

    Example:

    >>> zeros, ones = np.zeros((3, 1)), np.ones((5, 1))
    >>> sliced_wasserstein(zeros, ones)
    1.0

    References:
        [Bonneel et al., 2015](https://hal.science/hal-00881872)
    """
    from scipy.stats import wasserstein_distance

    real, fake = (
        numbers("sliced_wasserstein", key, values, axes=0, finite=False)
        for key, values in (("real", real), ("fake", fake))
    )
    if min(real.ndim, fake.ndim) < 2 or real.shape[1:] != fake.shape[1:]:
        raise ValueError(
            f"`sliced_wasserstein` was given real of shape {real.shape} and fake of "
            f"shape {fake.shape}, but expects examples of one shape, (n, *shape) and "
            "(m, *shape). A single value per example needs an axis of its own: "
            "x[:, None]."
        )
    seed = check_seed("sliced_wasserstein", seed)
    num_projections = check_count(
        "sliced_wasserstein", "num_projections", num_projections
    )
    size = math.prod(real.shape[1:])
    real, fake = (np.reshape(rows, (len(rows), size)) for rows in (real, fake))
    real, fake = as_features(
        "sliced_wasserstein", real, fake, fewest=1, least="float32"
    )
    directions = np.random.default_rng(seed).normal(size=(size, num_projections))
    directions /= np.linalg.norm(directions, axis=0)
    directions = directions.astype(real.dtype)  # Images stay as small as they are.
    pairs = zip((real @ directions).T, (fake @ directions).T, strict=True)
    return float(np.mean([wasserstein_distance(*pair) for pair in pairs]))
