"""Points near surfaces in space whose coordinates are known, by name."""

import functools

import numpy as np

from kgen.data import manifolds
from kgen.data.manifolds import Manifold
from kgen.data.sources import register
from kgen.data.sources.points import NUM_POINTS
from kgen.suggestions import suggest

MANIFOLDS = {"swiss_roll": manifolds.swiss_roll, "s_curve": manifolds.s_curve}
NUM_SLICES = 10


def manifold(name: str, noise: float = 0.0) -> Manifold:
    """The surface of that name, `"swiss_roll"` or `"s_curve"`.

    Its `sample(num_samples, seed, return_coordinates=True)` gives points and their
    coordinates on the surface.

    Args:
        name: One of these names.
        noise: Standard deviation of the noise along each axis, 0 or larger.

    Returns:
        A `kgen.data.manifolds.Manifold`.

    Raises:
        ValueError: There is no such surface, or the noise is no number, 0 or larger.

    Example:

    >>> import kgen.data
    >>> roll = kgen.data.manifold("swiss_roll")
    >>> x, coordinates = roll.sample(5, seed=0, return_coordinates=True)
    >>> x.shape, coordinates.shape
    ((5, 3), (5, 2))
    """
    if not isinstance(name, str) or name not in MANIFOLDS:
        raise ValueError(
            f"There is no manifold {name!r}.{suggest(name, MANIFOLDS)} "
            f"There are: {', '.join(MANIFOLDS)}."
        )
    if type(noise) not in (int, float) or not 0 <= noise < np.inf:
        from kgen.core.checks.values import check_number  # This imports TensorFlow.

        noise = check_number("noise", noise)
    return MANIFOLDS[name](noise)


def load_surface(name, split):
    """Points float32 `(n, 3)` of `manifold(name)`, and slices of them as labels.

    The label says in which tenth of its range the first coordinate lies.
    """
    seed = list(NUM_POINTS).index(split)
    surface = manifold(name)
    points, coordinates = surface.sample(NUM_POINTS[split], seed, True)
    low, high = surface.ranges[0]
    share = (coordinates[:, 0].astype("float64") - low) / (high - low)
    slices = np.clip((NUM_SLICES * share).astype("int32"), 0, NUM_SLICES - 1)
    return points, slices


for _name in MANIFOLDS:
    register(_name, kind="points", num_classes=NUM_SLICES)(
        functools.partial(load_surface, _name)
    )
