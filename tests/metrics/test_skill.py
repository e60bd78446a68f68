"""Skill ratings of known strengths, by the model that Glicko-2 assumes."""

import numpy as np
import pytest
from scipy.special import expit

from kgen.metrics.glicko import SCALE, Skill, glicko_update
from kgen.metrics.skill import skill_ratings

STRENGTHS = np.array([-260.0, -90.0, 0.0, 130.0, 220.0])
OTHERS = np.array([-100.0, 40.0, 180.0])


def rates(one=STRENGTHS, other=OTHERS):
    return expit((one[:, None] - other) / SCALE)


def test_differences_of_strength_are_recovered():
    found = skill_ratings(rates())
    for key, strengths in (("generators", STRENGTHS), ("discriminators", OTHERS)):
        gaps = found[key] - found[key][0] - (strengths - strengths[0])
        assert np.abs(gaps).max() < 8
    across = found["generators"][2] - found["discriminators"][1]
    assert across == pytest.approx(-40, abs=8)


def test_rates_of_samples_give_ratings_with_their_noise():
    drawn = np.random.default_rng(0).binomial(1000, rates()) / 1000
    found = skill_ratings(drawn)["generators"]
    assert np.diff(found) == pytest.approx(np.diff(STRENGTHS), abs=25)


def test_pairs_that_did_not_meet_are_left_out():
    sparse = rates()
    # The best generator met the best discriminators only, the worst one the worst.
    sparse[4, 0] = sparse[4, 1] = sparse[0, 1] = sparse[0, 2] = np.nan
    assert np.nanmean(sparse[4]) < np.nanmean(sparse[3])
    found = skill_ratings(sparse, num_rounds=300)["generators"]
    assert np.diff(found) == pytest.approx(np.diff(STRENGTHS), abs=12)
    alone = skill_ratings([[np.nan], [0.5]], num_rounds=3)
    assert alone["generators"][0] == 1500 and alone["generator_deviations"][0] > 350


def test_a_round_is_a_period_of_glicko():
    found = skill_ratings(rates(), num_rounds=1)
    first = glicko_update(Skill(), [Skill()] * 3, rates()[0])
    assert found["generators"][0] == pytest.approx(first.rating)
    assert found["generator_deviations"][0] == pytest.approx(first.deviation)
    last = glicko_update(Skill(), [Skill()] * 5, 1.0 - rates()[:, 2])
    assert found["discriminators"][2] == pytest.approx(last.rating)
    assert found["discriminator_deviations"][2] == pytest.approx(last.deviation)


def test_equal_players_and_the_strength_of_opponents():
    even = skill_ratings(np.full((3, 2), 0.5))
    assert even["generators"] == pytest.approx([1500] * 3)
    assert even["discriminators"] == pytest.approx([1500] * 2)
    cycle = np.array([[0.5, 0.8, 0.2], [0.2, 0.5, 0.8], [0.8, 0.2, 0.5]])
    assert np.ptp(skill_ratings(cycle)["generators"]) < 1e-6
    assert even["generator_deviations"][0] < 100


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match=r"shape \(1, 2\) with 1 values outside"):
        skill_ratings([[0.5, 1.5]])
    with pytest.raises(ValueError, match="win_rates of shape"):
        skill_ratings([0.5, 0.5])
    with pytest.raises(ValueError, match="num_rounds=0"):
        skill_ratings([[0.5]], 0)
