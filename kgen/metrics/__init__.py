"""Measures of the quality of a model."""

from kgen.metrics.bins import different_bins
from kgen.metrics.class_scores import am_score, inception_score
from kgen.metrics.classifier import features, fit_classifier
from kgen.metrics.codes import (
    code_bits,
    code_robustness,
    compression_factor,
    fraction_active,
    latent_gaussianity,
    mean_activation,
)
from kgen.metrics.copies import memorization
from kgen.metrics.density import density_coverage
from kgen.metrics.distances import frechet_distance, kernel_distance
from kgen.metrics.divergences import js_divergence, kl_divergence
from kgen.metrics.evaluation import Figures, evaluate
from kgen.metrics.figures import FIGURES, Figure, register
from kgen.metrics.images import psnr, sharpness, ssim
from kgen.metrics.ingredients import INGREDIENTS, ingredient
from kgen.metrics.likelihood import bits_per_dimension, evaluate_likelihood
from kgen.metrics.lipschitz import lipschitz_estimate
from kgen.metrics.modes import class_coverage, mode_coverage
from kgen.metrics.neighbors import precision_recall
from kgen.metrics.parzen import parzen_log_likelihood
from kgen.metrics.two_sample import nearest_neighbor_test
from kgen.metrics.wasserstein import sliced_wasserstein
from kgen.tables import import_modules

__all__ = [
    "FIGURES",
    "INGREDIENTS",
    "Figure",
    "Figures",
    "am_score",
    "bits_per_dimension",
    "class_coverage",
    "code_bits",
    "code_robustness",
    "compression_factor",
    "density_coverage",
    "different_bins",
    "evaluate",
    "evaluate_likelihood",
    "features",
    "fit_classifier",
    "fraction_active",
    "frechet_distance",
    "inception_score",
    "ingredient",
    "js_divergence",
    "kernel_distance",
    "kl_divergence",
    "latent_gaussianity",
    "lipschitz_estimate",
    "mean_activation",
    "memorization",
    "mode_coverage",
    "nearest_neighbor_test",
    "parzen_log_likelihood",
    "precision_recall",
    "psnr",
    "register",
    "sharpness",
    "sliced_wasserstein",
    "ssim",
]

import_modules(__name__)  # A figure in a file of its own is found.
