"""Statistics of the global batch, for objectives on one replica or several."""

import contextlib
import contextvars
import functools

import tensorflow as tf

# Arguments of `add_weight` for a state that all replicas compute alike, from statistics
# of the whole batch: each replica then assigns to its own copy.
SHARED_STATE = {"trainable": False, "autocast": False, "aggregation": "none"}
# Each replica is traced in its own thread, and so has its own value.
_WEIGHT = contextvars.ContextVar("weight", default=None)


@contextlib.contextmanager
def sample_weights(weight):
    """Context in which this replica's examples are weighted.

    Args:
        weight: `(local batch,)`, or `None` for 1.
    """
    token = _WEIGHT.set(weight)
    try:
        yield
    finally:
        _WEIGHT.reset(token)


def with_batch(step):
    """A `train_step` whose operations wait for its batch, if data ends unforeseen.

    At the end of such data TensorFlow would run the operations that need no data:
    Keras' optimizers would count one step more, and decay weights. Waiting costs some
    percent of a small step.
    """

    @functools.wraps(step)
    def waiting(self, data):
        if not self.ends_unforeseen:
            return step(self, data)
        parts = [part for part in tf.nest.flatten(data) if part is not None]
        with tf.control_dependencies(parts):
            return step(self, data)

    return waiting


def weights(values):
    """The weight of each example in `values`, float32 `(local batch,)`."""
    weight = _WEIGHT.get()
    if weight is None:
        return tf.ones(tf.shape(values)[:1])
    return tf.cast(weight, tf.float32)


def is_unweighted_single_replica():
    """Whether the whole batch is on this device, and every example has the weight 1.

    `batch_mean` is then the mean over axis 0.
    """
    context = tf.distribute.get_replica_context()
    alone = context is None or context.num_replicas_in_sync == 1
    return alone and _WEIGHT.get() is None


def all_sum(value):
    """The sum of a tensor over the replicas, the same on all of them."""
    return tf.distribute.get_replica_context().all_reduce("SUM", value)


def batch_mean(values):
    """Weighted mean over the examples of the global batch, the same on all replicas.

    Gradients flow through it.

    Args:
        values: Floats `(local batch, ...)`.

    Returns:
        Tensor `(...)` of the same type.
    """
    weight = tf.cast(weights(values), values.dtype)
    total = all_sum(tf.tensordot(weight, values, axes=1))
    return tf.math.divide_no_nan(total, all_sum(tf.reduce_sum(weight)))


def global_rows(values):
    """The rows of the global batch, the same on all replicas.

    Args:
        values: Numbers `(local batch, ...)`.

    Returns:
        `(rows, start)`: the rows of all replicas, one replica after another, and the
        place of this replica's first row among them. A shard that holds only a stand-in
        of weight 0 is among them, too.
    """
    if tf.distribute.get_replica_context().num_replicas_in_sync == 1:
        return values, tf.constant(0)
    rows = tf.shape(values)[0]
    start, total = _place_of(rows)
    after = total - start - rows
    # Each place is 0 on all replicas but one, so the sum is exact.
    paddings = [[start, after], *[[0, 0]] * (values.shape.rank - 1)]
    return all_sum(tf.pad(values, paddings)), start


def first_replica(values):
    """The tensor of the first replica, on all replicas; floats."""
    replica = tf.distribute.get_replica_context().replica_id_in_sync_group
    return all_sum(tf.where(tf.equal(replica, 0), values, 0.0))


def _place_of(rows):
    """The place of this replica's first row among those of all, and their number."""
    context = tf.distribute.get_replica_context()
    replica, replicas = context.replica_id_in_sync_group, context.num_replicas_in_sync
    each = all_sum(tf.one_hot(replica, replicas, dtype=tf.int32) * rows)
    return tf.gather(tf.cumsum(each, exclusive=True), replica), tf.reduce_sum(each)


def random_rows(values, num_rows, key):
    """Rows drawn from the global batch with replacement, the same on all replicas.

    Args:
        values: float32 `(local rows, dim)`, the same number for each local example.
        num_rows: Number of draws.
        key: Seed for `tf.random.stateless_*`; all replicas use the first one's.

    Returns:
        float32 `(num_rows, dim)`.
    """
    # A shard that holds only a stand-in of weight 0 has no rows to choose.
    weight = _WEIGHT.get()
    there = True if weight is None else tf.reduce_any(weight > 0)
    rows = tf.where(there, tf.shape(values)[0], 0)
    start, total = _place_of(rows)
    uniform = first_replica(tf.random.stateless_uniform([num_rows], key))
    chosen = tf.minimum(
        tf.cast(uniform * tf.cast(total, tf.float32), tf.int32), total - 1
    )
    local = chosen - start
    mine = (local >= 0) & (local < rows)
    found = tf.gather(values, tf.clip_by_value(local, 0, tf.shape(values)[0] - 1))
    return all_sum(tf.where(mine[:, None], found, 0.0))
