"""Ingredients of figures: each is made once, when a figure first needs it."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from kgen import tables
from kgen.core.config import lookup
from kgen.core.parts import parts_of, verb_parts
from kgen.core.pieces import batches, is_dataset
from kgen.core.training.datasets import as_datasets
from kgen.core.verbs import input_specs
from kgen.metrics.classifier import features, fit_classifier

ROWS = 1000  # Batch size for drawing samples and for the classifier.
INGREDIENTS = {}


class MissingError(ValueError):
    """Raised if a model or its data lacks an ingredient."""


class Ingredients:
    """Ingredients of one evaluation by name: `ingredients["samples"]`.

    Args:
        model: A `GenerativeModel`.
        test: Held-out data: a data set of batches `x` or `(x, labels)`, or these as
            arrays.
        train: Data set of batches `(x, labels)` for fitting a classifier; `None` takes
            `test`.
        num_samples: Draws of z for each example, if a bound needs them.
        sample_size: Number of samples; `None` for the number of held-out examples.
        seed: Integer that fixes all draws.
    """

    def __init__(self, model, test, train, num_samples, sample_size, seed):
        self.test = test
        self.train = train
        self.sample_size = sample_size
        self.made = {"model": model, "num_samples": num_samples, "seed": seed}

    def __getitem__(self, name):
        if name not in self.made:
            make = lookup("ingredient", name, INGREDIENTS)
            self.made[name] = make(self)
        return self.made[name]


def ingredient(name: str) -> Callable[[Callable], Callable]:
    """Adds an ingredient to `INGREDIENTS`: a decorator of the function that makes it.

    The function takes the `Ingredients` and may look up others by name. If it cannot
    make its own, it raises a `MissingError` with a clause: "it has no verb".

    Args:
        name: Name of the ingredient, for the `needs` of a `Figure`.

    Raises:
        ValueError: if there is an ingredient of that name.
    """
    return lambda make: tables.add("ingredient", INGREDIENTS, name, make)


def as_dataset(model, data):
    """A data set of batches; arrays become one.

    Args:
        model: A `GenerativeModel`.
        data: A data set, or arrays `x`, `(x, labels)` or `(x, labels, weights)`.
    """
    if is_dataset(data):
        return data
    given = data if isinstance(data, tuple) else (data,)
    given = dict(zip(("x", "y", "sample_weight"), given, strict=False))
    return as_datasets(model, keras.Model.evaluate, **given)["x"]


@ingredient("data")
def held_out_data(found):
    """The held-out data set, in batches for the model."""
    return as_dataset(found["model"], found.test)


@ingredient("examples")
def held_out_examples(found):
    """All held-out examples: arrays of the parts of the data by name, or `None`."""
    model = found["model"]
    if not is_dataset(found.test):
        return as_arrays(parts_of(model, found.test))
    read = list(batches_of_parts(model, found.test))
    if not read:
        raise ValueError("The data set is empty: there is nothing to evaluate on.")
    return {
        name: None if value is None else np.concatenate([part[name] for part in read])
        for name, value in read[0].items()
    }


def batches_of_parts(model, dataset, name="evaluate"):
    """The batches of a data set as arrays by the names of their parts, or `None`.

    Args:
        model: A `GenerativeModel`.
        dataset: Data set of batches, in one of the structures that `fit` takes.
        name: Name of the function that takes the data set, for errors.
    """
    for batch in batches(dataset, f"`{name}` was given a data set"):
        yield as_arrays(parts_of(model, batch))


def as_arrays(parts):
    """Parts as arrays."""
    return {k: None if part is None else np.asarray(part) for k, part in parts.items()}


@ingredient("x")
def held_out_x(found):
    """Held-out examples `(n, *data_shape)`."""
    return found["examples"]["x"]


@ingredient("num_examples")
def number_of_examples(found):
    """Number of held-out examples."""
    if "examples" in found.made or not is_dataset(found.test):
        return len(found["x"])
    return sum(len(part["x"]) for part in batches_of_parts(found["model"], found.test))


@ingredient("labels")
def held_out_labels(found):
    """Classes of the held-out examples, ints `(n,)`."""
    labels = found["examples"].get("labels")
    if labels is None or labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise MissingError("the data has no labels")
    return labels


@ingredient("samples")
def drawn_samples(found):
    """Samples `(sample_size, *data_shape)`; conditions are those of held-out rows."""
    model = found["model"]
    check_verb(model, "sample")
    size = found.sample_size or found["num_examples"]
    given = {}
    for name in set(input_specs(model, model.sample)) - {"seed"}:
        part = found["examples"].get(name) if name in model.data_specs else None
        if part is None:
            raise MissingError(f"the data has no {name}, which `sample` takes")
        given[name] = np.resize(part, (size, *part.shape[1:]))
    if not given:
        given = {"num_samples": size}
    return np.asarray(model.sample(**given, seed=found["seed"], batch_size=ROWS))


@ingredient("flat_x")
def flattened_x(found):
    """Held-out examples as vectors, `(n, d)`."""
    return found["x"].reshape(len(found["x"]), -1)


@ingredient("flat_samples")
def flattened_samples(found):
    """Samples as vectors, `(sample_size, d)`."""
    return found["samples"].reshape(len(found["samples"]), -1)


@ingredient("reconstructions")
def reconstructed(found):
    """The model's reconstructions of held-out examples, `(n, *data_shape)`."""
    model = found["model"]
    check_verb(model, "reconstruct")
    given = verb_parts(model, model.reconstruct, found["examples"])
    if "seed" in model.reconstruct.arguments:
        given["seed"] = found["seed"]
    return np.asarray(model.reconstruct(**given, batch_size=ROWS))


