"""Loops over joined batches: a step on each of them, in one call of a graph."""

import tensorflow as tf


def runner(step, layout):
    """A graph that runs a step on each of the batches that a `collector` took.

    Args:
        step: A `tf.function` of a batch that gives a dictionary of numbers, the logs.
        layout: The `Layout` of a batch.

    Returns:
        Function from `(parts, sizes)` to the last step's logs and the first step whose
        logs were not finite, -1 if there is none.
    """

    signature = [
        [tf.TensorSpec([None, *spec.shape[1:]], spec.dtype) for spec in layout.specs],
        tf.TensorSpec([None, len(layout.specs)], tf.int32),
    ]

    @tf.function(autograph=False, input_signature=signature)
    def run(parts, sizes):
        ends = tf.cumsum(sizes)
        starts = ends - sizes

        def batch_at(i):
            rows = [part[starts[i, k] : ends[i, k]] for k, part in enumerate(parts)]
            shapes = (part.shape for part in layout.specs)
            return layout.batch(map(tf.ensure_shape, rows, shapes))

        return _repeated(step, layout, batch_at, tf.shape(sizes)[0])

    return run


def fused_runner(step, layout):
    """A graph that XLA compiles as a whole, for batches of one size.

    The number of batches that it reads is a tensor: one executable serves any number up
    to that of the batches that it is given.

    Args:
        step: As of `runner`.
        layout: As of `runner`.

    Returns:
        Function from the parts `(batches, rows, ...)` and the number of batches to run,
        with the results of `runner`.
    """

    @tf.function(autograph=False, jit_compile=True)
    def run(parts, count):
        def batch_at(i):
            return layout.batch(tf.gather(part, i) for part in parts)

        return _repeated(step, layout, batch_at, count)

    return run


def _repeated(step, layout, batch_at, count):
    def one(i, _, wrong):
        logs = step(batch_at(i))
        bad = ~tf.reduce_all([True, *map(_are_finite, logs.values())])
        return i + 1, logs, tf.where((wrong < 0) & bad, i, wrong)

    none = tf.nest.map_structure(
        lambda value: tf.zeros(value.shape, value.dtype),
        step.get_concrete_function(layout.spec).structured_outputs,
    )
    _, logs, wrong = tf.while_loop(
        lambda i, *_: i < count, one, (tf.constant(0), none, tf.constant(-1))
    )
    return logs, wrong


def _are_finite(values):
    return tf.reduce_all(tf.math.is_finite(tf.cast(values, tf.float32)))
