"""Mixtures: densities that EM fits in seconds, also for priors of latent spaces."""

# This import comes first: it registers kgen's models, see `kgen._lazy`.
import keras  # noqa: F401

from kgen.mixtures.categorical import CategoricalMixture
from kgen.mixtures.gaussian import GaussianMixture

__all__ = ["CategoricalMixture", "GaussianMixture"]
