"""Ingredients of the data: held-out and training examples, and their classes."""

import numpy as np

from kgen.core.parts import parts_of
from kgen.core.pieces import is_dataset
from kgen.metrics.ingredients import (
    MissingError,
    as_arrays,
    as_dataset,
    batches_of_parts,
    ingredient,
    training_data,
)


@ingredient("data")
def held_out_data(found):
    """The held-out data set, in batches for the model."""
    return as_dataset(found["model"], found.test)


@ingredient("examples", shared=True)
def held_out_examples(found):
    """All held-out examples: arrays of the parts of the data by name, or `None`."""
    return all_parts(found, found.test, found.called)


@ingredient("x", shared=True)
def held_out_x(found):
    """Held-out examples `(n, *data_shape)`."""
    return found["examples"]["x"]


@ingredient("flat_x", shared=True)
def flattened_x(found):
    """Held-out examples as vectors, `(n, d)`."""
    return found["x"].reshape(len(found["x"]), -1)


@ingredient("num_examples", shared=True)
def number_of_examples(found):
    """Number of held-out examples."""
    if "examples" in found or not is_dataset(found.test):
        return len(found["x"])
    return sum(len(part["x"]) for part in batches_of_parts(found["model"], found.test))


@ingredient("labels", shared=True)
def held_out_labels(found):
    """Classes of the held-out examples, ints `(n,)`."""
    return classes(found["examples"], "the data")


@ingredient("factors", shared=True)
def held_out_factors(found):
    """Known factors of the held-out examples, `(n, k)`, given in place of labels."""
    labels = found["examples"].get("labels")
    if labels is None or labels.ndim != 2:
        raise MissingError("the data has no factors (n, k) in place of labels")
    if labels.shape[1] > 1 and set(np.unique(labels)) == {0, 1}:
        if np.all(labels.sum(axis=1) == 1):
            raise MissingError(
                "the data has one-hot labels, which are one factor: pass the classes"
            )
    return labels


@ingredient("training_examples", shared=True)
def training_examples(found):
    """All training examples: arrays of the parts of the data by name, or `None`."""
    return all_parts(found, training_data(found), "train")


@ingredient("training_labels", shared=True)
def labels_of_training_data(found):
    """Classes of the training examples, ints `(n,)`."""
    return classes(found["training_examples"], "the training data")


def all_parts(found, data, called):
    """The parts of a data set, or of arrays, as arrays by name, or `None`.

    Args:
        found: The `Ingredients`.
        data: A data set of batches, or arrays.
        called: What the argument that holds them is called, for the error.

    Raises:
        ValueError: for an empty data set, or examples that the model refuses.
    """
    model = found["model"]
    if not is_dataset(data):
        parts = as_arrays(parts_of(model, data))
    else:
        read = list(batches_of_parts(model, data))
        if not read:
            raise ValueError("The data set is empty: there is nothing to evaluate on.")
        parts = {
            key: None if value is None else np.concatenate([part[key] for part in read])
            for key, value in read[0].items()
        }
    x = model.data_specs["x"].argument(model, found.name, called, parts["x"], None)
    return {**parts, "x": np.asarray(x)}


def classes(parts, whose):
    """The labels among parts, ints `(n,)`."""
    labels = parts.get("labels")
    if labels is None:
        raise MissingError(f"{whose} has no labels; features= gives other features")
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or labels.min() < 0:
        raise MissingError(
            f"{whose} has labels of shape {labels.shape} and type {labels.dtype}, but "
            "classes are ints (n,) from 0 on"
        )
    return labels
