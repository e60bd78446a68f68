"""Means of importance weights over many draws."""

import math

import tensorflow as tf


def log_mean_weight(log_weight, draws):
    """The logarithm of the mean weight over draws, nats, `(batch,)`.

    It takes one draw at a time: all at once would need as many times the memory.

    Args:
        log_weight: Function from a draw to the logarithms of its weights, `(batch,)`.
        draws: Tensor `(num_samples, ...)`: each draw's noise, or its number.
    """
    log_weights = tf.map_fn(log_weight, draws, fn_output_signature=tf.float32)
    return tf.reduce_logsumexp(log_weights, axis=0) - math.log(draws.shape[0])
