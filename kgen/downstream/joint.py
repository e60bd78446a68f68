"""The joint distribution p(x, y) = p(y) p(x | y) of a conditional model."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core.checks.containers import numbers
from kgen.core.checks.models import check_model
from kgen.core.checks.values import check_count, check_seed
from kgen.core.pieces import batches, is_dataset
from kgen.core.random import fold_rows, row_keys, row_seeds, uniform_rows
from kgen.downstream.bayes import check_classes, check_prior

if TYPE_CHECKING:
    import keras

    from kgen.core.model import GenerativeModel

# Folded into the seed of a row: its label must not share the noise of its sample.
OF_LABEL = 2**30


def sample_joint(
    model: GenerativeModel,
    num_samples: int,
    prior: ArrayLike | None = None,
    seed: int | ArrayLike | None = None,
) -> tuple[tf.Tensor, np.ndarray]:
    """Draws pairs from p(x, y): a class from p(y), then a sample from p(x | y).

    A pair depends on its own seed alone, as a sample does. `model.sample` with the
    labels and the same seed gives the same samples.

    Args:
        model: A trained `GenerativeModel` with classes and the verb `sample`.
        num_samples: Number of pairs.
        prior: p(y), `(num_classes,)`, up to a factor, such as that of `class_prior`; by
            default all are equal.
        seed: An int, a vector of one int per pair, or `None`.

    Returns:
        Samples `(num_samples, *data_shape)`, and labels int32 `(num_samples,)`.

    Raises:
        ValueError: for a model without classes or without `sample`, a prior of another
            shape, or an invalid number or seed.

    Example:

    >>> model = kgen.build("cvae", (8, 8, 1), num_classes=3)
    >>> x, labels = kgen.downstream.sample_joint(model, 5, prior=[1, 0, 0], seed=0)
    >>> x.shape, labels
    (TensorShape([5, 8, 8, 1]), array([0, 0, 0, 0, 0], dtype=int32))
    """
    name = "sample_joint"
    check_model(name, model, "sample")
    num_classes = check_classes(model)
    num_samples = check_count(name, "num_samples", num_samples)
    prior = check_prior(name, prior, num_classes)
    seeds = _row_seeds(name, model, num_samples, seed)
    uniform = uniform_rows(fold_rows(row_keys(seeds), OF_LABEL), ()).numpy()
    labels = np.searchsorted(np.cumsum(prior), uniform.astype("float64"), "right")
    # The last sum may be below 1 by rounding.
    labels = np.minimum(labels, np.flatnonzero(prior)[-1]).astype("int32")
    return model.sample(labels=labels, seed=seeds), labels


def class_prior(
    data: ArrayLike | tf.data.Dataset | keras.utils.PyDataset, num_classes: int
) -> np.ndarray:
    """The shares of classes in data, float64 `(num_classes,)`: an estimate of p(y).

    Args:
        data: Labels `(n,)`, or a data set of batches `(x, labels)`.
        num_classes: Number of classes.

    Raises:
        ValueError: for data without labels, or labels that are no classes.

    Warns:
        UserWarning: for a class without an example: its share is 0.

    Example:

    >>> class_prior([0, 1, 1, 1], num_classes=2)
    array([0.25, 0.75])
    """
    name = "class_prior"
    num_classes = check_count(name, "num_classes", num_classes)
    labels = _labels(name, data)
    fits = labels.ndim == 1 and labels.dtype.kind in "iu" and len(labels)
    if not fits or labels.min() < 0 or labels.max() >= num_classes:
        raise ValueError(
            f"`{name}` was given data with labels of shape {labels.shape} and type "
            f"{labels.dtype}, but expects classes, ints from 0 to {num_classes - 1}, "
            "one for each example."
        )
    counts = np.bincount(labels, minlength=num_classes)
    if not counts.all():
        warnings.warn(
            f"`{name}` found no example of the classes "
            f"{np.flatnonzero(counts == 0).tolist()}: their share is 0, so that no "
            "sample and no decision is of them.",
            stacklevel=2,
        )
    return counts / counts.sum()


def _row_seeds(name, model, num_samples, seed):
    """The seed of each pair, int64 `(num_samples,)`."""
    if seed is None:
        return model.noise.next_rows(num_samples)
    if np.ndim(seed) == 0:
        return row_seeds(check_seed(name, seed), num_samples)
    seeds = numbers(name, "seed", seed)
    if seeds.shape != (num_samples,) or seeds.dtype.kind not in "iu":
        raise ValueError(
            f"`{name}` was given seed of shape {seeds.shape} and type {seeds.dtype}, "
            f"but expects an int, or {num_samples} ints, one for each pair."
        )
    return seeds


def _labels(name, data):
    """The labels of data as one array."""
    if not is_dataset(data):
        return numbers(name, "data", data, axes=0)
    found = []
    for batch in batches(data, f"`{name}` was given a data set"):
        if not isinstance(batch, (tuple, list)) or len(batch) < 2 or batch[1] is None:
            raise ValueError(
                f"`{name}` was given a data set without labels, but expects batches of "
                "(x, labels)."
            )
        found.append(np.asarray(batch[1]))
    return np.concatenate(found)
