"""Arrays as batches, in a new order in each epoch: with a pipeline, or without one."""

import keras
import numpy as np
import tensorflow as tf


class Arrays:
    """Arrays that give batches.

    Gathering rows of whole arrays costs a tenth of shuffling and stacking examples one
    by one. An iterator of this object also does without tf.data, where an epoch takes
    as long to start as some steps of a small model. It is for a single device.

    Args:
        data: Array `(size, ...)`, or a structure of such arrays and `None`.
        size: Number of examples.
        batch_size: Examples per batch.
        shuffle: Whether each epoch has a new order of examples; with `"batch"` it has
            the same batches in a new order.
        seed: Integer that fixes these orders.
    """

    def __init__(self, data, size, batch_size, shuffle=False, seed=None):
        self.data = tf.nest.map_structure(tensor, data)
        self.size, self.batch_size, self.shuffle = size, batch_size, shuffle
        self.num_batches = -(-size // batch_size)
        self._seeds = seeds(seed) if shuffle else None

    def dataset(self):
        """The batches as a `tf.data.Dataset`."""
        indices = tf.data.Dataset.range(self.num_batches)
        if not self.shuffle:
            return indices.map(self._batch)
        if self.shuffle == "batch":
            found = permutation(self.num_batches, self._seeds)
            return found.map(lambda i: self._batch(tf.cast(i, tf.int64)))

        def epoch(seed):
            rows = order(self.size, seed)
            return indices.map(lambda i: self.picked(rows[self._rows(i)]))

        found = self._seeds.flat_map(epoch)
        return found.apply(tf.data.experimental.assert_cardinality(self.num_batches))

    def __iter__(self):
        # The seeds are those of the data set: both have one order.
        seed = next(iter(self._seeds)) if self.shuffle else None
        return ArrayBatches(self, seed)

    def _rows(self, i):
        return slice(i * self.batch_size, (i + 1) * self.batch_size)

    def _batch(self, i):
        return self.of_each(lambda values: values[self._rows(i)])

    def picked(self, rows):
        """These rows, in the structure of a batch."""
        return self.of_each(lambda values: tf.gather(values, rows))

    def of_each(self, pick):
        """What a function picks from each array, in the structure of a batch."""
        return tf.nest.map_structure(
            lambda values: None if values is None else pick(values), self.data
        )


class ArrayBatches:
    """An epoch of `Arrays`.

    Args:
        arrays: The `Arrays`.
        seed: Seed of its order, int64 `(2,)`; `None` for the order of the arrays.
    """

    def __init__(self, arrays, seed):
        self._arrays, self._seed = arrays, seed
        self._order = None  # Made when it is first needed: Keras drops some iterators.
        self._place = 0  # Batches taken so far.

    @property
    def element_spec(self):
        """The specs of a batch."""
        return tf.nest.map_structure(_spec, self._arrays.data)

    def __iter__(self):
        return self

    def __next__(self):
        batch, _ = self._take(1)
        return batch

    def take(self, most):
        """Up to `most` batches, as a `kgen.core.training.joined.collector` gives them.

        Raises:
            StopIteration: if there is none.
        """
        batch, sizes = self._take(most)
        parts = [part for part in tf.nest.flatten(batch) if part is not None]
        return parts, tf.constant(np.tile(sizes[:, None], [1, len(parts)]), tf.int32)

    def _take(self, most):
        """The next batches, joined to one, and the number of rows of each."""
        arrays, first = self._arrays, self._place
        last = min(first + most, arrays.num_batches)
        if first == last:
            raise StopIteration
        self._place, places = last, np.arange(first, last)
        with tf.device("CPU"):
            if arrays.shuffle and self._order is None:
                whole = arrays.shuffle == "batch"
                count = arrays.num_batches if whole else arrays.size
                self._order = order(count, self._seed).numpy()
            if arrays.shuffle == "batch":
                places = self._order[places]
            starts = places * arrays.batch_size
            sizes = np.minimum(starts + arrays.batch_size, arrays.size) - starts
            if arrays.shuffle == "batch":
                pairs = zip(starts, sizes, strict=True)
                rows = np.concatenate([np.arange(s, s + n) for s, n in pairs])
                return arrays.picked(rows), sizes
            rows = slice(int(starts[0]), int(starts[-1] + sizes[-1]))
            if arrays.shuffle:
                return arrays.picked(self._order[rows]), sizes
            return arrays.of_each(lambda values: values[rows]), sizes


def _spec(values):
    if values is None:
        return tf.NoneTensorSpec()
    return tf.TensorSpec([None, *values.shape[1:]], values.dtype)


def seeds(seed=None):
    """A data set of one seed of an order, int64 `(2,)`, a new one in each epoch."""
    numbers = tf.data.Dataset.random(seed, rerandomize_each_iteration=True)
    return numbers.batch(2).take(1)


def order(size, seed):
    """0 to `size - 1` in the order of a seed, int32."""
    # One tensor: a shuffle buffer takes 200 bytes for each row.
    return tf.random.experimental.stateless_shuffle(tf.range(size), seed)


def permutation(size, of_seeds):
    """A data set of 0 to `size - 1`, in a new order in each epoch.

    Args:
        size: Number of elements.
        of_seeds: The data set `seeds`.
    """
    rows = of_seeds.map(lambda seed: order(size, seed))
    rows = rows.flat_map(tf.data.Dataset.from_tensor_slices)
    return rows.apply(tf.data.experimental.assert_cardinality(size))


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
