"""Examples for models that initialize themselves from data."""

import tensorflow as tf

from kgen.core.distribution.batch import SHARED_STATE
from kgen.core.distribution.replicas import from_chief
from kgen.core.training.batches import read_ahead

MOST_ROWS = 10_000


def initialization_examples(model, data):
    """Up to `MOST_ROWS` examples and their conditions, the same on all workers.

    Args:
        model: A `GenerativeModel`.
        data: The data that `adapt` gets.

    Returns:
        `(x, condition)`, tensors; the condition is `None` for an unconditional model.
        For a generator, which can be read only once, and for data with no weight above
        0, the result is `None`.
    """
    batches = read_ahead(model, data)
    if batches is None:
        return None
    rows, conditions = [], []
    for batch in batches:
        parts, weight = model.unpack(batch)
        x, condition = parts["x"], parts["labels"]
        if weight is not None:  # Leave out examples of weight 0.
            x = x[weight > 0]
            condition = None if condition is None else condition[weight > 0]
        rows.append(x)
        conditions.append(condition)
        if sum(map(len, rows)) >= MOST_ROWS:
            break
    if not sum(map(len, rows)):
        return None

    def agreed(parts):
        value = tf.concat(parts, 0).numpy()
        return tf.constant(from_chief(model.distribute_strategy, value))

    condition = None if model.condition is None else agreed(conditions)
    return agreed(rows), condition


def add_adapted(layer):
    """Adds a weight that tells whether a layer or a model was initialized from data.

    It is 0 before and 1 afterwards. It is saved, so that this happens only once.
    """
    return layer.add_weight(
        name="adapted",
        shape=(),
        initializer="zeros",
        **SHARED_STATE,
    )


def is_adapted(adapted, data):
    """Whether a layer or a model was initialized from data already.

    If so, this advances the order of the data set as `initialization_examples` does:
    its resumed training then sees the same epochs as in a new process.

    Args:
        adapted: The weight that `add_adapted` made.
        data: The data that `adapt` gets.
    """
    if tf.identity(adapted) == 0:
        return False
    if isinstance(data, tf.data.Dataset):
        iter(data)
    return True


def channel_moments(x):
    """Mean and standard deviation of each channel, the last axis, float64.

    A channel that is constant up to rounding gets a deviation of 1.
    """
    rows = tf.reshape(x, [-1, x.shape[-1]]).numpy().astype("float64")
    mean, stddev = rows.mean(axis=0), rows.std(axis=0)
    varies = stddev > 1e-7 * abs(mean)
    stddev[~varies] = 1.0
    return mean, stddev
