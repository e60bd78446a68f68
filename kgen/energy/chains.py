"""Chains that go on from step to step of the training."""

import tensorflow as tf

from kgen.core.config import ConfiguredLayer
from kgen.core.distribution.batch import SHARED_STATE, global_rows, weights


class Chains(ConfiguredLayer):
    """The states of Markov chains, of which each batch takes the next ones in turn.

    A ring: each row of a batch goes on with one chain, and is its next state. In the
    first round chains start from noise. If a batch has more rows than there are chains,
    several rows go on with the same one, and the first is kept.

    The states are saved with the model. On several replicas all keep the same ring:
    that of one device, for which the shards of a batch follow one another. Rows of
    weight 0 move no chain.

    Args:
        size: Number of chains.
        shape: Shape of a state.
        **kwargs: Arguments of `keras.layers.Layer`.
    """

    def __init__(self, size: int, shape: tuple, **kwargs) -> None:
        super().__init__(**kwargs)
        self.size = size
        self.shape = tuple(shape)
        self.states = self.add_weight(
            (size, *self.shape), "zeros", "float32", name="states", **SHARED_STATE
        )
        # Rows that have been stored so far. int32 weights live on the host: XLA on a
        # GPU cannot reach them there.
        self.stored = self.add_weight(
            (), "zeros", "int64", name="stored", **SHARED_STATE
        )
        self.built = True

    def next(self, rows):
        """The state of the next chain for each row of a batch.

        Args:
            rows: The batch, `(local batch, ...)`.

        Returns:
            `(states, begun)`: `(local batch, *shape)`, and bools `(local batch,)`,
            false for a chain that has no state yet.
        """
        there, start = global_rows(weights(rows))
        there = tf.cast(there > 0, tf.int64)
        number = tf.convert_to_tensor(self.stored) + tf.cumsum(there, exclusive=True)
        number = number[start : start + tf.shape(rows)[0]]
        place, stored = number % self.size, tf.convert_to_tensor(self.stored)
        return tf.gather(tf.convert_to_tensor(self.states), place), place < stored

    def store(self, states):
        """Stores the states that rows of a batch have reached.

        Args:
            states: float32 `(local batch, *shape)`, in the order of `next`.
        """
        there, _ = global_rows(weights(states))
        states, _ = global_rows(states)
        there = there > 0
        count = tf.reduce_sum(tf.cast(there, tf.int64))
        # The rows that count, in order; the others behind them.
        order = tf.argsort(tf.cast(~there, tf.int32), stable=True)
        before = tf.convert_to_tensor(self.stored)
        number = (tf.range(self.size, dtype=tf.int64) - before) % self.size
        moved = number < count
        row = tf.gather(order, tf.where(moved, number, 0))
        chosen = tf.where(moved, self.size + row, tf.range(self.size))
        both = tf.concat([tf.convert_to_tensor(self.states), states], axis=0)
        self.states.assign(tf.gather(both, chosen))
        self.stored.assign(before + count)
