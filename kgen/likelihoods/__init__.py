"""Likelihoods `p(x | parameters)` of data, given the output of a network."""

# This import comes first: it registers kgen's models, see `kgen._lazy`.
from collections.abc import Mapping

import keras  # noqa: F401

from kgen.core.config import constructor_arguments, lookup
from kgen.likelihoods.base import Likelihood
from kgen.likelihoods.codes import Codes
from kgen.likelihoods.continuous import Bernoulli, Gaussian, LearnedGaussian
from kgen.likelihoods.levels import (
    Categorical,
    DiscretizedGaussian,
    DiscretizedLogistic,
    Levels,
)
from kgen.likelihoods.mixture import LogisticMixture

__all__ = [
    "Bernoulli",
    "Categorical",
    "Codes",
    "DiscretizedGaussian",
    "DiscretizedLogistic",
    "Gaussian",
    "LearnedGaussian",
    "Levels",
    "Likelihood",
    "LogisticMixture",
    "check_logits",
    "get",
]

LIKELIHOODS = {
    "bernoulli": Bernoulli,
    "categorical": Categorical,
    "discretized_gaussian": DiscretizedGaussian,
    "discretized_logistic": DiscretizedLogistic,
    "gaussian": Gaussian,
    "learned_gaussian": LearnedGaussian,
}
# Likelihoods for a network that predicts each value from those before it.
AUTOREGRESSIVE = {
    **LIKELIHOODS,
    "codes": Codes,
    "logistic_mixture": LogisticMixture,
}


def get(
    likelihood: str | Likelihood,
    choices: Mapping[str, type[Likelihood]] = LIKELIHOODS,
    **settings,
) -> Likelihood:
    """A likelihood from its name, or the instance itself.

    Args:
        likelihood: Name or instance.
        choices: Mapping from name to class.
        **settings: Arguments of a likelihood given by name: `levels`, `stddev`; `None`
            leaves the default.

    Raises:
        ValueError: for an unknown name, or a setting that the likelihood does not have.
    """
    settings = {name: value for name, value in settings.items() if value is not None}
    named = isinstance(likelihood, str)
    cls = lookup("likelihood", likelihood, choices) if named else None
    unknown = set(settings) - set(constructor_arguments(cls) if named else ())
    if unknown:
        raise ValueError(
            f"{', '.join(sorted(unknown))} was given, but does not apply to the "
            f"likelihood {likelihood!r}: likelihoods over levels take levels, "
            "'gaussian' takes stddev, an instance has its own settings."
        )
    return cls(**settings) if named else likelihood


def check_logits(likelihood: Likelihood, activation: str) -> None:
    """Raises a ValueError if a decoder ends with an activation instead of logits."""
    if likelihood.logits and activation != "linear":
        raise ValueError(
            f"The decoder ends with {activation!r}, but the likelihood "
            f"{type(likelihood).__name__} takes logits. Remove that activation."
        )
