"""Training on several devices and several machines."""

import contextlib
import re

import tensorflow as tf


def several_workers(strategy):
    """Whether a strategy spans more than one process."""
    return len(_tasks(strategy)) > 1


def is_chief(strategy):
    """Whether this process writes the files; always, if it is the only one."""
    tasks, resolver = _tasks(strategy), strategy.cluster_resolver
    return not tasks or (resolver.task_type, resolver.task_id) == tasks[0]


def _tasks(strategy):
    """`(type, index)` of the training processes, the chief first."""
    resolver = strategy.cluster_resolver
    cluster = resolver.cluster_spec().as_dict() if resolver else {}
    return [
        (kind, index)
        for kind in ("chief", "worker")
        for index in range(len(cluster.get(kind, ())))
    ]


def barrier(strategy):
    """Waits until all workers have called this; returns at once in a single process.

    A worker that exits early makes the others fail while they train, and leaves
    alarming lines in the chief's log while the chief writes.

    Raises:
        ConnectionError: if another worker is gone.
    """
    if several_workers(strategy):
        with worker_errors():
            strategy.reduce("SUM", tf.ones([]), axis=None).numpy()


def chief_first(strategy, make):
    """The result of `make()`, called by the chief before the other workers.

    The chief's call may thus write files that the others read.

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
    """The chief's `value`, returned on all workers; each worker must call this.

    It makes workers agree on values that could differ between them: a random seed, or
    the step to resume from, read from a network folder.

    Args:
        strategy: The strategy; with one worker `value` itself is returned.
        value: An integer that fits into 64 bits, or an array.
    """
    if not several_workers(strategy):
        return value
    dtype = tf.int64 if isinstance(value, int) else None
    with strategy.scope():  # A new variable gets the chief's initial value.
        agreed = tf.Variable(value, trainable=False, dtype=dtype).numpy()
    return agreed if agreed.ndim else agreed.item()


@contextlib.contextmanager
def worker_errors():
    """Context in which the loss of another worker raises a `ConnectionError`."""
    try:
        yield
    except tf.errors.OpError as error:
        meant = worker_error(error)
        if meant is None:
            raise
        raise meant from None


def worker_error(error):
    """The `ConnectionError` to raise for an error that another worker's loss causes.

    Args:
        error: An exception of `fit` or of another step of all workers.

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
    """This replica's part of the weighted mean over the global batch.

    Optimizers add up the gradients of the replicas, so each replica divides its sum
    by the weight of the whole batch. An empty shard contributes nothing.

    Args:
        values: `(local batch,)`.
        weight: `(local batch,)`, or `None` for 1.

    Returns:
        Scalar; the sum over all replicas is the mean.
    """
    weight = tf.ones_like(values) if weight is None else tf.cast(weight, values.dtype)
    context = tf.distribute.get_replica_context()
    total = context.all_reduce("SUM", tf.reduce_sum(weight))
    return tf.math.divide_no_nan(tf.reduce_sum(weight * values), total)


def global_gradients(gradients):
    """Gradients summed over the replicas, and each replica's part for its optimizer.

    Args:
        gradients: List of this replica's parts of the gradients.

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


def zeros_for_none(gradients, variables):
    """Gradients with zeros for the variables on which the loss does not depend."""
    return [
        tf.zeros(variable.shape) if gradient is None else gradient
        for gradient, variable in zip(gradients, variables, strict=True)
    ]


def pad_empty_shard(parts):
    """A replica's shard of a batch; one row of zeros with weight 0 if it is empty.

    A last batch may have fewer rows than there are replicas, and TensorFlow's fused
    convolutions fail without rows.

    Args:
        parts: Tensors or `None`, by name; absent `"weights"` become 1.
    """
    num_rows = tf.shape(parts["x"])[:1]
    missing = tf.maximum(1 - num_rows[0], 0)

    def filled(values):
        paddings = [[0, missing], *[[0, 0]] * (values.shape.rank - 1)]
        # A copy: TensorFlow shares the memory of a generator's arrays, and has been
        # seen to write results into it.
        return tf.raw_ops.DeepCopy(x=tf.pad(values, paddings))

    if parts.get("weights") is None:
        parts = {**parts, "weights": tf.ones(num_rows)}
    return {
        name: None if part is None else filled(part) for name, part in parts.items()
    }


def check_strategy(steps_per_execution, jit_compile):
    """Raises a ValueError for arguments of `compile` that fail on several replicas."""
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


def check_fit(model):
    """Raises a ValueError for what `fit` cannot do on the model's replicas."""
    check_scope(vars(model)["_made_under"])
    check_accumulation(model)


def check_accumulation(model):
    """Raises a ValueError if an optimizer adds up gradients of batches on replicas.

    Keras fails there: its condition for a step cannot wait for other replicas.
    """
    strategy = model.distribute_strategy
    mirrored = (
        tf.distribute.MirroredStrategy,
        tf.distribute.MultiWorkerMirroredStrategy,
    )
    if not isinstance(strategy, mirrored):
        return
    for name in model.optimizer_names:
        optimizer = getattr(model, name)
        optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        if steps := getattr(optimizer, "gradient_accumulation_steps", None):
            raise ValueError(
                f"`fit` was called with gradient_accumulation_steps={steps} of the "
                f"model's {name}, under a {type(strategy).__name__}, where Keras "
                "cannot add up gradients of several batches. Compile with an optimizer "
                "without it and take a larger batch, or train on one device."
            )


def check_scope(strategy):
    """Raises a ValueError unless `fit` runs under the strategy of the model."""
    if tf.distribute.has_strategy() and tf.distribute.get_strategy() is not strategy:
        raise ValueError(
            "`fit` was called under a strategy, but the model was made outside its "
            "scope, so that its weights are not shared. Build or load the model, too, "
            "inside `with strategy.scope():`."
        )
