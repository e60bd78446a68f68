"""Mixtures: densities that EM fits in seconds, also as priors of latent spaces."""

# First of all, as it registers kgen's models: see `kgen._lazy`.
import keras  # noqa: F401

from kgen.mixtures.categorical import CategoricalMixture
from kgen.mixtures.gaussian import GaussianMixture

__all__ = ["CategoricalMixture", "GaussianMixture"]
