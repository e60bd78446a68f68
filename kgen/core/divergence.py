"""The divergence of a vector field: the trace of its Jacobian, exact or estimated.

A field is a function from points `(batch, ...)` to vectors of the same shape, which
computes each row from the same row of the points.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import tensorflow as tf

Field = Callable[[tf.Tensor], tf.Tensor]


def exact_divergence(field: Field, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The vectors at x, and the divergence there, `(batch,)`.

    It takes one gradient for each value of an example, one after the other.

    Args:
        field: The field.
        x: `(batch, ...)`.
    """
    shape = x.shape[1:]
    size = math.prod(shape)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        vectors = field(x)

    def entry(k):
        axis = tf.reshape(tf.one_hot(k, size), [1, *shape])
        axis = tf.broadcast_to(axis, tf.shape(x))
        row = tape.gradient(vectors, x, axis, tf.UnconnectedGradients.ZERO)
        return _dot(row, axis)

    entries = tf.map_fn(
        entry,
        tf.range(size),
        fn_output_signature=tf.float32,
        parallel_iterations=1,  # The memory of one gradient.
    )
    return vectors, tf.reduce_sum(entries, axis=0)


def hutchinson_divergence(
    field: Field, x: tf.Tensor, probe: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """The vectors at x, and `probe^T J probe`, `(batch,)`, with the Jacobian J there.

    It takes one gradient. Its mean is the divergence, if values of the probe are
    independent, with mean 0 and variance 1. Signs have the least variance.

    Args:
        field: The field.
        x: `(batch, ...)`.
        probe: Random numbers of the shape of x.

    References:
        [Hutchinson, 1989](https://doi.org/10.1080/03610918908812806),
        [Grathwohl et al., 2019](https://arxiv.org/abs/1810.01367) (FFJORD)
    """
    with tf.GradientTape() as tape:
        tape.watch(x)
        vectors = field(x)
    row = tape.gradient(vectors, x, probe, tf.UnconnectedGradients.ZERO)
    return vectors, _dot(row, probe)


def _dot(a, b):
    return tf.reduce_sum(a * b, axis=list(range(1, len(a.shape))))
