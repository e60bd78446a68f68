"""Coverage of the data by the probability mass of a model."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.values import check_count, check_fraction
from kgen.metrics.distances import as_features
from kgen.metrics.figures import register


@register(
    "mass_coverage", ("features", "sample_features"), better="higher", enough=1000
)
def mass_coverage(
    real: ArrayLike, fake: ArrayLike, mass: float = 0.95, num_neighbors: int = 5
) -> float:
    """The share of real examples where the model's density is not small.

    "Not small" is above the level that the share `mass` of the model's own samples
    exceed. The distance to the `num_neighbors`-th nearest sample stands for the
    density: it is small where samples are dense. Samples of the data's own distribution
    reach `mass`. A model that misses a mode loses the share of that mode. A model that
    covers all, and much more beside it, has coverage, too: look at the precision.

    Args:
        real: Features `(n, d)`, one row for each example.
        fake: Features `(m, d)`, one row for each example.
        mass: Share of samples that are above the level, in 0..1.
        num_neighbors: Number of the neighbour, 1 or more, fewer than `m`.

    Returns:
        The share, in 0..1.

    Raises:
        ValueError: unless both are finite matrices of equal width, and `fake` has more
            rows than `num_neighbors`, or for an invalid share or number.

    Example:

    >>> real, fake = np.random.default_rng(0).normal(size=(2, 1000, 2))
    >>> round(mass_coverage(real, fake), 1), round(mass_coverage(real, abs(fake)), 1)
    (0.9, 0.3)

    References:
        [Tolstikhin et al., 2017](https://arxiv.org/abs/1701.02386)
    """
    from sklearn.neighbors import NearestNeighbors

    mass = check_fraction("mass", mass)
    num_neighbors = check_count("mass_coverage", "num_neighbors", num_neighbors)
    real, fake = as_features("mass_coverage", real, fake, (1, num_neighbors + 1))
    search = NearestNeighbors(n_neighbors=num_neighbors).fit(fake)
    own = search.kneighbors()[0][:, -1]  # No sample is a neighbour of itself.
    other = search.kneighbors(real)[0][:, -1]
    return float(np.mean(other <= np.quantile(own, mass)))
