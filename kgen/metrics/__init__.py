"""Numbers that tell how good a model is."""

from kgen.metrics.classifier import features, fit_classifier
from kgen.metrics.codes import (
    code_bits,
    code_robustness,
    compression_factor,
    fraction_active,
    latent_gaussianity,
    mean_activation,
)
from kgen.metrics.distances import frechet_distance
from kgen.metrics.divergences import kl_divergence
from kgen.metrics.held_out import bits_per_dimension, held_out
from kgen.metrics.images import psnr, sharpness

__all__ = [
    "bits_per_dimension",
    "code_bits",
    "code_robustness",
    "compression_factor",
    "features",
    "fit_classifier",
    "fraction_active",
    "frechet_distance",
    "held_out",
    "kl_divergence",
    "latent_gaussianity",
    "mean_activation",
    "psnr",
    "sharpness",
]
