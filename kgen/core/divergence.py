"""The divergence of a vector field: the trace of its Jacobian, exact or estimated.

A field is a function from points `(batch, ...)` to vectors of the same shape, which
computes each row from the same row of the points.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import tensorflow as tf

Field = Callable[[tf.Tensor], tf.Tensor]
UNROLLED = 8  # The most gradients in a graph side by side, not in a loop.


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


def jacobian_terms(
    field: Field, x: tf.Tensor, probes: Sequence[tf.Tensor]
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """The vectors at x, the trace of the Jacobian J there, and its squared norm.

    It takes one gradient for each probe v, and sums `v^T J v` and `|v^T J|^2` over
    them. With the `axes_like` x both are exact. With one probe of random signs both are
    estimates without bias. The result can be differentiated, as training does.

    Args:
        field: The field.
        x: `(batch, ...)`.
        probes: Tensors of the shape of x.

    Returns:
        The vectors, `(batch, ...)`; the trace and the sum of the squared entries,
        `(batch,)` each.

    References:
        [Grathwohl et al., 2019](https://arxiv.org/abs/1810.01367) (the trace),
        [Finlay et al., 2020](https://arxiv.org/abs/2002.02798) (the norm)
    """
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        vectors = field(x)
    rows = [
        tape.gradient(vectors, x, probe, tf.UnconnectedGradients.ZERO)
        for probe in probes
    ]
    traces = [_dot(row, probe) for row, probe in zip(rows, probes, strict=True)]
    squares = [_dot(row, row) for row in rows]
    # One sum: TensorFlow may add up a chain of terms in another order each time.
    return vectors, tf.reduce_sum(traces, axis=0), tf.reduce_sum(squares, axis=0)


def exact_jacobian(field: Field, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The vectors at x, and the Jacobian there, `(batch, size, size)`.

    It takes one gradient for each value of an example: those of few values at once,
    those of many one after the other. The result can be differentiated.

    Args:
        field: The field.
        x: `(batch, size)`.

    Returns:
        The vectors, `(batch, size)`; the Jacobian, whose rows are the gradients of the
        values of a vector.
    """
    size = x.shape[1]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        vectors = field(x)

    def row(axis):
        return tape.gradient(vectors, x, axis, tf.UnconnectedGradients.ZERO)

    if size <= UNROLLED:
        return vectors, tf.stack([row(axis) for axis in axes_like(x)], axis=1)
    axes = tf.broadcast_to(tf.eye(size)[:, None], [size, *tf.unstack(tf.shape(x))])
    rows = tf.map_fn(row, axes, parallel_iterations=1)
    return vectors, tf.transpose(rows, [1, 0, 2])


def axes_like(x: tf.Tensor) -> list[tf.Tensor]:
    """The unit vectors of the space of an example, each for all rows of x."""
    shape = x.shape[1:]
    axes = tf.reshape(tf.eye(math.prod(shape)), [-1, 1, *shape])
    return [tf.broadcast_to(axis, tf.shape(x)) for axis in tf.unstack(axes)]


def signs(uniform: tf.Tensor) -> tf.Tensor:
    """Random signs, -1 and 1, from numbers that are uniform in 0..1."""
    return tf.where(uniform < 0.5, -1.0, 1.0)


def over_probes(
    estimate: Callable[[tf.Tensor], tf.Tensor], num_probes: int
) -> dict[str, tf.Tensor]:
    """The mean of independent estimates of a log likelihood, and its standard error.

    One estimate at a time: all at once would need more memory.

    Args:
        estimate: Function from the number of a probe to estimates, nats, `(batch,)`.
        num_probes: Number of estimates, 2 or more.

    Returns:
        Dictionary: `log_likelihood` and `standard_error`, nats, `(batch,)` each.
    """
    values = tf.map_fn(
        estimate,
        tf.range(num_probes),
        fn_output_signature=tf.float32,
        parallel_iterations=1,
    )
    spread = tf.math.reduce_std(values, axis=0) / math.sqrt(num_probes - 1)
    mean = tf.reduce_mean(values, axis=0)
    return {"log_likelihood": mean, "standard_error": spread}


def _dot(a, b):
    return tf.reduce_sum(a * b, axis=list(range(1, len(a.shape))))
