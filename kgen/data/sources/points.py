"""Points in the plane whose density is known exactly, by name."""

import functools

from kgen.data import areas, curves, gaussians
from kgen.data.densities import Density
from kgen.data.sources import register
from kgen.suggestions import suggest

# Number of points in each split. The points are the same for every seed, so that
# held-out figures can be compared.
NUM_POINTS = {"train": 20_000, "test": 5_000}

DENSITIES = {
    "8gaussians": lambda: gaussians.ring_of_gaussians(
        8, radius=8**0.5, sigma=0.125**0.5, name="8gaussians"
    ),
    "8ring": gaussians.ring_of_gaussians,
    "25gaussians": gaussians.grid_of_gaussians,
    "ring": areas.Ring,
    "moons": curves.moons,
    "circles": curves.circles,
    "spirals": curves.spirals,
    "checkerboard": areas.Checkerboard,
}


def density(name: str) -> Density:
    """The 2-D density of that name.

    Its `sample(num_samples, seed)`, `log_prob(x)` and `entropy` (nats) judge a model of
    the points of `kgen.data.load(name)`.

    | name | shape | entropy in nats |
    |---|---|---|
    | `8gaussians` | ring of radius sqrt(8), sigma sqrt(1/8), as in FFJORD | 2.832 |
    | `8ring` | ring of 8 modes, radius 1, sigma 0.01, as in PacGAN | -4.293 |
    | `25gaussians` | 5 x 5 modes, 2 apart, sigma 0.05, as in PacGAN | 0.065 |
    | `ring` | annulus of radius 1, sigma 0.1 | 0.949 |
    | `moons` | scikit-learn's two half circles, noise 0.05 | 0.289 |
    | `circles` | circles of radius 1 and 0.5, noise 0.05 | 0.606 |
    | `spirals` | two arms of one and a half turns, noise 0.1 | 2.541 |
    | `checkerboard` | eight squares of side 2 | 3.466 |

    Other parameters are one call away: `kgen.data.gaussians.ring_of_gaussians(6, 2.0)`,
    `kgen.data.curves.moons(sigma=0.1)`.

    Args:
        name: One of the names above.

    Returns:
        A `kgen.data.densities.Density`.

    Raises:
        ValueError: There is no such density.

    Example:

    >>> import kgen.data
    >>> ring = kgen.data.density("8ring")
    >>> ring.sample(5, seed=0).shape
    (5, 2)
    >>> round(ring.entropy, 3)
    -4.293
    """
    if not isinstance(name, str) or name not in DENSITIES:
        raise ValueError(
            f"There is no density {name!r}.{suggest(name, DENSITIES)} "
            f"There are: {', '.join(DENSITIES)}."
        )
    return DENSITIES[name]()


def load_points(name, split):
    """Points float32 `(n, 2)` of `density(name)`, and their components as labels."""
    seed = list(NUM_POINTS).index(split)
    return density(name).sample(NUM_POINTS[split], seed=seed, return_labels=True)


for _name in DENSITIES:
    register(_name, kind="points")(functools.partial(load_points, _name))
