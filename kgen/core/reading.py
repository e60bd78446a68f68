"""How `fit`, `evaluate` and `predict` read data: without tf.data's autotune.

With it, a Keras call waits for up to seconds after its last step, until the thread
that tunes the pipeline wakes up. Keras feeds arrays through tf.data as well and offers
no way to turn it off, so arrays are made into data sets here.
"""

import inspect

import keras
import numpy as np
import tensorflow as tf


def without_stall(method, *args, **kwargs):
    """The arguments of a call of `keras.Model.fit`, `evaluate` or `predict`, mended.

    Args:
        method: The method, whose signature tells the names of `args`.
        *args: As the user gave them, without `self`.
        **kwargs: As the user gave them.

    Returns:
        Dictionary of arguments that mean the same: arrays have become a
        `tf.data.Dataset`, and data sets have autotune turned off unless their options
        say otherwise. What is neither is left to Keras.
    """
    given = inspect.signature(method).bind(None, *args, **kwargs).arguments
    extra = given.pop("kwargs", {})
    given = {**given, **extra}
    del given["self"]
    x = given.get("x")
    if isinstance(x, tf.data.Dataset):
        given["x"] = untuned(x)
        if method.__name__ == "fit":
            given["shuffle"] = False  # Keras warns that it leaves that to the set.
    elif is_array(x) and not any(given.get(name) for name in LEFT_TO_KERAS):
        given = arrays_as_dataset(method, given)
    if given.get("validation_data") is not None:
        given = validation_as_dataset(given)
    return given


# They need the arrays themselves.
LEFT_TO_KERAS = ("class_weight", "steps_per_epoch", "steps", "validation_split")


def arrays_as_dataset(method, given):
    """`given` with `x`, `y`, `sample_weight` and their batching as one data set."""
    given = dict(given)
    fit = method.__name__ == "fit"
    batch_size = given.get("batch_size") or 32
    arrays = [given.pop(name, None) for name in ("x", "y", "sample_weight")]
    given["x"] = batches(
        *arrays, batch_size, shuffle=fit and given.get("shuffle", True)
    )
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
    elif is_array(data):
        given["validation_data"] = batches(data, batch_size=batch_size)
    elif isinstance(data, (tuple, list)) and is_array(data[0]):
        given["validation_data"] = batches(*data, batch_size=batch_size)
    return given


def batches(x, y=None, sample_weight=None, batch_size=32, shuffle=False):
    """Arrays as a data set of batches, gathered from tensors that hold them whole."""
    data = keras.utils.pack_x_y_sample_weight(x, y, sample_weight)
    data = tf.nest.map_structure(tensor, data)
    rows = tf.data.Dataset.range(len(x))
    if shuffle:
        rows = rows.shuffle(len(x))

    def pick(row):
        def of(values):
            return None if values is None else tf.gather(values, row)

        return tf.nest.map_structure(of, data)

    dataset = rows.batch(batch_size).map(pick).prefetch(2)
    options = tf.data.Options()
    # As Keras does for arrays: replicas share the rows, not files.
    policy = tf.data.experimental.AutoShardPolicy.DATA
    options.experimental_distribute.auto_shard_policy = policy
    return untuned(dataset.with_options(options))


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
    """The same data set with autotune off, unless its options turn it on."""
    if dataset.options().autotune.enabled is not None:
        return dataset
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)


def is_array(value):
    """Whether `value` is one array or tensor."""
    return isinstance(value, np.ndarray) or tf.is_tensor(value)
