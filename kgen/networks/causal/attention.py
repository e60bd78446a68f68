"""Causal self-attention, with cached keys and values."""

import keras
import tensorflow as tf

from kgen.networks.causal.layer import CausalLayer
from kgen.networks.causal.masked_conv import put


class CausalSelfAttention(CausalLayer):
    """Attention of each step to itself and to all steps before it.

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
        return self._attend(queries, keys, values, is_causal=True)

    def _project(self, x):
        """Queries, keys and values, `(batch, steps, heads, channels / heads)` each."""
        shape = [-1, x.shape[1], self.num_heads, x.shape[-1] // self.num_heads]
        return [tf.reshape(h, shape) for h in tf.split(self.project(x), 3, axis=-1)]

    def _attend(self, queries, keys, values, **mask):
        seen = keras.ops.dot_product_attention(queries, keys, values, **mask)
        _, steps, heads, channels = queries.shape
        return self.merge(tf.reshape(seen, [-1, steps, heads * channels]))

    def compute_output_shape(self, input_shape):
        """The shape of the input."""
        return input_shape

    def start(self, value, width):
        """Zeros for the keys and values of all steps."""
        blank = tf.zeros([tf.shape(value)[0], width, value.shape[-1]], value.dtype)
        return {"keys": blank, "values": blank}

    def next_position(self, state, value, column):
        """Attention of the present query to all keys so far."""
        queries, keys, values = self._project(value)
        width, channels = state["keys"].shape[1:]
        state = {
            "keys": put(state["keys"], tf.reshape(keys, [-1, channels]), column),
            "values": put(state["values"], tf.reshape(values, [-1, channels]), column),
        }
        shape = [-1, width, *keys.shape[2:]]
        keys, values = (tf.reshape(state[name], shape) for name in ("keys", "values"))
        mask = tf.reshape(tf.range(width) <= column, [1, 1, 1, width])
        return self._attend(queries, keys, values, mask=mask), state
