"""Numbers that may differ from row to row."""

import tensorflow as tf


def by_row(number, values):
    """A number for all rows, or one for each row, shaped to multiply values.

    Args:
        number: A number, a scalar tensor, or a tensor `(batch,)`.
        values: Tensor `(batch, ...)`.

    Returns:
        The number as it is; one for each row as `(batch, 1, ..., 1)`.
    """
    if not tf.is_tensor(number) or number.shape.rank == 0:
        return number
    return tf.reshape(number, [-1] + [1] * (len(values.shape) - 1))


def scaled(values, factor):
    """Values times a factor for all rows, or one for each.

    Args:
        values: Floats `(batch, ...)`.
        factor: A number, a scalar tensor, or a tensor `(batch,)`.
    """
    return by_row(tf.cast(factor, values.dtype), values) * values
