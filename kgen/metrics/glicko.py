"""Glicko-2: ratings of players, with what is known of them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.containers import numbers
from kgen.core.checks.values import is_number

SCALE = 400 / math.log(10)  # Points of a rating, for odds that are e times as good.


@dataclasses.dataclass(frozen=True)
class Skill:
    """What Glicko-2 knows of a player; the defaults are those of a new one.

    Args:
        rating: Points. Of two players 400 points apart the better one wins 10 of 11
            games.
        deviation: Standard deviation of the rating, in points, above 0.
        volatility: By how much the skill itself changes in a period, above 0, in units
            of 173.7 points.

    Raises:
        ValueError: for a number that is not finite, or not above 0 as it should be.
    """

    rating: float = 1500.0
    deviation: float = 350.0
    volatility: float = 0.06

    def __post_init__(self) -> None:
        valid = all(map(is_number, dataclasses.astuple(self)))
        if not valid or self.deviation <= 0 or self.volatility <= 0:
            raise ValueError(
                f"A player was given as {self}, but expects finite numbers, with a "
                "deviation and a volatility above 0."
            )


def glicko_update(
    player: Skill, opponents: Sequence[Skill], scores: ArrayLike, tau: float = 0.5
) -> Skill:
    """A player's rating after the games of one period.

    With m and p the rating less 1500 and the deviation, in units of 173.7 points, and
    `g(p) = (1 + 3 p^2 / pi^2)^(-1/2)`, the expected score against opponent j is
    `E_j = sigmoid(g(p_j) (m - m_j))`. The games alone tell the rating with the variance
    `v = 1 / sum_j g(p_j)^2 E_j (1 - E_j)`. The new volatility s comes first: it is
    larger after surprises. Then

    - `p' = (1 / (p^2 + s^2) + 1 / v)^(-1/2)`
    - `m' = m + p'^2 sum_j g(p_j) (score_j - E_j)`

    All players of a period are rated by what was known of them before it. Glickman
    advises periods of 10 to 15 games a player or more.

    Args:
        player: A `Skill`.
        opponents: The `Skill` of the opponent of each game. Without a game, only the
            deviation grows.
        scores: Results of the games, `(num_games,)`: 1 for a win, 0 for a loss, and
            what lies between, as 0.5 for a draw.
        tau: How much a volatility may change, above 0. Glickman advises 0.3 to 1.2.

    Returns:
        The new `Skill`.

    Raises:
        ValueError: for players that are no `Skill`, for scores outside 0..1, unless
            there is one for each opponent, or for a `tau` that is not above 0.

    Example:

    >>> opponents = [Skill(1400, 30), Skill(1550, 100), Skill(1700, 300)]
    >>> found = glicko_update(Skill(1500, 200), opponents, [1, 0, 0])
    >>> round(found.rating, 2), round(found.deviation, 2), round(found.volatility, 5)
    (1464.05, 151.52, 0.06)

    References:
        [Glickman, 2013](http://www.glicko.net/glicko/glicko2.pdf)
    """
    for each in (player, *opponents):
        if not isinstance(each, Skill):
            raise ValueError(
                f"`glicko_update` was given a player as {each!r}, but expects a "
                "kgen.metrics.Skill."
            )
    if not is_number(tau) or tau <= 0:
        raise ValueError(
            f"`glicko_update` was given tau={tau!r}, but expects a number above 0."
        )
    scores = numbers("glicko_update", "scores", scores)
    if scores.shape != (len(opponents),) or np.any((scores < 0) | (scores > 1)):
        raise ValueError(
            f"`glicko_update` was given scores of shape {scores.shape} for "
            f"{len(opponents)} opponents, but expects a number in 0..1 for each."
        )
    return updated(player, opponents, scores, tau)


def updated(player, opponents, scores, tau=0.5):
    """The formulas of `glicko_update`, for valid arguments."""
    from scipy.special import expit

    deviation = player.deviation / SCALE
    if not len(opponents):
        grown = SCALE * math.hypot(deviation, player.volatility)
        return dataclasses.replace(player, deviation=grown)
    ratings, deviations, _ = np.array([*map(dataclasses.astuple, opponents)]).T
    g = 1.0 / np.sqrt(1.0 + 3.0 * (deviations / SCALE / math.pi) ** 2)
    gaps = g * (player.rating - ratings) / SCALE
    variance = 1.0 / np.sum(g**2 * expit(gaps) * expit(-gaps))
    surprise = np.sum(g * (scores - expit(gaps)))
    volatility = new_volatility(
        player.volatility, deviation, variance, variance * surprise, tau
    )
    known = 1.0 / (deviation**2 + volatility**2) + 1.0 / variance
    rating = player.rating + SCALE * surprise / known
    return Skill(float(rating), SCALE / math.sqrt(known), volatility)


def new_volatility(volatility, deviation, variance, delta, tau):
    """The volatility that explains a change `delta` of the rating best.

    Args:
        volatility: That before the period.
        deviation: Of the rating before the period, in units of 173.7 points.
        variance: Of the rating by the games alone.
        delta: The change of the rating that the games alone ask for.
        tau: See `glicko_update`.
    """
    from scipy.optimize import brentq

    before = 2.0 * math.log(volatility)

    def slope(x):
        """The slope by x, the log squared volatility, of its log probability."""
        total = deviation**2 + variance + math.exp(x)
        fit = math.exp(x) * (delta**2 - total) / (2.0 * total**2)
        return fit - (x - before) / tau**2

    excess = delta**2 - deviation**2 - variance
    other = math.log(excess) if excess > 0 else before - tau
    while excess <= 0 and slope(other) < 0:
        other -= tau
    if slope(before) * slope(other) >= 0:  # Both ends are the root, up to rounding.
        return volatility
    return math.exp(brentq(slope, before, other, xtol=1e-10) / 2.0)
