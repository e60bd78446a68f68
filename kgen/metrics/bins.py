"""Statistically different bins: in which regions are there too many or few samples?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from kgen.core.checks.values import check_count, check_fraction, check_seed
from kgen.metrics.distances import as_features
from kgen.metrics.figures import register


@register("different_bins", ("features", "sample_features"), better="lower", enough=400)
def different_bins(
    real: ArrayLike,
    fake: ArrayLike,
    num_bins: int = 20,
    significance: float = 0.05,
    seed: int | None = 0,
) -> dict[str, float]:
    """The share of regions of the data in which samples are too many or too few.

    k-means divides the real examples into bins. Each bin's share of real examples is
    compared with its share of samples by a test of two proportions. Two samples of one
    distribution differ in about the share `significance` of bins. Samples that miss
    modes differ in the bins of those and, as they are too many there, in others.

    Take ten or more real examples a bin: the test counts on it. Bins say where samples
    are, not whether they look right inside a bin.

    Args:
        real: Features `(n, d)`, one row for each example.
        fake: Features `(m, d)`, one row for each example.
        num_bins: Number of bins, 2 or more, at most `n`.
        significance: A bin differs if a difference so large has a smaller probability
            than this, in 0..1.
        seed: Integer that fixes the bins.

    Returns:
        Dictionary: `different_bins`, the share of bins, in 0..1; `bin_divergence`, the
        Jensen-Shannon divergence of the two sets' shares, from 0 to log 2, in nats.

    Raises:
        ValueError: unless both are finite matrices of equal width, and `real` has
            `num_bins` rows or more, or for an invalid number or seed.

    Example:

    >>> real, fake = np.random.default_rng(0).normal(size=(2, 2000, 2))
    >>> different_bins(real, fake)["different_bins"] < 0.3
    True
    >>> different_bins(real, np.abs(fake))["different_bins"] > 0.7
    True

    References:
        [Richardson & Weiss, 2018](https://arxiv.org/abs/1805.12462)
    """
    from sklearn.cluster import KMeans

    num_bins = check_count("different_bins", "num_bins", num_bins, fewest=2)
    significance = check_fraction("significance", significance)
    seed = check_seed("different_bins", seed)
    real, fake = as_features("different_bins", real, fake, (num_bins, 1))
    means = KMeans(num_bins, n_init=1, random_state=seed).fit(real)
    counts = [
        np.bincount(bins, minlength=num_bins)
        for bins in (means.labels_, means.predict(fake))
    ]
    n, m = len(real), len(fake)
    p, q = counts[0] / n, counts[1] / m
    both = (counts[0] + counts[1]) / (n + m)
    deviation = np.sqrt(both * (1.0 - both) * (1 / n + 1 / m))
    # A bin that holds everything has no deviation, and no difference either.
    z = np.divide(p - q, deviation, out=np.zeros_like(p), where=deviation > 0)
    different = 2 * stats.norm.sf(np.abs(z)) < significance
    middle = (p + q) / 2
    divergence = (stats.entropy(p, middle) + stats.entropy(q, middle)) / 2
    return {
        "different_bins": float(np.mean(different)),
        "bin_divergence": float(divergence),
    }
