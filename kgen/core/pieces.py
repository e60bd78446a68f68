"""Verbs over many rows, piece by piece: memory stays bounded."""

import keras
import numpy as np
import tensorflow as tf

from kgen.core.parts import parts_of
from kgen.core.random import row_seeds
from kgen.core.training.batches import is_endless


def is_dataset(value):
    """Whether a value is a data set of batches, instead of one batch."""
    return isinstance(value, (tf.data.Dataset, keras.utils.PyDataset))


def in_pieces(function, rows, batch_size=None):
    """Applies `function` to `batch_size` rows at a time, and joins the results.

    Args:
        function: Maps tensors `(batch, ...)` to a tensor `(batch, ...)` or a dictionary
            of such tensors.
        rows: The tensors.
        batch_size: Largest number of rows at a time; `None` takes all at once.
    """
    count = rows[0].shape[0]
    if batch_size is None or count <= batch_size:
        return function(*rows)
    starts = range(0, count, batch_size)
    return _joined(
        [function(*(values[i : i + batch_size] for values in rows)) for i in starts]
    )


def over_dataset(run, model, name, arguments):
    """A verb over a data set, batch by batch.

    Args:
        run: Maps the arguments of one batch to its results.
        model: A `GenerativeModel`.
        name: Name of the verb.
        arguments: All its arguments, with a data set as `x`. With an int as `seed`, row
            i has the i-th of its `row_seeds` for any size of batch.

    Raises:
        ValueError: for a data set without end or without a batch, and for conditions
            or seeds as vectors beside the data set.
    """
    dataset, seed = arguments["x"], arguments.get("seed")
    given = f"`{name}` was given a data set as x"
    if _rows(seed) is not None:
        raise ValueError(
            f"{given} and a vector of seeds. Pass an int, which stands for one seed "
            "for each row."
        )
    rows = set(arguments) - {"x", "seed"}
    taken = [name for name in model.argument_specs if name in rows]
    others = [name for name in taken if name in model.data_specs]
    for beside in (n for n in taken if _rows(arguments[n]) is not None):
        way = "Pass x as an array, too."
        if beside in others:
            way = f"Put them into the data set: batches of (x, {beside})."
        raise ValueError(f"{given} and {beside} besides. {way}")
    from_data = [name for name in others if arguments[name] is None]
    results, count = [], 0
    for batch in batches(dataset, given):
        parts = parts_of(model, batch)
        twice = [n for n in others if n not in from_data and parts[n] is not None]
        if twice:
            raise ValueError(
                f"{given} with {twice[0]} in it, and {twice[0]} besides. Pass one of "
                "them."
            )
        x = parts["x"]
        piece = {**arguments, "x": x, **{name: parts[name] for name in from_data}}
        if seed is not None and isinstance(seed, (int, np.integer)) and seed >= 0:
            end = count + (_rows(x) or 0)
            piece["seed"], count = row_seeds(int(seed), end)[count:], end
        results.append(run(piece))
    return _joined(results)


def batches(dataset, given):
    """Yields the batches of a data set; refuses one without an end or a batch.

    Args:
        dataset: `tf.data.Dataset` or `keras.utils.PyDataset`.
        given: Start of the errors' sentence: `"`encode` was given a data set"`.
    """
    if not is_dataset(dataset):
        kind = "None" if dataset is None else type(dataset).__name__
        raise ValueError(
            f"{given} of type {kind}, but expects a tf.data.Dataset or a "
            "keras.utils.PyDataset: tf.data.Dataset.from_tensor_slices(x).batch(256) "
            "makes one."
        )
    if is_endless(dataset):
        raise ValueError(f"{given} that never ends. Pass .take(n), or no .repeat().")
    found = dataset
    if not isinstance(dataset, tf.data.Dataset):
        found = (dataset[index] for index in range(dataset.num_batches))
    empty = True
    for batch in found:
        empty = False
        yield batch
    if empty:
        raise ValueError(f"{given} that has no batch, but expects one at least.")


def _rows(value):
    """Number of rows of any container, even a ragged one; `None` for one value."""
    if isinstance(value, (list, tuple)):
        return len(value)
    shape = getattr(value, "shape", None)
    return shape[0] if shape is not None and len(shape) else None


def _joined(results):
    """Results of all pieces, joined along axis 0."""
    return tf.nest.map_structure(lambda *parts: tf.concat(parts, axis=0), *results)
