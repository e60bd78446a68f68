"""Regularisation losses of a network that is called for several batches."""

import tensorflow as tf

from kgen.networks.rowwise import is_rowwise


def called(network, call, *values, together=False):
    """The outputs for several values, and the mean of the regularisation losses.

    Each call of a layer drops the losses of its last call, so they are read after each.

    Args:
        network: The `keras.Model` whose losses count.
        call: Function of one value that calls the network once.
        *values: The values.
        together: Whether one call may take all values, tensors of as many rows each, if
            they have one shape and the network treats each row on its own. Large
            batches are faster.

    Returns:
        `(outputs, regularisation)`: a list, and a scalar.
    """
    if together and len(values) > 1 and _have_one_shape(values) and is_rowwise(network):
        outputs = tf.split(call(tf.concat(values, axis=0)), len(values))
        return outputs, sum(network.losses)
    outputs, losses = [], []
    for value in values:
        outputs.append(call(value))
        losses.append(sum(network.losses))
    return outputs, sum(losses) / len(losses)


def _have_one_shape(values):
    """Whether the shapes of rows are known and equal."""
    first = values[0].shape[1:]
    return first.is_fully_defined() and all(v.shape[1:] == first for v in values)
