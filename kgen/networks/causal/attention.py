"""Causal self-attention, with cached keys and values."""

import math

import keras
import tensorflow as tf

from kgen.networks.causal.layer import CausalLayer
from kgen.networks.causal.masked_conv import put

BLOCK = 196  # Queries at a time: smaller blocks cost more calls than they save.
UNSEEN = -1e9  # A logit whose weight is 0.


class CausalSelfAttention(CausalLayer):
    """Attention of each step to itself and to all steps before it.

    Sequences of more than 196 steps are computed a block of queries at a time. No block
    sees the keys after it: of 784 steps three eighths of the products are left out,
    which are masked otherwise, and nearly half of more. Each block has operations of
    its own.
    When it runs position by position, it keeps the keys and values of all steps:
    `2 * steps * channels` numbers for each sequence.

    Args:
        num_heads: Number of heads; the channels are divided among them.
        **kwargs: Arguments of `keras.layers.Layer`.

    Input and output: `(batch, steps, channels)`.

    Raises:
        ValueError: unless the channels are a multiple of the heads.

    References:
        [Vaswani et al., 2017](https://arxiv.org/abs/1706.03762)
    """

    def __init__(self, num_heads: int, **kwargs) -> None:
        super().__init__(**kwargs)
        self.num_heads = num_heads

    def build(self, input_shape):
        """Makes the projections."""
        channels = input_shape[-1]
        if channels % self.num_heads:
            raise ValueError(
                f"{channels} channels cannot be divided among num_heads="
                f"{self.num_heads}. Choose a width that is a multiple of it."
            )
        policy = self.dtype_policy
        self.project = keras.layers.Dense(3 * channels, use_bias=False, dtype=policy)
        self.project.build(input_shape)
        self.merge = keras.layers.Dense(channels, dtype=policy)
        self.merge.build(input_shape)
        self.built = True

    def call(self, x):
        """All steps at once."""
        queries, keys, values = self._project(x)
        steps, blocks = x.shape[1], []
        for start in range(0, steps, BLOCK):
            end = min(start + BLOCK, steps)
            seen = tf.range(end) <= tf.range(start, end)[:, None]
            block = queries[:, :, start:end]
            blocks.append(attention(block, keys[:, :, :end], values[:, :, :end], seen))
        return self._merged(tf.concat(blocks, axis=2))

    def _project(self, x):
        """Queries, keys and values, `(batch, heads, steps, channels / heads)` each."""
        return [self._by_head(h) for h in tf.split(self.project(x), 3, axis=-1)]

    def _by_head(self, h):
        shape = [-1, h.shape[1], self.num_heads, h.shape[-1] // self.num_heads]
        return tf.transpose(tf.reshape(h, shape), [0, 2, 1, 3])

    def _merged(self, h):
        """All heads side by side, through a last layer: `(batch, steps, channels)`."""
        _, heads, steps, channels = h.shape
        h = tf.reshape(tf.transpose(h, [0, 2, 1, 3]), [-1, steps, heads * channels])
        return self.merge(h)

    def compute_output_shape(self, input_shape):
        """The shape of the input."""
        return input_shape

    def start(self, value, width):
        """Zeros for the keys and values of all steps."""
        blank = tf.zeros([tf.shape(value)[0], width, value.shape[-1]], value.dtype)
        return {"keys": blank, "values": blank}

    def next_position(self, state, value, column):
        """Attention of the present query to all keys so far."""
        channels = value.shape[-1]
        query, key, new = tf.split(self.project(value), 3, axis=-1)
        state = {
            "keys": put(state["keys"], tf.reshape(key, [-1, channels]), column),
            "values": put(state["values"], tf.reshape(new, [-1, channels]), column),
        }
        query, keys, values = map(
            self._by_head, (query, state["keys"], state["values"])
        )
        seen = tf.range(keys.shape[2]) <= column
        return self._merged(attention(query, keys, values, seen)), state


def attention(queries, keys, values, seen):
    """Means of values, weighted by `softmax(queries keys^T / sqrt(channels))`.

    Args:
        queries: `(..., queries, channels)`.
        keys: `(..., keys, channels)`.
        values: `(..., keys, channels)`.
        seen: Bools that broadcast to `(queries, keys)`: which keys a query sees.
    """
    scaled = queries / math.sqrt(queries.shape[-1])
    logits = tf.cast(tf.matmul(scaled, keys, transpose_b=True), tf.float32)
    weights = tf.nn.softmax(logits + tf.where(seen, 0.0, UNSEEN))
    return tf.matmul(tf.cast(weights, values.dtype), values)
