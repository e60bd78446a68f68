"""Conditions that do not belong to their examples."""

import tensorflow as tf

from kgen.core.distribution.batch import global_rows, weights


def mismatched(condition):
    """The condition of another example of the global batch, for each example.

    It is that of the next row with another condition and a weight above 0; the first
    row comes after the last. So it does not depend on the number of replicas, and
    neither a stand-in of an empty shard nor an example of weight 0 is taken.

    Args:
        condition: Numbers `(local batch, ...)`.

    Returns:
        `(rows, found)`: the conditions, like `condition`, and whether there is another
        one, bool `(local batch,)`; where there is none, the row means nothing.
    """
    rows, start = global_rows(condition)
    counts, _ = global_rows(weights(condition))
    own, others = _flat(condition)[:, None], _flat(rows)[None]
    usable = tf.reduce_any(own != others, axis=-1) & (counts > 0)[None]
    number = tf.shape(rows)[0]
    mine = start + tf.range(tf.shape(condition)[0])
    ahead = (tf.range(number)[None] - mine[:, None]) % number
    nearest = tf.argmin(tf.where(usable, ahead, number), axis=1)
    return tf.gather(rows, nearest), tf.reduce_any(usable, axis=1)


def _flat(rows):
    return tf.reshape(rows, [tf.shape(rows)[0], -1])
