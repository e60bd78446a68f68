"""Density and coverage: precision and recall that bear outliers."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.values import check_count
from kgen.metrics.distances import as_features
from kgen.metrics.figures import register
from kgen.metrics.neighbors import by_rows, radii, to_nearest


@register(
    "density_coverage", ("features", "sample_features"), better="higher", enough=1000
)
def density_coverage(
    real: ArrayLike, fake: ArrayLike, num_neighbors: int = 5
) -> dict[str, float]:
    """In how many real balls a sample lies, and the share of real balls with samples.

    Every real example is the centre of a ball that reaches to its `num_neighbors`-th
    neighbour among the real ones. Density counts for each sample the balls that it is
    in, divided by `num_neighbors`: an outlier with a large ball counts once, where
    `precision_recall` would take all that it holds for good. Coverage is the share of
    balls with a sample. It does not ask for balls of samples, so bad samples cannot
    raise it.

    For two samples of one continuous distribution, of n and m examples, the expected
    density is 1. The expected coverage is
    `1 - (n - 1) ... (n - k) / ((n + m - 1) ... (n + m - k))`, about `1 - 2^-k` at equal
    n and m: 0.97 for 5 neighbours.

    Args:
        real: Features `(n, d)`, one row for each example.
        fake: Features `(m, d)`, one row for each example.
        num_neighbors: Number of neighbours in a ball, 1 or more, fewer than `n`.

    Returns:
        Dictionary: `density`, 0 or larger, and `coverage`, in 0..1.

    Raises:
        ValueError: unless both are finite matrices of equal width, and `real` has more
            rows than `num_neighbors`, or for an invalid number of neighbours.

    Example:

    >>> real, fake = np.random.default_rng(0).normal(size=(2, 200, 8))
    >>> found = density_coverage(real, fake[:20])
    >>> found["density"] > 0.5 > found["coverage"]
    True

    References:
        [Naeem et al., 2020](https://arxiv.org/abs/2002.09797)
    """
    num_neighbors = check_count("density_coverage", "num_neighbors", num_neighbors)
    real, fake = as_features("density_coverage", real, fake, (num_neighbors + 1, 1))
    reach = radii(real, num_neighbors)

    def balls(distances, start):
        return np.sum(distances <= reach, axis=1)

    return {
        "density": float(np.mean(by_rows(fake, real, balls)) / num_neighbors),
        "coverage": float(np.mean(to_nearest(real, fake) <= reach)),
    }
