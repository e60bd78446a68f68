"""Variational inference in the open, and the exact posteriors to check it against."""

# This import comes first: it registers kgen's models, see `kgen._lazy`.
import keras  # noqa: F401

from kgen.inference.exact import Interval, Posterior, exact_posterior
from kgen.inference.mean_field_mixture import MeanFieldMixture
from kgen.inference.mean_field_regression import MeanFieldRegression
from kgen.inference.normal_wishart import MixturePrior
from kgen.inference.precision import GammaPrior
from kgen.inference.stochastic import RobbinsMonro, StochasticMixture

__all__ = [
    "GammaPrior",
    "Interval",
    "MeanFieldMixture",
    "MeanFieldRegression",
    "MixturePrior",
    "Posterior",
    "RobbinsMonro",
    "StochasticMixture",
    "exact_posterior",
]
