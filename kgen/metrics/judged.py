"""Ingredients of judges: what networks see in held-out examples and in samples."""

import keras
import numpy as np
import tensorflow as tf

from kgen.core.parts import parts_of
from kgen.metrics.classifier import features, fit_classifier
from kgen.metrics.ingredients import (
    ROWS,
    MissingError,
    as_dataset,
    batches_of_parts,
    ingredient,
    shuffled,
    training_data,
)

NEAREST = 8  # Samples whose nearest training examples are looked up.


@ingredient("classifier", shared=True)
def fitted_classifier(found):
    """A `keras.Model` that names the classes of images, see `fit_classifier`.

    It is fitted on training data, or on the held-out data without any.
    """
    check_images(found)
    # A conditional model may know classes of which this data has no example.
    labels = found["model"].data_specs.get("labels")
    count = getattr(labels, "num_classes", None)
    if isinstance(found.train, tf.data.Dataset):  # It is read batch by batch.
        train = labelled(found["model"], found.train)
        return fit_classifier(train, seed=found["seed"], num_classes=count)
    kind = "" if found.train is None else "training_"
    x = found[f"{kind}examples"]["x"]
    return fitted(x, found[f"{kind}labels"], found["seed"], count)


@ingredient("sample_classifier")
def classifier_of_samples(found):
    """A classifier that has seen samples only, and the classes they were drawn for."""
    check_images(found)
    # Samples may lack a class.
    given = found["samples"], found["sample_labels"], found["seed"]
    return fitted(*given, found["num_classes"])


@ingredient("feature_network", shared=True)
def network_of_features(found):
    """A `keras.Model` from images to features `(n, d)`."""
    return features(found["classifier"])


@ingredient("features", shared=True)
def held_out_features(found):
    """Features `(n, d)` of held-out examples."""
    return seen(found, found["x"])


@ingredient("sample_features")
def sampled_features(found):
    """Features `(sample_size, d)` of samples, as those of held-out examples."""
    return seen(found, found["samples"])


@ingredient("training_features", shared=True)
def features_of_training_data(found):
    """Features `(n, d)` of the training data, as those of held-out examples."""
    return np.concatenate([rows for _, rows in training_batches(found)])


@ingredient("nearest_training_examples")
def training_examples_nearest_to_samples(found):
    """The training example nearest to each of the first samples, `(NEAREST, ...)`.

    It takes a pass of its own: the next one may be in another order.
    """
    training_data(found)
    queries = found["sample_features"][:NEAREST]
    nearest, examples = np.full(len(queries), np.inf), [None] * len(queries)
    for x, rows in training_batches(found):
        for i, query in enumerate(queries):
            distances = np.sum(np.square(rows - query), axis=1)
            if distances.min() < nearest[i]:
                nearest[i] = distances.min()
                examples[i] = x[distances.argmin()]
    return np.stack(examples)


def training_batches(found):
    """Batches of training examples, each with its features."""
    train = as_dataset(found["model"], training_data(found))
    for part in batches_of_parts(found["model"], train):
        yield part["x"], seen(found, part["x"])


@ingredient("equal_features")
def as_many_features_as_samples(found):
    """Features of held-out examples, at most as many as there are samples."""
    return fair(found["features"], len(found["sample_features"]))


@ingredient("equal_sample_features")
def as_many_features_as_examples(found):
    """Features of samples, at most as many as there are held-out examples."""
    return fair(found["sample_features"], len(found["features"]))


def fair(rows, size):
    """All rows, or a fair choice of `size` of them: data may be in order of classes."""
    return rows if len(rows) <= size else rows[shuffled(len(rows))[:size]]


@ingredient("sample_classes")
def sampled_classes(found):
    """The classifier's class of each sample, ints `(sample_size,)`."""
    return np.argmax(found["sample_probabilities"], axis=-1)


@ingredient("probabilities", shared=True)
def held_out_probabilities(found):
    """The classifier's probabilities for held-out examples, `(n, num_classes)`."""
    return found["classifier"].predict(found["x"], ROWS, verbose=0)


@ingredient("sample_probabilities")
def sampled_probabilities(found):
    """The classifier's probabilities for samples, `(sample_size, num_classes)`."""
    classifier = found["classifier"]
    return classifier.predict(found["samples"], ROWS, verbose=0)


@ingredient("probabilities_by_samples")
def probabilities_by_the_classifier_of_samples(found):
    """The `sample_classifier`'s probabilities for held-out examples."""
    return found["sample_classifier"].predict(found["x"], ROWS, verbose=0)


@ingredient("num_classes", shared=True)
def number_of_classes(found):
    """Number of classes of the classifier."""
    return found["classifier"].output_shape[-1]


def seen(found, x):
    """Features of examples by the network; without one, vectors are their own."""
    if "feature_network" not in found and len(found["model"].data_shape) != 3:
        return x.reshape(len(x), -1)
    return found["feature_network"].predict(x, ROWS, verbose=0)


def check_features(name, network, model):
    """Raises a ValueError unless a network gives features of a model's examples.

    Args:
        name: Name of the function that takes the network, for the error.
        network: What the user passed, a `keras.Model` or `None`.
        model: The `GenerativeModel`.
    """
    if network is None:
        return
    wanted = "a keras.Model from examples to features (n, d)"
    if not isinstance(network, keras.Model):
        raise ValueError(
            f"`{name}` was given features of type {type(network).__name__}, but "
            f"expects {wanted}, such as kgen.metrics.features(classifier)."
        )
    shape = getattr(network, "input_shape", None)
    if not isinstance(shape, tuple):
        raise ValueError(
            f"`{name}` was given features, a {type(network).__name__} without one "
            f"input, but expects {wanted}."
        )
    shape = shape[1:]
    fits = len(shape) == len(model.data_shape) and all(
        size in (None, own) for size, own in zip(shape, model.data_shape, strict=True)
    )
    if not fits or len(network.output_shape) != 2:
        raise ValueError(
            f"`{name}` was given the features {network.name!r}, from {shape} to "
            f"{tuple(network.output_shape[1:])}, but expects {wanted}, and examples "
            f"are {tuple(model.data_shape)}."
        )


def labelled(model, dataset):
    """A data set of batches `(x, labels)`, from one of any structure."""
    if parts_of(model, dataset.element_spec).get("labels") is None:
        raise MissingError("the training data has no labels")

    def pair(*batch):
        parts = parts_of(model, batch if len(batch) > 1 else batch[0])
        return parts["x"], parts["labels"]

    return dataset.map(pair)


def fitted(x, labels, seed, num_classes=None):
    """A classifier of images that has learned from arrays."""
    if not np.any(labels != labels[0]):
        raise MissingError("the data is of one class, so no classifier can be fitted")
    rows = tf.data.Dataset.from_tensor_slices((x, labels))
    train = rows.shuffle(len(x), seed=seed).batch(128)
    return fit_classifier(train, seed=seed, num_classes=num_classes)


def check_images(found):
    """Raises a `MissingError` unless the data is images."""
    if len(found["model"].data_shape) != 3:
        raise MissingError("a classifier needs images, and the data has none")
