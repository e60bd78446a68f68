"""Figures of several models, which compare them with one another."""

from kgen import tables
from kgen.metrics.figures import Figure
from kgen.metrics.ingredients import MissingError
from kgen.metrics.relative_score import relative_discriminative_score
from kgen.metrics.skill import skill_ratings
from kgen.metrics.tournament import tournament

CONTESTS = {}


def contest(name, better=None):
    """Adds a contest to `CONTESTS`: a decorator of its function.

    The function takes a dictionary of `Ingredients` by the names of models. It gives a
    dictionary of numbers, or of dictionaries of numbers, by these names.

    Args:
        name: Name of the contest.
        better: See `Figure`.
    """

    def add(function):
        figure = Figure(function, ("models",), better=better)
        tables.add("contest", CONTESTS, name, figure)
        return function

    return add


@contest("relative_discriminative_score", better="higher")
def relative_scores(models):
    """The `relative_discriminative_score` of each model's samples."""
    real = next(iter(models.values()))["features"]
    fakes = {name: found["sample_features"] for name, found in models.items()}
    seed = next(iter(models.values()))["seed"]
    return relative_discriminative_score(real, check_several(fakes), seed=seed)


@contest("tournament", better="higher")
def win_rates(models):
    """Mean win rates and skill ratings of the generators of GANs."""
    gans = {
        name: found["model"]
        for name, found in models.items()
        if hasattr(found["model"], "discriminate")
    }
    first = models[next(iter(check_several(gans)))]
    played = tournament(gans, first.test, first["sample_size"], first["seed"])
    ratings = skill_ratings(played["win_rates"])["generators"]
    return {
        name: {"win_rate": played["generators"][name], "skill": float(rating)}
        for name, rating in zip(gans, ratings, strict=True)
    }


def check_several(players):
    """The players, if they are two or more."""
    if len(players) < 2:
        raise MissingError(
            f"it compares models that can take part, and there are {len(players)}: "
            "pass two or more in a dictionary"
        )
    return players
