"""Skill ratings of GANs from the win rates of a tournament."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.containers import numbers
from kgen.core.checks.values import check_count
from kgen.metrics.glicko import Skill, updated


def skill_ratings(win_rates: ArrayLike, num_rounds: int = 100) -> dict[str, np.ndarray]:
    """Ratings of generators and discriminators as of chess players, by Glicko-2.

    The model is that generator i beats discriminator j with the probability
    `sigmoid((rating_i - rating_j) / 173.7)`: of 400 points more, odds ten times as
    good. All begin at 1500. In each round, a rating period of Glicko-2, each generator
    plays once with each discriminator, and scores its win rate.

    Ratings are points without limits. Only differences within one tournament count.
    Equal players get equal ratings. If all played all, ratings and mean win rates agree
    in order. If not, only ratings take into account how strong the opponents were.

    A win rate of 0 or 1 asks for an infinite difference, and ratings drift apart with
    the number of rounds: draw 1000 samples or more. Networks do not keep to one number:
    cycles, of which each beats the next, get equal ratings. The deviations are those of
    `num_rounds` games a pair, not of the samples that are behind a rate.

    Args:
        win_rates: Of each generator (row) against each discriminator (column),
            `(num_generators, num_discriminators)`, as `tournament` gives them; NaN for
            a pair that did not meet.
        num_rounds: Number of rounds; 100 come to within a few points of the end.

    Returns:
        Dictionary: `generators`, the ratings `(num_generators,)`, and `discriminators`,
        `(num_discriminators,)`, higher for better ones; `generator_deviations` and
        `discriminator_deviations`, their standard deviations in points.

    Raises:
        ValueError: for win rates that are no matrix of numbers in 0..1, or an invalid
            number of rounds.

    Example:

    >>> found = skill_ratings([[0.5, 0.2], [0.8, 0.5]])
    >>> weak, strong = found["generators"]
    >>> bool(200 < strong - weak < 260)
    True

    References:
        [Olsson et al., 2018](https://arxiv.org/abs/1808.04888),
        [Glickman, 2013](http://www.glicko.net/glicko/glicko2.pdf)
    """
    num_rounds = check_count("skill_ratings", "num_rounds", num_rounds)
    rates = numbers("skill_ratings", "win_rates", win_rates, 2, finite=False, rows=1)
    rates = rates.astype("float64")
    outside = np.count_nonzero((rates < 0) | (rates > 1))
    if rates.ndim != 2 or outside:
        raise ValueError(
            f"`skill_ratings` was given win_rates of shape {rates.shape} with {outside}"
            " values outside 0..1, but expects rates (num_generators, "
            "num_discriminators): tournament(models, test)['win_rates']."
        )
    generators, discriminators = ([Skill()] * size for size in rates.shape)
    for _ in range(num_rounds):
        # Both sides are rated by what was known before the round.
        generators, discriminators = (
            after_round(generators, discriminators, rates),
            after_round(discriminators, generators, 1.0 - rates.T),
        )
    found = {}
    for kind, skills in (("generator", generators), ("discriminator", discriminators)):
        found[f"{kind}s"] = np.array([each.rating for each in skills])
        found[f"{kind}_deviations"] = np.array([each.deviation for each in skills])
    return found


def after_round(players, opponents, rates):
    """The players after games with those that they met, by the scores `rates`."""
    found = []
    for player, row in zip(players, rates, strict=True):
        met = np.flatnonzero(~np.isnan(row))
        found.append(updated(player, [opponents[i] for i in met], row[met]))
    return found
