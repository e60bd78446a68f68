"""Several devices and several machines: what Keras leaves to the model."""

import tensorflow as tf


def several_workers(strategy):
    """Whether a strategy spans more than one process."""
    return len(_tasks(strategy)) > 1


def is_chief(strategy):
    """Whether this process is the one that writes files; always, if it is alone."""
    tasks, resolver = _tasks(strategy), strategy.cluster_resolver
    return not tasks or (resolver.task_type, resolver.task_id) == tasks[0]


def _tasks(strategy):
    """`(type, index)` of the processes that train, the chief first."""
    resolver = strategy.cluster_resolver
    cluster = resolver.cluster_spec().as_dict() if resolver else {}
    return [
        (kind, index)
        for kind in ("chief", "worker")
        for index in range(len(cluster.get(kind, ())))
    ]


def never_empty(x, labels, weight):
    """A replica's shard of a batch; if empty, one row of zeros that counts nothing.

    A last batch may have fewer rows than there are replicas, and TensorFlow's fused
    convolutions fail on no rows.
    """
    missing = tf.maximum(1 - tf.shape(x)[0], 0)

    def filled(values):
        paddings = [[0, missing], *[[0, 0]] * (values.shape.rank - 1)]
        return tf.pad(values, paddings)

    weight = filled(tf.ones(tf.shape(x)[:1]) if weight is None else weight)
    return filled(x), None if labels is None else filled(labels), weight


def check_strategy(steps_per_execution, jit_compile):
    """Raises a ValueError for arguments of `compile` that fail in Keras on replicas."""
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    if replicas == 1:
        return
    for name, value, wanted, refused in (
        ("steps_per_execution", steps_per_execution, 1, steps_per_execution > 1),
        ("jit_compile", jit_compile, False, jit_compile is True),
    ):
        if refused:
            raise ValueError(
                f"`compile` was given {name}={value} under a strategy of {replicas} "
                f"replicas, which Keras cannot do. Pass {name}={wanted}, or compile "
                "on one device."
            )
