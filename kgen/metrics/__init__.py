"""Measures of the quality of a model."""

from kgen.metrics.bins import different_bins
from kgen.metrics.birthday import birthday_paradox
from kgen.metrics.boundary import boundary_distortion
from kgen.metrics.calibration import likelihood_calibration
from kgen.metrics.class_scores import (
    am_score,
    inception_score,
    mode_score,
    modified_inception_score,
)
from kgen.metrics.classification import (
    adversarial_divergence,
    classification_performance,
)
from kgen.metrics.classifier import features, fit_classifier
from kgen.metrics.classifier_test import classifier_test
from kgen.metrics.codes import (
    code_bits,
    code_robustness,
    compression_factor,
    fraction_active,
    latent_gaussianity,
    mean_activation,
)
from kgen.metrics.contests import CONTESTS
from kgen.metrics.copies import memorization
from kgen.metrics.critic import wasserstein_critic
from kgen.metrics.dci import dci
from kgen.metrics.density import density_coverage
from kgen.metrics.disentanglement import mutual_information_gap
from kgen.metrics.distances import frechet_distance, kernel_distance
from kgen.metrics.divergences import js_divergence, kl_divergence
from kgen.metrics.edit_distance import edit_distance
from kgen.metrics.evaluation import evaluate
from kgen.metrics.figures import FIGURES, Figure, register
from kgen.metrics.geometry import geometry_score, relative_living_times
from kgen.metrics.glicko import Skill, glicko_update
from kgen.metrics.identity import identity_score
from kgen.metrics.images import (
    psnr,
    reconstruction_error,
    sharpness,
    sharpness_difference,
    ssim,
)
from kgen.metrics.inception import inception_features
from kgen.metrics.ingredients import INGREDIENTS, ingredient
from kgen.metrics.likelihood import bits_per_dimension, evaluate_likelihood
from kgen.metrics.lipschitz import lipschitz_estimate
from kgen.metrics.low_level import image_statistics, power_spectrum
from kgen.metrics.mass import mass_coverage
from kgen.metrics.modes import class_coverage, mode_coverage
from kgen.metrics.moments import Moments
from kgen.metrics.neighbors import f1_score, precision_recall
from kgen.metrics.parzen import parzen_log_likelihood
from kgen.metrics.prd import prd, prd_curve
from kgen.metrics.probe import linear_probe
from kgen.metrics.relative_score import (
    discriminator_curves,
    relative_discriminative_score,
)
from kgen.metrics.results import Estimate, FewSamplesWarning, Figures
from kgen.metrics.retrieval import retrieval
from kgen.metrics.skill import skill_ratings
from kgen.metrics.swap import generative_adversarial_metric
from kgen.metrics.tournament import tournament
from kgen.metrics.two_sample import nearest_neighbor_test
from kgen.metrics.wasserstein import sliced_wasserstein
from kgen.tables import import_modules

__all__ = [
    "CONTESTS",
    "FIGURES",
    "INGREDIENTS",
    "Estimate",
    "FewSamplesWarning",
    "Figure",
    "Figures",
    "Moments",
    "Skill",
    "adversarial_divergence",
    "am_score",
    "birthday_paradox",
    "bits_per_dimension",
    "boundary_distortion",
    "class_coverage",
    "classification_performance",
    "classifier_test",
    "code_bits",
    "code_robustness",
    "compression_factor",
    "dci",
    "density_coverage",
    "different_bins",
    "discriminator_curves",
    "edit_distance",
    "evaluate",
    "evaluate_likelihood",
    "f1_score",
    "features",
    "fit_classifier",
    "fraction_active",
    "frechet_distance",
    "generative_adversarial_metric",
    "geometry_score",
    "glicko_update",
    "identity_score",
    "image_statistics",
    "inception_features",
    "inception_score",
    "ingredient",
    "js_divergence",
    "kernel_distance",
    "kl_divergence",
    "latent_gaussianity",
    "likelihood_calibration",
    "linear_probe",
    "lipschitz_estimate",
    "mass_coverage",
    "mean_activation",
    "memorization",
    "mode_coverage",
    "mode_score",
    "modified_inception_score",
    "mutual_information_gap",
    "nearest_neighbor_test",
    "parzen_log_likelihood",
    "power_spectrum",
    "prd",
    "prd_curve",
    "precision_recall",
    "psnr",
    "reconstruction_error",
    "register",
    "relative_discriminative_score",
    "relative_living_times",
    "retrieval",
    "sharpness",
    "sharpness_difference",
    "skill_ratings",
    "sliced_wasserstein",
    "ssim",
    "tournament",
    "wasserstein_critic",
]

import_modules(__name__)  # A figure in a file of its own is found.
