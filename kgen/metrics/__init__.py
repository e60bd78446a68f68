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
from kgen.metrics.distances import frechet_distance, kernel_distance
from kgen.metrics.divergences import js_divergence, kl_divergence
from kgen.metrics.held_out import bits_per_dimension, held_out
from kgen.metrics.images import psnr, sharpness
from kgen.metrics.lipschitz import lipschitz_estimate
from kgen.metrics.modes import class_coverage, mode_coverage
from kgen.metrics.neighbors import precision_recall
from kgen.metrics.wasserstein import sliced_wasserstein

__all__ = [
    "bits_per_dimension",
    "class_coverage",
    "code_bits",
    "code_robustness",
    "compression_factor",
    "features",
    "fit_classifier",
    "fraction_active",
    "frechet_distance",
    "held_out",
    "js_divergence",
    "kernel_distance",
    "kl_divergence",
    "latent_gaussianity",
    "lipschitz_estimate",
    "mean_activation",
    "mode_coverage",
    "precision_recall",
    "psnr",
    "sharpness",
    "sliced_wasserstein",
]
