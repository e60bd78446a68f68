"""Ingredients of figures: each is made once, when a figure first needs it."""

from collections.abc import Callable

import keras
import numpy as np

from kgen import tables
from kgen.core.config import lookup
from kgen.core.parts import parts_of
from kgen.core.pieces import batches, is_dataset
from kgen.core.training.datasets import as_datasets

ROWS = 1000  # Batch size for drawing samples and for the classifier.
INGREDIENTS = {}
SHARED = set()  # Those that are the same for all models.


class MissingError(ValueError):
    """Raised if a model or its data lacks an ingredient."""


class Ingredients:
    """Ingredients of one evaluation by name: `ingredients["samples"]`.

    Args:
        model: A `GenerativeModel`.
        test: Held-out data: a data set of batches `x` or `(x, labels)`, or these as
            arrays.
        train: The same, of training data, or `None`.
        num_samples: Number of samples; `None` for the number of held-out examples.
        features: A `keras.Model` from examples to features `(n, d)`; `None` for that of
            a fitted classifier.
        num_draws: Draws of z for each example, if a bound needs them.
        seed: Integer that fixes all draws.
        shared: Dictionary of what has been made for another model and the same data.
        name: Name of the function that takes the data, for errors.
        called: What it calls the held-out data.
        verbose: Whether a slow figure shows its progress.
    """

    def __init__(
        self,
        model,
        test,
        train=None,
        num_samples=None,
        features=None,
        num_draws=200,
        seed=0,
        shared=None,
        name="evaluate",
        called="test",
        verbose=False,
    ):
        self.name = name
        self.called = called
        self.test = test
        self.train = train
        self.num_samples = num_samples
        self.shared = {} if shared is None else shared
        if features is not None:
            self.shared["feature_network"] = features
        self.made = {
            "model": model,
            "num_draws": num_draws,
            "seed": seed,
            "verbose": verbose,
        }

    def __getitem__(self, name):
        made = self.shared if name in SHARED else self.made
        if name not in made:
            make = lookup("ingredient", name, INGREDIENTS)
            made[name] = make(self)
        return made[name]

    def __contains__(self, name):
        return name in self.made or name in self.shared


def ingredient(name: str, shared: bool = False) -> Callable[[Callable], Callable]:
    """Adds an ingredient to `INGREDIENTS`: a decorator of the function that makes it.

    The function takes the `Ingredients` and may look up others by name. If it cannot
    make its own, it raises a `MissingError` with a clause: "it has no verb".

    Args:
        name: Name of the ingredient, for the `needs` of a `Figure`.
        shared: Whether it is the same for all models of such data.

    Raises:
        ValueError: if there is an ingredient of that name.
    """

    def add(make):
        tables.add("ingredient", INGREDIENTS, name, make)
        if shared:
            SHARED.add(name)
        return make

    return add


def shuffled(count):
    """Indices of rows in an order that is always the same, and no order of the data."""
    return np.random.default_rng(0).permutation(count)


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


def training_data(found):
    """The training data that the user passed; raises a `MissingError` without any."""
    if found.train is None:
        raise MissingError("training data was not given: pass train")
    return found.train


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


def check_verb(model, name):
    """Raises a `MissingError` unless a model has a verb."""
    if not hasattr(model, name):
        raise MissingError(f"it has no verb {name!r}")
