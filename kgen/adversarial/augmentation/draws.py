"""The noise of augmentations: which rows are changed, and how."""

import tensorflow as tf

from kgen.core.random import fold_in

NUM_UNIFORM, NUM_NORMAL = 32, 12  # More than all operations together draw.


class Draws:
    """Columns of noise, one after the other, with one value for each row.

    All are drawn at once: small random operations take longer than their numbers.

    Args:
        num_rows: Number of rows, an int or a tensor.
        p: Probability of a change, a tensor or a number in 0..1.
        seed: For `tf.random.stateless_*`.
    """

    def __init__(self, num_rows, p, seed):
        self.p, seed = tf.convert_to_tensor(p, tf.float32), tf.cast(seed, tf.int64)
        uniform = tf.random.stateless_uniform([num_rows, NUM_UNIFORM], seed)
        normal = tf.random.stateless_normal([num_rows, NUM_NORMAL], fold_in(seed, 1))
        self._uniform = iter(tf.unstack(uniform, axis=1))
        self._normal = iter(tf.unstack(normal, axis=1))

    def uniform(self):
        """Uniform numbers in 0..1, `(num_rows,)`."""
        return next(self._uniform)

    def symmetric(self):
        """Uniform numbers in -1..1, `(num_rows,)`."""
        return 2.0 * self.uniform() - 1.0

    def normal(self):
        """Standard normal numbers, `(num_rows,)`."""
        return next(self._normal)

    def power_of_two(self, stddev):
        """`2^N(0, stddev^2)`, `(num_rows,)`: as often above 1 as below."""
        return tf.pow(2.0, stddev * self.normal())

    def one_of(self, count):
        """Ints in 0..count - 1 as floats, `(num_rows,)`."""
        return tf.floor(self.uniform() * count)

    def gate(self, p=None):
        """1 for the rows that are changed, with probability `p`, else 0."""
        return tf.cast(self.uniform() < (self.p if p is None else p), tf.float32)
