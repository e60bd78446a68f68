"""The likeliest words of a decoder, one after another, inside one graph."""

import keras
import tensorflow as tf

from kgen.networks.causal.incremental import IncrementalNetwork

INPUTS = ("language", "z", "mask")  # Inputs of a decoder beside the words.


def greedy(decoder: keras.Model, **conditions) -> tf.Tensor:
    """The sentence of the likeliest next words, up to the first 0.

    Args:
        decoder: Network as of `text_decoder`.
        **conditions: Its inputs beside the words, by name.

    Returns:
        int32 `(batch, length)`; all codes after the first 0 are 0.

    Raises:
        NotIncremental: if a layer cannot run word by word; the message names it.
    """
    network = IncrementalNetwork(decoder, INPUTS)
    length = network.x.shape[1]
    blank = tf.zeros_like(conditions["language"])[:, None]
    early, states = network.start(blank, None, length, **conditions)
    known, states = network.begin_row(early, states)

    def step(column, states, going, words):
        logits, after = network.next_position(early, known, states, blank, column)
        word = tf.argmax(logits, axis=-1, output_type=tf.int32) * going
        # The next position sees this word.
        states = after | network.record(early, states, word[:, None], column)
        going *= tf.cast(word > 0, tf.int32)
        return column + 1, states, going, words.write(column, word)

    words = tf.TensorArray(tf.int32, length, element_shape=blank[:, 0].shape)
    start = (tf.constant(0), states, tf.ones_like(blank[:, 0]), words)
    *_, words = tf.while_loop(
        lambda column, *_: column < length,
        step,
        start,
        parallel_iterations=1,
        maximum_iterations=length,
    )
    return tf.transpose(words.stack())
