"""Batches of an iterator, joined to one."""

import tensorflow as tf


class Layout:
    """The parts of a batch, as a list of tensors.

    Args:
        spec: Structure of `tf.TensorSpec`, and of `tf.NoneTensorSpec` for what a batch
            has not.
    """

    def __init__(self, spec):
        self.spec = spec
        self._flat = tf.nest.flatten(spec)
        self.specs = [s for s in self._flat if not isinstance(s, tf.NoneTensorSpec)]

    @property
    def can_be_joined(self):
        """Whether batches can be joined: their parts are plain tensors with rows."""
        return all(isinstance(s, tf.TensorSpec) and s.shape.rank for s in self.specs)

    def parts(self, batch):
        """The tensors of a batch."""
        return [part for part in tf.nest.flatten(batch) if part is not None]

    def batch(self, parts):
        """The batch of these tensors."""
        parts = iter(parts)
        flat = [
            None if isinstance(spec, tf.NoneTensorSpec) else next(parts)
            for spec in self._flat
        ]
        return tf.nest.pack_sequence_as(self.spec, flat)


def collector(layout):
    """A graph that takes batches from an iterator.

    Args:
        layout: The `Layout` of a batch.

    Returns:
        Function from a `tf.data.Iterator` and the most batches to take to
        `(parts, sizes)`: the rows of all batches of each part of a batch, one batch
        after another, and int32 `(batches, parts)`, how many rows each batch has. Like
        the iterator it raises an `OutOfRangeError` if there is no batch.
    """

    def kept(arrays, i, batch):
        values = layout.parts(batch)
        rows = tf.stack([tf.shape(value)[0] for value in values])
        written = zip(arrays, [*values, rows[None]], strict=True)
        return [array.write(i, value) for array, value in written]

    @tf.function(autograph=False)
    def collect(iterator, most):
        arrays = [_array(part.dtype, part.shape) for part in layout.specs]
        arrays = [*arrays, _array(tf.int32, [None, len(layout.specs)])]
        arrays = kept(arrays, 0, iterator.get_next())

        def following(i):
            none = tf.experimental.Optional.empty(iterator.element_spec)
            return tf.cond(i < most, iterator.get_next_as_optional, lambda: none)

        def keep(i, arrays, batch):
            return i + 1, kept(arrays, i, batch.get_value()), following(i + 1)

        _, arrays, _ = tf.while_loop(
            lambda i, _, batch: batch.has_value(), keep, (1, arrays, following(1))
        )
        *parts, sizes = [array.concat() for array in arrays]
        return parts, sizes

    return collect


def _array(dtype, shape):
    """An array of tensors whose first axes differ."""
    shape = [None, *tf.TensorShape(shape)[1:]]
    return tf.TensorArray(dtype, 0, True, infer_shape=False, element_shape=shape)
