"""Different bins against SciPy's test, its level, and dropped modes."""

import numpy as np
import pytest
from scipy import spatial, stats
from sklearn.cluster import KMeans

from kgen.metrics import different_bins


def normal(num_examples, dim=2, seed=0):
    return np.random.default_rng(seed).normal(size=(num_examples, dim))


def test_each_bin_has_scipys_test_of_two_proportions():
    real, fake = normal(300, 3), normal(200, 3, 1) + [0.4, 0.0, 0.0]
    means = KMeans(7, n_init=1, random_state=0).fit(real)
    counts = [np.bincount(means.predict(rows), minlength=7) for rows in (real, fake)]
    chances = [
        stats.chi2_contingency([[a, 300 - a], [b, 200 - b]], correction=False).pvalue
        for a, b in zip(*counts, strict=True)
    ]
    found = different_bins(real, fake, num_bins=7)
    assert found["different_bins"] == np.mean(np.array(chances) < 0.05)
    assert 0.0 < found["different_bins"] < 1.0
    distance = spatial.distance.jensenshannon(counts[0] / 300, counts[1] / 200)
    assert found["bin_divergence"] == pytest.approx(distance**2)


def test_one_distribution_differs_at_the_level():
    shares = [
        different_bins(normal(800, 2, 2 * s), normal(800, 2, 2 * s + 1), 10, 0.2)
        for s in range(60)
    ]
    found = np.mean([one["different_bins"] for one in shares])
    assert found == pytest.approx(0.2, abs=0.06)


def test_a_dropped_mode_is_seen_and_everything_in_one_bin_is_fine():
    modes = 100.0 * np.arange(4)[:, None, None]
    real = (modes + normal(400).reshape(4, 100, 2)).reshape(-1, 2)
    assert different_bins(real, real[:300], 4)["different_bins"] == 1.0
    assert different_bins(real, real, 4)["different_bins"] == 0.0
    one = different_bins([[0.0], [1.0], [9.0]], [[0.5], [0.2]], 2)
    assert one["different_bins"] == 0.0 and one["bin_divergence"] > 0.0


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="at least 1 and 20 rows"):
        different_bins(normal(19), normal(19))
    with pytest.raises(ValueError, match="num_bins=1"):
        different_bins(normal(19), normal(19), 1)
    with pytest.raises(ValueError, match="significance was given as 2"):
        different_bins(normal(19), normal(19), 2, significance=2)
