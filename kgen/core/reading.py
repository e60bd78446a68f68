"""How `fit`, `evaluate` and `predict` read data: checked, without tf.data's autotune.

With it, a Keras call waits for up to seconds after its last step, until the thread
that tunes the pipeline wakes up. Keras feeds arrays through tf.data as well and offers
no way to turn it off, so arrays are made into data sets here.
"""

import inspect
import random

import keras
import numpy as np
import tensorflow as tf

from kgen.core.checks import check_data
from kgen.core.data_checks import check_arrays, check_not_empty
from kgen.core.replicas import from_chief


def without_stall(model, method, *args, **kwargs):
    """The arguments of a call of `keras.Model.fit`, `evaluate` or `predict`, mended.

    Args:
        model: A `GenerativeModel`, against which data is checked.
        method: The method, whose signature tells the names of `args`.
        *args: As the user gave them, without `self`.
        **kwargs: As the user gave them.

    Returns:
        Dictionary of arguments that mean the same: arrays have become a
        `tf.data.Dataset`, and data sets have autotune turned off unless their options
        say otherwise. What is neither is left to Keras.
    """
    given = inspect.signature(method).bind(model, *args, **kwargs).arguments
    extra = given.pop("kwargs", {})
    given = {**given, **extra}
    del given["self"]
    if given.get("_use_cached_eval_dataset"):
        return given  # Of `fit`, which evaluates what it has prepared.
    x = given.get("x")
    if isinstance(x, tf.data.Dataset):
        given["x"] = untuned(x)
        if method.__name__ == "fit":
            given["shuffle"] = False  # Keras warns that it leaves that to the set.
    else:
        check_arrays(model, [given.get(name) for name in ("x", "y", "sample_weight")])
        if plain_arrays(given):
            given = arrays_as_dataset(model, method, given)
    if given.get("validation_data") is not None:
        given = validation_as_dataset(given)
    for argument in ("x", "validation_data"):
        data = given.get(argument)
        if isinstance(data, tf.data.Dataset):
            check_not_empty(data, argument)
            check_data(model, data.element_spec)
    return given


def plain_arrays(given):
    """Whether the data is arrays that may become a data set; Keras takes the rest."""
    # These need the arrays themselves.
    names = ("class_weight", "steps", "validation_split")
    if any(given.get(name) for name in names) or given.get("shuffle") == "batch":
        return False
    return same_length([given.get(name) for name in ("x", "y", "sample_weight")])


def same_length(arrays):
    """Whether all are arrays or `None`, with the same number of rows, at least one."""
    arrays = [arrays[0], *(array for array in arrays[1:] if array is not None)]
    if not all(isinstance(a, np.ndarray) or tf.is_tensor(a) for a in arrays):
        return False
    lengths = {len(array) if len(array.shape) else 0 for array in arrays}
    return len(lengths) == 1 and 0 not in lengths


def arrays_as_dataset(model, method, given):
    """`given` with `x`, `y`, `sample_weight` and their batching as one data set."""
    given = dict(given)
    fit = method.__name__ == "fit"
    batch_size = given.get("batch_size") or 32
    arrays = [given.pop(name, None) for name in ("x", "y", "sample_weight")]
    shuffle, seed = fit and given.get("shuffle", True), None
    if shuffle:
        # Workers share each batch, so they must read in one order.
        seed = from_chief(model.distribute_strategy, random.getrandbits(31))
    given["x"] = batches(*arrays, batch_size, shuffle, seed)
    if fit:
        given["shuffle"] = False
        given.setdefault("validation_batch_size", batch_size)
    given.pop("batch_size", None)
    return given


def validation_as_dataset(given):
    """`given` with arrays in `validation_data` as a data set."""
    given = dict(given)
    data = given["validation_data"]
    batch_size = given.get("validation_batch_size") or given.get("batch_size") or 32
    if isinstance(data, tf.data.Dataset):
        given["validation_data"] = untuned(data)
    elif isinstance(data, np.ndarray) or tf.is_tensor(data):
        given["validation_data"] = batches(data, batch_size=batch_size)
    elif isinstance(data, (tuple, list)) and same_length(data):
        given["validation_data"] = batches(*data, batch_size=batch_size)
    return given


def batches(x, y=None, sample_weight=None, batch_size=32, shuffle=False, seed=None):
    """Arrays as the data set of batches that `fit` reads."""
    data = keras.utils.pack_x_y_sample_weight(x, y, sample_weight)
    if y is None and sample_weight is not None:
        data = (x, None, sample_weight)  # Keras would drop the weights.
    return untuned(gathered(data, len(x), batch_size, shuffle, seed).prefetch(2))


def gathered(data, size, batch_size, shuffle=False, seed=None):
    """Batches gathered from tensors that hold the data whole.

    A tenth of the cost of shuffling and stacking examples one by one.

    Args:
        data: Array `(size, ...)`, or a structure of such arrays and `None`.
        size: Number of examples.
        batch_size: Examples per batch.
        shuffle: Whether their order is new in each epoch.
        seed: Integer that fixes these orders.
    """
    data = tf.nest.map_structure(tensor, data)
    rows = permutation(size, seed) if shuffle else tf.data.Dataset.range(size)

    def pick(row):
        def of(values):
            return None if values is None else tf.gather(values, row)

        return tf.nest.map_structure(of, data)

    return rows.batch(batch_size).map(pick)


def permutation(size, seed=None):
    """0 to `size - 1` in an order that is new in each epoch."""

    def shuffled(seed):
        rows = tf.random.experimental.stateless_shuffle(tf.range(size), seed)
        return tf.data.Dataset.from_tensor_slices(rows)

    # One tensor: a shuffle buffer takes 200 bytes for each row.
    seeds = tf.data.Dataset.random(seed, rerandomize_each_iteration=True)
    rows = seeds.batch(2).take(1).flat_map(shuffled)
    return rows.apply(tf.data.experimental.assert_cardinality(size))


def tensor(values):
    """Values on the host as a tensor, floats in Keras' float type, as Keras does it."""
    if values is None:
        return None
    with tf.device("CPU"):
        values = tf.convert_to_tensor(values)
        return (
            tf.cast(values, keras.config.floatx())
            if values.dtype.is_floating
            else values
        )


def untuned(dataset):
    """The same data set with autotune off, and each batch shared among all workers.

    Unless its options say otherwise. Left to itself TensorFlow shares files instead,
    fails if there are fewer files than workers, and makes other batches of them.
    """
    given, options = dataset.options(), tf.data.Options()
    if given.autotune.enabled is None:
        options.autotune.enabled = False
    policies = tf.data.experimental.AutoShardPolicy
    if given.experimental_distribute.auto_shard_policy == policies.AUTO:
        options.experimental_distribute.auto_shard_policy = policies.DATA
    return dataset.with_options(options)
