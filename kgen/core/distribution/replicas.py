"""Several devices and several machines: what Keras leaves to the model."""

import contextlib
import re

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


def barrier(strategy):
    """Waits until all workers have come here; a process that is alone goes on.

    A worker that exits while others train on makes them fail, and one that exits while
    the chief still writes leaves alarming lines in the chief's log.

    Raises:
        ConnectionError: if another worker is gone.
    """
    if several_workers(strategy):
        with worker_errors():
            strategy.reduce("SUM", tf.ones([]), axis=None).numpy()


def chief_first(strategy, make):
    """`make()` of each worker, the chief's before the others'.

    For what writes files that the others then read.

    Args:
        strategy: The strategy.
        make: Function without arguments.
    """
    if is_chief(strategy):
        made = make()
        barrier(strategy)
        return made
    barrier(strategy)
    return make()


def from_chief(strategy, value):
    """The chief's `value` on all workers, each of which must call this.

    For what they must agree on and each would find out for itself: a random seed, or
    the step to resume from, as a folder on a network may look different to each.

    Args:
        strategy: The strategy; if it has one worker, that one's value is returned.
        value: An integer that fits into 64 bits, or an array.
    """
    if not several_workers(strategy):
        return value
    dtype = tf.int64 if isinstance(value, int) else None
    with strategy.scope():  # Where a new variable gets the chief's initial value.
        agreed = tf.Variable(value, trainable=False, dtype=dtype).numpy()
    return agreed if agreed.ndim else agreed.item()


@contextlib.contextmanager
def worker_errors():
    """Inside, the loss of another worker is raised as a `ConnectionError`."""
    try:
        yield
    except tf.errors.OpError as error:
        meant = worker_error(error)
        if meant is None:
            raise
        raise meant from None


def worker_error(error):
    """The error to raise instead of one that means that another worker is gone.

    Args:
        error: An exception that `fit` or another step of all workers raised.

    Returns:
        A `ConnectionError`, or `None` if `error` means something else.
    """
    gone = (
        tf.errors.UnavailableError,
        tf.errors.DeadlineExceededError,
        tf.errors.AbortedError,
    )
    if not isinstance(error, gone) or _ABORTED not in error.message:
        return None
    task = r"/job:(\w+)/(?:replica:\d+/)?task:(\d+)"
    found = re.search(task, error.message.split(_ABORTED)[1])
    which = "A worker" if found is None else f"{found[1].capitalize()} {found[2]}"
    return ConnectionError(
        f"{which} of the cluster stopped answering, and the others cannot go on "
        "without it. Its own log says why it ended. Start the same command again on "
        "every machine, with --resume."
    )


_ABORTED = "Collective ops is aborted by:"


def global_mean(values, weight=None):
    """This replica's share of the weighted mean over the global batch.

    Optimizers add up the gradients of the replicas, so each replica divides its sum
    by the weight of the whole batch. An empty shard contributes nothing.

    Args:
        values: `(local batch,)`.
        weight: `(local batch,)`, or `None` for 1.

    Returns:
        Scalar; over all replicas they sum to the mean.
    """
    weight = tf.ones_like(values) if weight is None else tf.cast(weight, values.dtype)
    context = tf.distribute.get_replica_context()
    total = context.all_reduce("SUM", tf.reduce_sum(weight))
    return tf.math.divide_no_nan(tf.reduce_sum(weight * values), total)


def global_gradients(gradients):
    """Gradients summed over the replicas, and what to give an optimizer on each.

    Args:
        gradients: List of a replica's share of each.

    Returns:
        `(sums, shares)`: Keras' optimizers add the shares up to the sums again.
    """
    context = tf.distribute.get_replica_context()
    replicas = context.num_replicas_in_sync
    if replicas == 1:
        return gradients, gradients
    dense = [tf.convert_to_tensor(gradient) for gradient in gradients]
    sums = context.all_reduce("SUM", dense)
    return sums, [total / replicas for total in sums]


def pad_empty_shard(parts):
    """A replica's shard of a batch; if empty, one row of zeros that counts nothing.

    A last batch may have fewer rows than there are replicas, and TensorFlow's fused
    convolutions fail on no rows.

    Args:
        parts: Tensors or `None`, by name; absent `"weights"` become 1.
    """
    num_rows = tf.shape(parts["x"])[:1]
    missing = tf.maximum(1 - num_rows[0], 0)

    def filled(values):
        paddings = [[0, missing], *[[0, 0]] * (values.shape.rank - 1)]
        # A copy: TensorFlow has been seen to write results into the arrays of a
        # generator, whose memory it shares.
        return tf.raw_ops.DeepCopy(x=tf.pad(values, paddings))

    if parts.get("weights") is None:
        parts = {**parts, "weights": tf.ones(num_rows)}
    return {
        name: None if part is None else filled(part) for name, part in parts.items()
    }


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


def check_scope(strategy):
    """Raises a ValueError unless training happens where the model was made."""
    if tf.distribute.has_strategy() and tf.distribute.get_strategy() is not strategy:
        raise ValueError(
            "`fit` was called under a strategy, but the model was made outside its "
            "scope, so that its weights are not shared. Build or load the model, too, "
            "inside `with strategy.scope():`."
        )
