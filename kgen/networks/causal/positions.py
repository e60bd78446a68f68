"""Learned vectors of positions."""

import keras
import tensorflow as tf

from kgen.networks.causal.layer import CausalLayer


class Positions(CausalLayer):
    """Adds a learned vector to each position of an image or a sequence.

    Input and output: `(batch, ..., channels)`, of a fixed size.
    """

    def build(self, input_shape):
        """Makes the vectors."""
        self.vectors = self.add_weight(
            name="vectors",
            shape=tuple(input_shape[1:]),
            initializer=keras.initializers.RandomNormal(stddev=0.02),
        )
        self.built = True

    def call(self, x):
        """The sum."""
        return x + self.vectors

    def known_early(self, input_known_early):
        """Whether the input is known when a row begins."""
        return input_known_early

    def start(self, value, width):
        """The vectors, and the index -1, as no row has begun."""
        *_, channels = self.vectors.shape
        vectors = tf.cast(self.vectors, self.compute_dtype)
        return {
            "vectors": tf.reshape(vectors, [-1, width, channels]),
            "row": tf.constant(-1),
        }

    def begin_row(self, state, row):
        """The sum for the whole row, if its input is known."""
        state = {**state, "row": state["row"] + 1}
        if row is not None:
            row += state["vectors"][state["row"]]
        return row, state

    def next_position(self, state, value, column):
        """The sum at one position."""
        return value + state["vectors"][state["row"], column], state
