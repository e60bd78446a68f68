"""Coverage of the data by a model's mass, where shares of modes are known."""

import numpy as np
import pytest

from kgen.metrics import mass_coverage

RNG = np.random.default_rng(0)


def mixture(means, count):
    """Points around some means, as many around each."""
    return np.concatenate([RNG.normal(mean, 0.1, (count, 2)) for mean in means])


def test_samples_of_the_data_reach_the_mass():
    real, fake = RNG.normal(size=(2, 2000, 2))
    for mass in (0.5, 0.8, 0.95):
        assert mass_coverage(real, fake, mass) == pytest.approx(mass, abs=0.03)


def test_a_lost_mode_costs_its_share():
    real = mixture([0, 5, 10, 15], 200)
    found = mass_coverage(real, mixture([0, 5, 10], 200))
    assert found == pytest.approx(0.95 * 0.75, abs=0.02)
    # A mode beside the data costs nothing, as precision sees it.
    assert mass_coverage(real, mixture([0, 5, 10, 15, 20], 200)) > 0.92


def test_by_the_rank_of_one_neighbour_of_points_on_a_line():
    fake = np.array([[0.0], [1.0], [3.0], [7.0]])
    # Distances to the nearest other sample: 1, 1, 2, 4. Half of them are at most 1.5.
    real = np.array([[1.4], [-1.6], [4.4], [9.0]])
    assert mass_coverage(real, fake, 0.5, num_neighbors=1) == 0.5


def test_too_few_samples_and_other_shares_are_refused():
    with pytest.raises(ValueError, match="at least 1 and 6 rows"):
        mass_coverage(np.ones((9, 2)), np.ones((5, 2)))
    with pytest.raises(ValueError, match="expects a number in 0..1"):
        mass_coverage(np.ones((9, 2)), np.ones((9, 2)), mass=1.5)
