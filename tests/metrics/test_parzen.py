"""Parzen windows against SciPy's densities, and the failure that they are known for."""

import numpy as np
import pytest
from scipy import special, stats
from sklearn.cluster import KMeans

from kgen.metrics import parzen_log_likelihood
from kgen.metrics.ingredients import shuffled


def normal(num_examples, dim=2, seed=0):
    return np.random.default_rng(seed).normal(size=(num_examples, dim))


def test_the_density_is_a_mean_of_scipys():
    real, fake = normal(9, 3), normal(20, 3, 1)
    logs = [
        special.logsumexp(stats.norm.logpdf(x, fake, 0.7).sum(axis=1)) - np.log(20)
        for x in real
    ]
    found = parzen_log_likelihood(real, fake, bandwidth=0.7)
    assert found["parzen_log_likelihood"] == pytest.approx(np.mean(logs))
    assert found["bandwidth"] == 0.7


def test_in_one_dimension_it_comes_near_the_entropy():
    """Windows widen the density: the figure stays below the negative entropy."""
    found = parzen_log_likelihood(normal(4000, 1), normal(4000, 1, 1))
    entropy = stats.norm.entropy()
    assert -entropy - 0.03 < found["parzen_log_likelihood"] < -entropy + 0.03
    assert 0.1 < found["bandwidth"] < 0.6


def test_cluster_centres_beat_real_samples():
    """The failure of Theis et al.: a set of centres scores above the truth."""
    train, test = normal(600, 30), normal(200, 30, 1)
    centres = KMeans(60, n_init=1, random_state=0).fit(train).cluster_centers_
    of_centres, of_data = (
        parzen_log_likelihood(test, rows)["parzen_log_likelihood"]
        for rows in (centres, train)
    )
    assert of_centres > of_data


def test_the_width_is_chosen_on_the_other_half():
    real, fake = normal(40), normal(100, 2, 1)
    found = parzen_log_likelihood(real, fake)
    other = real[shuffled(40)[20:]]
    assert found == parzen_log_likelihood(other, fake, found["bandwidth"])


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="bandwidth was given as 0"):
        parzen_log_likelihood(normal(5), normal(5), 0)
    with pytest.raises(ValueError, match="bandwidth was given as -1"):
        parzen_log_likelihood(normal(5), normal(5), -1)
