"""What figures are computed from: each is made once, when a figure first needs it."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from kgen import tables
from kgen.core.config import lookup
from kgen.core.parts import parts_of, second_part
from kgen.core.pieces import batches, is_dataset
from kgen.core.training.datasets import as_datasets
from kgen.metrics.classifier import features, fit_classifier

ROWS = 1000  # So many are drawn, or shown to a classifier, at a time.
INGREDIENTS = {}


class MissingError(ValueError):
    """Something that a model or its data does not have."""


class Ingredients:
    """Ingredients of one evaluation by name: `ingredients["samples"]`.

    Args:
        model: A `GenerativeModel`.
        test: Held-out data: a data set of batches `x` or `(x, labels)`, or these as
            arrays.
        train: Data set of batches `(x, labels)` that a classifier is fitted on; `None`
            takes `test`.
        num_samples: Draws of z for each example, where a bound asks for them.
        sample_size: How many samples are drawn; `None` for as many as there are
            examples.
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

    It takes the `Ingredients` and may look up others by their names. What cannot be
    made raises a `MissingError`, whose message completes "... as it has no verb".

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
        data: A data set, or arrays `x` or `(x, labels)`.
    """
    if is_dataset(data):
        return data
    parts = data if isinstance(data, tuple) else (data,)
    return as_datasets(model, keras.Model.evaluate, *parts)["x"]


@ingredient("data")
def held_out_data(found):
    """The held-out data set, in batches as the model takes them."""
    return as_dataset(found["model"], found.test)


@ingredient("examples")
def held_out_examples(found):
    """`(x, y)`: all held-out examples as arrays; `y` is `None` where there is none."""
    if not is_dataset(found.test):
        parts = found.test if isinstance(found.test, tuple) else (found.test,)
        return x_and_y(found["model"], parts)
    read = list(rows_of(found["model"], found.test))
    if not read:
        raise ValueError("The data set is empty: there is nothing to evaluate on.")
    x, y = zip(*read, strict=True)
    return np.concatenate(x), None if y[0] is None else np.concatenate(y)


def rows_of(model, dataset, name="evaluate"):
    """`(x, y)` of each batch of a data set, as arrays, `y` perhaps `None`.

    Args:
        model: A `GenerativeModel`.
        dataset: Data set of batches, in one of the structures that `fit` takes.
        name: Who was given it, for the errors.
    """
    for batch in batches(dataset, f"`{name}` was given a data set"):
        yield x_and_y(model, batch)


def x_and_y(model, data):
    """Examples and the part that comes after them, as arrays; `y` may be `None`."""
    parts = parts_of(model, data)
    y = parts.get(second_part(model))
    return np.asarray(parts["x"]), None if y is None else np.asarray(y)


@ingredient("x")
def held_out_x(found):
    """Held-out examples `(n, *data_shape)`."""
    return found["examples"][0]


@ingredient("num_examples")
def number_of_examples(found):
    """How many held-out examples there are."""
    if "examples" in found.made or not is_dataset(found.test):
        return len(found["x"])
    return sum(len(x) for x, _ in rows_of(found["model"], found.test))


@ingredient("labels")
def held_out_labels(found):
    """Classes of the held-out examples, ints `(n,)`."""
    labels = found["examples"][1]
    if labels is None or labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise MissingError("the data has no labels")
    return labels


@ingredient("samples")
def drawn_samples(found):
    """Samples `(sample_size, *data_shape)`; a condition is that of held-out rows."""
    model = found["model"]
    check_verb(model, "sample")
    size = found.sample_size or found["num_examples"]
    given = {"num_samples": size}
    if model.condition is not None:
        y = found["examples"][1]
        if y is None:
            raise MissingError(f"the data has no {model.condition}")
        given = {model.condition: np.resize(y, (size, *y.shape[1:]))}
    return np.asarray(model.sample(**given, seed=found["seed"], batch_size=ROWS))


@ingredient("reconstructions")
def reconstructed(found):
    """Held-out examples as the model gives them back, `(n, *data_shape)`."""
    model = found["model"]
    check_verb(model, "reconstruct")
    given = {"x": found["x"]}
    if model.condition is not None:
        given[model.condition] = found["examples"][1]
    if "seed" in model.reconstruct.arguments:
        given["seed"] = found["seed"]
    return np.asarray(model.reconstruct(**given, batch_size=ROWS))


@ingredient("classifier")
def fitted_classifier(found):
    """A `keras.Model` that names the classes of images, see `fit_classifier`."""
    if len(found["model"].data_shape) != 3:
        raise MissingError("the data is no images that a classifier could be fitted on")
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
    """The class that a classifier gives each sample, ints `(sample_size,)`."""
    samples, classifier = found["samples"], found["classifier"]
    return np.argmax(classifier.predict(samples, ROWS, verbose=0), axis=-1)


@ingredient("num_classes")
def number_of_classes(found):
    """How many classes the classifier tells apart."""
    return found["classifier"].output_shape[-1]


def seen(found, x):
    """Features of examples; those that are no images are their own."""
    if len(found["model"].data_shape) != 3:
        return x.reshape(len(x), -1)
    if "feature network" not in found.made:
        found.made["feature network"] = features(found["classifier"])
    return found.made["feature network"].predict(x, ROWS, verbose=0)


def check_verb(model, name):
    """Raises a `MissingError` unless a model has a verb."""
    if not hasattr(model, name):
        raise MissingError(f"it has no verb {name!r}")
