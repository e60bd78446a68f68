"""Variational inference: bounds on the evidence, their gradients, and fits of q."""

# This import comes first: it registers kgen's models, see `kgen._lazy`.
import keras  # noqa: F401

from kgen.inference import reparameterization
from kgen.inference.divergences import Divergence, forward_kl, reverse_kl
from kgen.inference.elbo import elbo, log_evidence, log_weights
from kgen.inference.estimators import (
    ESTIMATORS,
    Estimator,
    Reparameterized,
    ScoreFunction,
    StickingTheLanding,
)
from kgen.inference.exact import ExactPosterior, Interval, exact_posterior
from kgen.inference.mean_field_mixture import MeanFieldMixture
from kgen.inference.mean_field_regression import MeanFieldRegression
from kgen.inference.normal_wishart import MixturePrior
from kgen.inference.posteriors import MeanField, Posterior
from kgen.inference.precision import GammaPrior
from kgen.inference.stochastic import RobbinsMonro, StochasticMixture
from kgen.inference.variance import GradientMoments, estimator_variance
from kgen.inference.variational import VariationalInference

__all__ = [
    "ESTIMATORS",
    "Divergence",
    "Estimator",
    "ExactPosterior",
    "GammaPrior",
    "GradientMoments",
    "Interval",
    "MeanField",
    "MeanFieldMixture",
    "MeanFieldRegression",
    "MixturePrior",
    "Posterior",
    "Reparameterized",
    "RobbinsMonro",
    "ScoreFunction",
    "StickingTheLanding",
    "StochasticMixture",
    "VariationalInference",
    "elbo",
    "estimator_variance",
    "exact_posterior",
    "forward_kl",
    "log_evidence",
    "log_weights",
    "reparameterization",
    "reverse_kl",
]
