"""A network that tells sets apart: by chance, surely, and where a neighbour cannot."""

import numpy as np
import pytest
from scipy import stats

from kgen.metrics import classifier_test, nearest_neighbor_test

RNG = np.random.default_rng(0)


def test_p_values_of_one_distribution_are_not_small():
    found = [
        classifier_test(*RNG.normal(size=(2, 100, 3)), seed=seed) for seed in range(8)
    ]
    values = [each["classifier_p_value"] for each in found]
    assert stats.kstest(values, "uniform").pvalue > 0.01
    assert np.mean([each["classifier_accuracy"] for each in found]) < 0.6


def test_the_p_value_is_that_of_two_binomials():
    real, fake = RNG.normal(size=(120, 2)), RNG.normal(size=(80, 2)) + 0.8
    found = classifier_test(real, fake)
    # Half the sum of two shares, of 60 and of 40 unseen rows.
    deviation = np.sqrt(0.25 / 60 + 0.25 / 40) / 2
    z = (found["classifier_accuracy"] - 0.5) / deviation
    assert found["classifier_p_value"] == pytest.approx(stats.norm.sf(z))


def test_it_reaches_the_best_accuracy_for_shifted_gaussians():
    real = RNG.normal(size=(2000, 3))
    fake = RNG.normal(size=(2000, 3)) + [2, 0, 0]
    best = stats.norm.cdf(1.0)  # The border lies in the middle.
    found = classifier_test(real, fake)["classifier_accuracy"]
    assert found == pytest.approx(best, abs=0.02)


def test_it_sees_what_the_nearest_neighbour_does_not():
    real, fake = RNG.normal(size=(2, 500, 30))
    fake[:, 0] += 1.5  # One of 30 features.
    neighbour = nearest_neighbor_test(real, fake)["accuracy"]
    assert classifier_test(real, fake)["classifier_accuracy"] > neighbour + 0.05


def test_three_rows_are_refused():
    with pytest.raises(ValueError, match="at least 4 rows"):
        classifier_test(np.ones((3, 2)), np.ones((9, 2)))
