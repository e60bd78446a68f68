"""The critic's distance: closed forms of W1, and the bound that it keeps."""

import numpy as np
import pytest
from scipy import stats

from kgen.metrics import wasserstein_critic

RNG = np.random.default_rng(0)


def test_a_shift_is_as_far_as_it_is_long():
    real, fake = RNG.normal(size=(2, 1000, 3))
    found = wasserstein_critic(real, fake + [2, 1, 2], num_steps=80)
    assert found == pytest.approx(3.0, abs=0.2)
    # In units of the features.
    found = wasserstein_critic(10 * real, 10 * (fake + [2, 1, 2]), num_steps=80)
    assert found == pytest.approx(30.0, abs=2.0)


def test_on_a_line_it_is_a_lower_bound_that_is_nearly_reached():
    real, fake = RNG.normal(size=(1000, 1)), 3 * RNG.normal(size=(1000, 1))
    exact = stats.wasserstein_distance(real[:, 0], fake[:, 0])
    found = wasserstein_critic(real, fake, num_steps=150)
    assert 0.7 * exact < found < 1.05 * exact


def test_one_distribution_gives_about_zero():
    found = wasserstein_critic(*RNG.normal(size=(2, 1000, 16)), num_steps=60)
    assert abs(found) < 0.2


def test_three_rows_are_refused():
    with pytest.raises(ValueError, match="at least 4 rows"):
        wasserstein_critic(np.ones((3, 2)), np.ones((9, 2)))
