"""Bayes' theorem: any conditional model with a likelihood is a classifier."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core.checks.containers import numbers
from kgen.core.checks.forms import check_shape
from kgen.core.checks.models import check_model
from kgen.downstream.anomaly import AnomalyDetector

if TYPE_CHECKING:
    from kgen.core.model import GenerativeModel


def class_probabilities(
    model: GenerativeModel,
    x: ArrayLike,
    prior: ArrayLike | None = None,
    score: str = "auto",
    num_samples: int = 64,
    seed: int | None = 0,
    num_time_samples: int = 50,
) -> np.ndarray:
    """`p(c | x) = p(x | c) p(c) / sum_c' p(x | c') p(c')`, float64 `(n, num_classes)`.

    If the model has only a bound on `log p(x | c)`, the bound replaces the likelihood,
    with the same noise for all classes.

    Args:
        model: A trained conditional `GenerativeModel` with `log_prob`, `iwae_bound` or
            `elbo`.
        x: Examples `(n, *data_shape)`.
        prior: p(c), `(num_classes,)`, up to a factor, such as that of `class_prior`; by
            default all are equal.
        score: Name of one of these verbs; `"auto"` is the model's
            `preferred_likelihood`.
        num_samples: Draws of z for each example, for `"iwae_bound"`.
        seed: Integer that fixes these draws, and the draw of `"elbo"`.
        num_time_samples: Draws of t for each example, for the `"elbo"` of diffusion.

    Raises:
        ValueError: if the model has no classes or no likelihood, if examples or prior
            have the wrong shape, or if a number of draws or the seed is invalid.

    Example:

    >>> model = kgen.build("pixelcnn", (4, 4, 1), num_classes=3, width=4, num_blocks=1)
    >>> images = np.zeros((5, 4, 4, 1), "float32")
    >>> kgen.downstream.class_probabilities(model, images).shape
    (5, 3)
    """
    check_model("class_probabilities", model)
    num_classes, shape = check_classes(model), model.data_shape
    x = numbers("class_probabilities", "x", x)
    check_shape("`class_probabilities` was given x", tf.TensorShape(x.shape), shape)
    prior = check_prior("class_probabilities", prior, num_classes)
    times = {"num_time_samples": num_time_samples}
    detector = AnomalyDetector(model, score, num_samples, seed, **times)
    if detector.score == "reconstruction":
        raise ValueError(
            f"This {type(model).__name__} reconstructs, but has no likelihood, which "
            "Bayes' theorem needs."
        )
    each = (np.full(len(x), label, "int32") for label in range(num_classes))
    log_likelihood = np.stack([-detector.scores(x, labels) for labels in each], axis=1)
    with np.errstate(divide="ignore"):
        joint = log_likelihood + np.log(prior)
    joint -= joint.max(axis=1, keepdims=True)
    return np.exp(joint) / np.exp(joint).sum(axis=1, keepdims=True)


def bayes_classify(
    model: GenerativeModel, x: ArrayLike, prior: ArrayLike | None = None, **options
) -> np.ndarray:
    """Bayes' classifier, `argmax_c log p(x | c) + log p(c)`, int32 `(n,)`.

    Args:
        model: See `class_probabilities`.
        x: Examples `(n, *data_shape)`.
        prior: See `class_probabilities`.
        **options: Other arguments of `class_probabilities`.

    Raises:
        ValueError: as `class_probabilities`.
    """
    probabilities = class_probabilities(model, x, prior, **options)
    return np.argmax(probabilities, axis=1).astype("int32")


def check_classes(model):
    """The number of classes of a model.

    Raises:
        ValueError: if it has none.
    """
    if model.num_classes is None:
        raise ValueError(
            f"This {type(model).__name__} has no classes to choose from: build and "
            "train it with num_classes."
        )
    return model.num_classes


def check_prior(name, prior, num_classes):
    """p(c) with the sum 1, float64 `(num_classes,)`; equal ones for `None`.

    Raises:
        ValueError: unless these are weights of the classes, 0 or larger.
    """
    if prior is None:
        prior = np.ones(num_classes)
    elif not isinstance(prior, str):
        prior = numbers(name, "prior", prior, axes=0)
    prior = np.asarray(prior)
    fits = prior.dtype.kind in "iuf" and prior.shape == (num_classes,)
    if not fits or (prior < 0).any() or not prior.sum() > 0:
        raise ValueError(
            f"prior was given as {prior}, but expects {num_classes} probabilities, 0 "
            "or larger, one for each class."
        )
    return prior / prior.sum()
