"""Verbs over many rows, piece by piece: what is held at a time stays bounded."""

import keras
import numpy as np
import tensorflow as tf

from kgen.core.parts import parts_of
from kgen.core.random import row_seeds
from kgen.core.training.batches import is_endless


def is_dataset(value):
    """Whether a value gives batches, and is no batch itself."""
    return isinstance(value, (tf.data.Dataset, keras.utils.PyDataset))


def in_pieces(function, rows, batch_size=None):
    """`function` of tensors, `batch_size` rows at a time, put together again.

    Args:
        function: From tensors `(batch, ...)` to such a tensor, or a dictionary of them.
        rows: The tensors.
        batch_size: The most rows at a time; `None` takes all at once.
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
        run: From the arguments of one batch to its results.
        model: A `GenerativeModel`.
        name: Name of the verb.
        arguments: All its arguments, with a data set as `x`. Row i has the i-th of the
            seeds that an int stands for, however rows are batched.

    Raises:
        ValueError: for a data set without end or without a batch, and for conditions
            or seeds that are not the data set's own.
    """
    dataset, seed = arguments["x"], arguments.get("seed")
    given = f"`{name}` was given a data set as x"
    if _rows(seed) is not None:
        raise ValueError(
            f"{given} and a vector of seeds. Pass an int, which stands for one seed "
            "for each row."
        )
    others = [n for n in model.data_specs if n in arguments and n != "x"]
    beside = [name for name in others if _rows(arguments[name]) is not None]
    if beside:
        raise ValueError(
            f"{given} and {beside[0]} besides. Put them into the data set: batches of "
            f"(x, {beside[0]})."
        )
    from_data = [name for name in others if arguments[name] is None]
    results, count = [], 0
    for batch in batches(dataset, given):
        parts = parts_of(model, batch)
        x = parts["x"]
        piece = {**arguments, "x": x, **{name: parts[name] for name in from_data}}
        if seed is not None and isinstance(seed, (int, np.integer)) and seed >= 0:
            end = count + (_rows(x) or 0)
            piece["seed"], count = row_seeds(int(seed), end)[count:], end
        results.append(run(piece))
    return _joined(results)


def batches(dataset, given):
    """The batches of a data set that has some, and an end.

    Args:
        dataset: `tf.data.Dataset` or `keras.utils.PyDataset`.
        given: Who was given it, for the errors: `"`encode` was given a data set"`.
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
    """Number of rows of any container, ragged ones too; `None` of a single value."""
    if isinstance(value, (list, tuple)):
        return len(value)
    shape = getattr(value, "shape", None)
    return shape[0] if shape is not None and len(shape) else None


def _joined(results):
    """Results of pieces, one after the other."""
    return tf.nest.map_structure(lambda *parts: tf.concat(parts, axis=0), *results)
