"""Glicko-2 against the example of its paper, and its volatility by another way."""

import dataclasses
import math

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from kgen.metrics.glicko import SCALE, Skill, glicko_update

RIVALS = [Skill(1400, 30), Skill(1550, 100), Skill(1700, 300)]


def test_the_example_of_the_paper():
    found = glicko_update(Skill(1500, 200, 0.06), RIVALS, [1, 0, 0])
    # The paper rounds on the way: without that it is 1464.0507.
    assert found.rating == pytest.approx(1464.06, abs=0.01)
    assert found.deviation == pytest.approx(151.52, abs=0.005)
    assert found.volatility == pytest.approx(0.05999, abs=0.00001)
    assert pytest.approx(173.7178, abs=1e-4) == SCALE


@pytest.mark.parametrize("rating", [1300, 1500, 1750])
@pytest.mark.parametrize("deviation", [40, 350])
@pytest.mark.parametrize("score", [0.0, 0.4, 1.0])
def test_the_volatility_is_the_most_probable_one(rating, deviation, score):
    opponents, tau = [Skill(1500 + 10 * i, 30 + i) for i in range(12)], 0.8
    player = Skill(rating, deviation, 0.05)
    found = glicko_update(player, opponents, [score] * 12, tau)
    p = np.array([each.deviation for each in opponents]) / SCALE
    m = (rating - np.array([each.rating for each in opponents])) / SCALE
    g = 1 / np.sqrt(1 + 3 * p**2 / math.pi**2)
    expected = 1 / (1 + np.exp(-g * m))
    v = 1 / np.sum(g**2 * expected * (1 - expected))
    delta = v * np.sum(g * (score - expected))

    def cost(x):
        """Of the log squared volatility: delta ~ N(0, ...), x ~ N(log 0.05^2, tau)."""
        total = (deviation / SCALE) ** 2 + v + math.exp(x)
        fit = math.log(total) + delta**2 / total
        return (fit + ((x - math.log(0.05**2)) / tau) ** 2) / 2

    best = minimize_scalar(cost, bounds=(-20, 10), options={"xatol": 1e-9}).x
    assert found.volatility == pytest.approx(math.exp(best / 2), rel=1e-5)


def test_only_differences_of_ratings_count():
    def update(shift):
        opponents = [Skill(each.rating + shift, each.deviation) for each in RIVALS]
        return glicko_update(Skill(1500 + shift, 60), opponents, [0, 0, 0])

    near, far = update(0), update(700)
    assert far.rating - 700 == pytest.approx(near.rating)
    assert far.deviation == pytest.approx(near.deviation)
    assert far.volatility == pytest.approx(near.volatility)


def test_without_games_only_the_deviation_grows():
    found = glicko_update(Skill(1600, 200, 0.06), [], [])
    expected = SCALE * math.sqrt((200 / SCALE) ** 2 + 0.06**2)
    assert dataclasses.astuple(found) == pytest.approx((1600, expected, 0.06))


def test_expected_scores_change_no_rating_and_surprises_do():
    player, opponents = Skill(1500, 80), [Skill(1500, 50)] * 10
    even = glicko_update(player, opponents, [0.5] * 10)
    assert even.rating == pytest.approx(1500) and even.deviation < 80
    won = glicko_update(player, opponents, [1] * 10)
    lost = glicko_update(player, opponents, [0] * 10)
    assert won.rating - 1500 == pytest.approx(1500 - lost.rating) and won.rating > 1550
    assert won.volatility > even.volatility


def test_what_makes_no_sense_is_refused():
    for numbers in ({"deviation": 0}, {"volatility": -1}, {"rating": math.nan}):
        with pytest.raises(ValueError, match=f"A player .*{next(iter(numbers))}="):
            Skill(**numbers)
    player = Skill()
    for arguments, message in (
        (((1500, 200, 0.06), [player], [1]), "expects a kgen.metrics.Skill"),
        ((player, [None], [1]), "a player as None"),
        ((player, [player], [1, 0]), r"scores of shape \(2,\) for 1 opponents"),
        ((player, [player], [1.5]), "a number in 0..1 for each"),
        ((player, [player], [1], 0), "tau=0, but expects a number above 0"),
    ):
        with pytest.raises(ValueError, match=message):
            glicko_update(*arguments)
