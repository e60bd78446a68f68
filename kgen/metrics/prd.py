"""Precision and recall of distributions, by their shares in clusters."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.values import check_count, check_seed
from kgen.core.threads import threads_for
from kgen.metrics.distances import as_features
from kgen.metrics.figures import register

NUM_ANGLES = 1001


@register("prd", ("features", "sample_features"), better="higher", enough=1000)
def prd(
    real: ArrayLike,
    fake: ArrayLike,
    num_clusters: int = 20,
    num_runs: int = 10,
    seed: int | None = 0,
) -> dict[str, float]:
    """Best F scores on the curve of `prd_curve`: one weighs recall, one precision.

    `F_b = (1 + b^2) p r / (b^2 p + r)` at precision p and recall r. With `b = 8` recall
    counts most, with `b = 1/8` precision. Dropped modes lower `f_8`, samples unlike the
    data lower `f_1_8`. Both are in 0..1.

    Two samples of one distribution do not reach 1: for 1000 and 1000 in 64 dimensions
    both are about 0.99, for 100 and 100 about 0.94. Take 1000 or more, and as many
    samples as real examples, since the larger set shapes the clusters.

    Clusters say how many samples a region has, not whether they look right in it: blur
    inside a cluster is not seen.

    Args:
        real: Features `(n, d)`, one row for each example.
        fake: Features `(m, d)`, one row for each example.
        num_clusters: See `prd_curve`.
        num_runs: See `prd_curve`.
        seed: See `prd_curve`.

    Returns:
        Dictionary: `f_8`, the figure of recall, and `f_1_8`, that of precision.

    Raises:
        ValueError: as `prd_curve` does.

    Example:

    >>> real = 100.0 * np.repeat(np.eye(4), 50, axis=0)
    >>> found = prd(real, real[:100], num_clusters=4)  # Two of four modes.
    >>> round(found["f_8"], 2), round(found["f_1_8"], 2)
    (0.5, 0.98)

    References:
        [Sajjadi et al., 2018](https://arxiv.org/abs/1806.00035)
    """
    curve = _curve("prd", real, fake, num_clusters, num_runs, seed)
    return {"f_8": _best_score(*curve, 8.0), "f_1_8": _best_score(*curve, 1 / 8)}


def prd_curve(
    real: ArrayLike,
    fake: ArrayLike,
    num_clusters: int = 20,
    num_runs: int = 10,
    seed: int | None = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of precision and recall that samples reach, one pair for each angle.

    k-means divides both sets together into clusters. With the shares p of real examples
    and q of samples in these, the pair of a slope `l` is

    - precision `sum min(l p, q)`: a part of the samples that large is like the data,
    - recall `sum min(p, q / l)`: a part of the data that large is like the samples.

    The slopes are the tangents of 1001 equal steps of an angle from 0 to a right angle.
    The curve is the mean over runs of k-means. Equal distributions give a curve through
    (1, 1), distributions that share nothing give zeros.

    Args:
        real: Features `(n, d)`, one row for each example.
        fake: Features `(m, d)`, one row for each example.
        num_clusters: Number of clusters, 1 or more, at most `n` and `m`.
        num_runs: Number of runs of k-means, 1 or more.
        seed: Integer that fixes the clusters.

    Returns:
        Arrays `(precision, recall)`, both `(1001,)` and in 0..1. From the first to the
        last the precision rises and the recall falls.

    Raises:
        ValueError: unless both are finite matrices of equal width with `num_clusters`
            rows or more, or for an invalid number or seed.

    Example:

    >>> real = 100.0 * np.repeat(np.eye(4), 50, axis=0)
    >>> precision, recall = prd_curve(real, real[:100], num_clusters=4)
    >>> round(float(precision.max()), 6), round(float(recall.max()), 6)
    (1.0, 0.5)

    References:
        [Sajjadi et al., 2018](https://arxiv.org/abs/1806.00035)
    """
    return _curve("prd_curve", real, fake, num_clusters, num_runs, seed)


def _curve(name, real, fake, num_clusters, num_runs, seed):
    """The curve, see `prd_curve`; `name` is that of the function for the errors."""
    from sklearn.cluster import KMeans

    num_clusters = check_count(name, "num_clusters", num_clusters)
    num_runs = check_count(name, "num_runs", num_runs)
    seed = check_seed(name, seed)
    real, fake = as_features(name, real, fake, fewest=num_clusters)
    # A state, not a number, so that the runs differ.
    state = np.random.RandomState(seed)
    # At an angle of 0 the recall, at a right angle the slope is not defined.
    angles = np.linspace(1e-10, np.pi / 2 - 1e-10, NUM_ANGLES)
    slopes = np.tan(angles)[:, None]
    both, precision = np.concatenate([real, fake]), np.zeros(NUM_ANGLES)
    for _ in range(num_runs):
        means = KMeans(num_clusters, n_init=1, random_state=state)
        with threads_for(len(both)):
            clusters = means.fit_predict(both)
        p, q = (
            np.bincount(part, minlength=num_clusters) / len(part)
            for part in (clusters[: len(real)], clusters[len(real) :])
        )
        precision += np.minimum(slopes * p, q).sum(axis=1) / num_runs
    # The sums round, so that they may exceed 1 a little.
    return np.minimum(precision, 1.0), np.minimum(precision / slopes[:, 0], 1.0)


def _best_score(precision, recall, beta):
    """The largest F score on a curve."""
    weighted = beta**2 * precision + recall
    both = (1 + beta**2) * precision * recall
    scores = np.divide(both, weighted, out=np.zeros_like(both), where=weighted > 0)
    return float(np.max(scores))