@ingredient("classifier")
def fitted_classifier(found):
    """A `keras.Model` that names the classes of images, see `fit_classifier`."""
    if len(found["model"].data_shape) != 3:
        raise MissingError("a classifier needs images, and the data has none")
    labels = found["labels"]
    if not np.any(labels != labels[0]):
        raise MissingError("the data is of one class, so no classifier can be fitted")
    train = found.train
    if train is None:
        rows = (found["x"], labels)
        train = tf.data.Dataset.from_tensor_slices(rows).batch(128)
    return fit_classifier(train, seed=found["seed"])


@ingredient("features")
def held_out_features(found):
    """Features `(n, d)` of held-out images by a classifier; other data is flattened."""
    return seen(found, found["x"])


@ingredient("sample_features")
def sampled_features(found):
    """Features `(sample_size, d)` of samples, as those of held-out examples."""
    return seen(found, found["samples"])


@ingredient("sample_classes")
def sampled_classes(found):
    """The classifier's class of each sample, ints `(sample_size,)`."""
    return np.argmax(found["sample_probabilities"], axis=-1)


@ingredient("probabilities")
def held_out_probabilities(found):
    """The classifier's probabilities for held-out examples, `(n, num_classes)`."""
    return found["classifier"].predict(found["x"], ROWS, verbose=0)


@ingredient("sample_probabilities")
def sampled_probabilities(found):
    """The classifier's probabilities for samples, `(sample_size, num_classes)`."""
    samples, classifier = found["samples"], found["classifier"]
    return classifier.predict(samples, ROWS, verbose=0)


@ingredient("training_features")
def features_of_training_data(found):
    """Features `(n, d)` of the training data, as those of held-out examples."""
    if found.train is None:
        raise MissingError("training data was not given: pass train")
    train = as_dataset(found["model"], found.train)
    read = [part["x"] for part in batches_of_parts(found["model"], train)]
    return seen(found, np.concatenate(read))


@ingredient("num_classes")
def number_of_classes(found):
    """Number of classes of the classifier."""
    return found["classifier"].output_shape[-1]


def seen(found, x):
    """Features of images by the classifier; other examples, flattened."""
    if len(found["model"].data_shape) != 3:
        return x.reshape(len(x), -1)
    if "feature network" not in found.made:
        found.made["feature network"] = features(found["classifier"])
    return found.made["feature network"].predict(x, ROWS, verbose=0)


def check_verb(model, name):
    """Raises a `MissingError` unless a model has a verb."""
    if not hasattr(model, name):
        raise MissingError(f"it has no verb {name!r}")
