"""Arrays as data sets of batches, and data sets without tf.data's autotune."""

import math

import keras
import tensorflow as tf

from kgen.core.training.arrays import Arrays, permutation, seeds, tensor

PREFETCHED = 2**25  # Bytes of batches that wait.
ROWS = 128  # Where their number is unknown.


def batches(data, batch_size=32, shuffle=False, seed=None):
    """Arrays, in the structure of a batch, as a data set for `fit`.

    It has an attribute `arrays`: see `Arrays`, also for the arguments.
    """
    size = len(keras.tree.flatten(data)[0])
    arrays = Arrays(data, size, batch_size, shuffle, seed)
    dataset = untuned(arrays.dataset().prefetch(2))
    dataset.arrays = arrays
    return dataset


def unpaired(groups, batch_size, shuffle=False, seed=None):
    """Batches of parts that are no pairs, as dictionaries.

    Rows of the shorter parts come again until an epoch has used all of the longest.

    Args:
        groups: Dictionaries from names to arrays. Parts of one group are shuffled
            together, and have one number of rows.
        batch_size: Examples per batch.
        shuffle: Whether each group has a new order of its own in each epoch.
        seed: Integer that fixes these orders.
    """
    sizes = [len(next(iter(group.values()))) for group in groups]
    longest = max(sizes)
    orders = []
    for index, size in enumerate(sizes):
        own = None if seed is None else seed + index
        rows = permutation(size, seeds(own)) if shuffle else tf.data.Dataset.range(size)
        orders.append(rows.repeat().take(longest))
    groups = [tf.nest.map_structure(tensor, group) for group in groups]

    def pick(*rows):
        return {
            name: tf.gather(values, row)
            for row, group in zip(rows, groups, strict=True)
            for name, values in group.items()
        }

    return tf.data.Dataset.zip(*orders).batch(batch_size).map(pick)


def prefetched(dataset):
    """The same data set, with batches that wait until a block of steps takes them."""
    sizes = [
        spec.dtype.size * math.prod(n or ROWS for n in spec.shape)
        for spec in tf.nest.flatten(dataset.element_spec)
        if isinstance(spec, tf.TensorSpec) and spec.shape.rank is not None
    ]
    num_batches = PREFETCHED // max(1, sum(sizes))
    return dataset.prefetch(max(2, min(num_batches, 64)))


def untuned(dataset):
    """The same data set with autotune off, and each batch shared among all workers.

    Options that the data set has already stay. By default TensorFlow shares files
    instead of batches, fails with fewer files than workers, and makes other batches.
    """
    given, options = dataset.options(), tf.data.Options()
    if given.autotune.enabled is None:
        options.autotune.enabled = False
    policies = tf.data.experimental.AutoShardPolicy
    if given.experimental_distribute.auto_shard_policy == policies.AUTO:
        options.experimental_distribute.auto_shard_policy = policies.DATA
    return dataset.with_options(options)
