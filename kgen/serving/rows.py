"""Marks the rows of a request that a served model cannot answer.

A server answers many rows at once, and cannot send an error for one of them. Where a
verb would raise an error in Python, its signature gives a row of NaN, or -1 for ints.
"""

import tensorflow as tf


def answering(specs, run):
    """`run` for any number of rows, also 0, and for rows that it cannot answer.

    Args:
        specs: `{name: Spec}` of its tensors, in their order, see `kgen.core.specs`.
        run: Function from tensors to a dictionary of tensors, all with a row for each
            example.
    """

    def serve(*tensors):
        tensors = [tf.convert_to_tensor(tensor) for tensor in tensors]
        num_rows = tf.shape(tensors[0])[0]
        valid = tf.ones([num_rows], tf.bool)
        for spec, tensor in zip(specs.values(), tensors, strict=True):
            if tensor.dtype.is_bool:
                continue  # Every value is allowed.
            allowed = spec.limits.allow(tensor, tensor)
            valid &= tf.reduce_all(allowed, tf.range(1, tf.rank(allowed)))
        # Convolutions fail for 0 rows; a lookup fails for all rows if one is wrong.
        neutral = [spec.neutral for spec in specs.values()]
        tensors = (
            _one_at_least(_where(valid, tensor, value), value)
            for tensor, value in zip(tensors, neutral, strict=True)
        )
        outputs = run(*tensors)
        return {
            name: _where(valid, output[:num_rows], _missing(output.dtype))
            for name, output in outputs.items()
        }

    return serve


def _where(valid, values, other):
    """`values`, with `other` in the rows that are not valid."""
    valid = tf.reshape(valid, [-1] + [1] * (len(values.shape) - 1))
    return tf.where(valid, values, tf.cast(other, values.dtype))


def _one_at_least(values, other):
    """The same rows; if there are none, one row of `other`."""
    num_rows, sides = tf.split(tf.shape(values), [1, values.shape.rank - 1])
    missing = tf.concat([tf.maximum(1 - num_rows, 0), sides], 0)
    return tf.concat([values, tf.fill(missing, tf.cast(other, values.dtype))], 0)


def _missing(dtype):
    return float("nan") if dtype.is_floating else -1
