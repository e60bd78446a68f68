"""Arrays as data sets of batches, and data sets without tf.data's autotune."""

import math

import keras
import tensorflow as tf

PREFETCHED = 2**25  # Bytes of batches that wait.
ROWS = 128  # Where their number is unknown.


def batches(data, batch_size=32, shuffle=False, seed=None):
    """Arrays, in the structure of a batch, as a data set for `fit`."""
    size = len(keras.tree.flatten(data)[0])
    return untuned(gathered(data, size, batch_size, shuffle, seed).prefetch(2))


def gathered(data, size, batch_size, shuffle=False, seed=None):
    """Batches gathered from tensors that hold all of the data.

    It costs a tenth of shuffling and stacking examples one by one.

    Args:
        data: Array `(size, ...)`, or a structure of such arrays and `None`.
        size: Number of examples.
        batch_size: Examples per batch.
        shuffle: Whether each epoch has a new order of examples; with `"batch"` it has
            the same batches in a new order.
        seed: Integer that fixes these orders.
    """
    data = tf.nest.map_structure(tensor, data)
    num_batches = -(-size // batch_size)

    def of_each(pick):
        return tf.nest.map_structure(lambda v: None if v is None else pick(v), data)

    def rows_of(values, i):
        return values[i * batch_size : (i + 1) * batch_size]

    def in_turn(i):
        return of_each(lambda values: rows_of(values, i))

    def in_order(order):
        return tf.data.Dataset.range(num_batches).map(
            lambda i: of_each(lambda values: tf.gather(values, rows_of(order, i)))
        )

    if shuffle == "batch":
        return permutation(num_batches, seed).map(in_turn)
    if not shuffle:
        return tf.data.Dataset.range(num_batches).map(in_turn)
    dataset = orders(size, seed).flat_map(in_order)
    return dataset.apply(tf.data.experimental.assert_cardinality(num_batches))


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
        rows = permutation(size, own) if shuffle else tf.data.Dataset.range(size)
        orders.append(rows.repeat().take(longest))
    groups = [tf.nest.map_structure(tensor, group) for group in groups]

    def pick(*rows):
        return {
            name: tf.gather(values, row)
            for row, group in zip(rows, groups, strict=True)
            for name, values in group.items()
        }

    return tf.data.Dataset.zip(*orders).batch(batch_size).map(pick)


def permutation(size, seed=None):
    """A data set of 0 to `size - 1`, in a new order in each epoch."""
    rows = orders(size, seed).flat_map(tf.data.Dataset.from_tensor_slices)
    return rows.apply(tf.data.experimental.assert_cardinality(size))


def orders(size, seed=None):
    """A data set of one order of 0 to `size - 1`, a new one in each epoch, int32."""
    # One tensor: a shuffle buffer takes 200 bytes for each row.
    seeds = tf.data.Dataset.random(seed, rerandomize_each_iteration=True)
    return (
        seeds.batch(2)
        .take(1)
        .map(
            lambda seed: tf.random.experimental.stateless_shuffle(tf.range(size), seed)
        )
    )


def prefetched(dataset):
    """The same data set, with batches that wait until a block of steps takes them."""
    sizes = [
        spec.dtype.size * math.prod(n or ROWS for n in spec.shape)
        for spec in tf.nest.flatten(dataset.element_spec)
        if isinstance(spec, tf.TensorSpec) and spec.shape.rank is not None
    ]
    num_batches = PREFETCHED // max(1, sum(sizes))
    return dataset.prefetch(max(2, min(num_batches, 64)))


def tensor(values):
    """Values as a tensor on the host, floats in Keras' float type, as in Keras."""
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
