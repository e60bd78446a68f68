"""Layers of networks over sentences: words of two languages, attention, a mean."""

import keras
import tensorflow as tf

from kgen.core.config import ConfiguredLayer

NUM_LANGUAGES = 2


class LanguageEmbedding(ConfiguredLayer):
    """A vector for each word, from a table of the sentence's own language.

    Args:
        num_codes: Number of codes of each language.
        width: Size of the vectors.
        **kwargs: Arguments of `keras.layers.Layer`.

    Input: ints `(batch, steps)` and the language of each row, int `(batch,)`. Output:
    `(batch, steps, width)`.
    """

    # See `kgen.networks.causal.incremental`.
    positionwise = takes_whole = True

    def __init__(self, num_codes: int, width: int, **kwargs) -> None:
        super().__init__(**kwargs)
        self.num_codes = num_codes
        self.width = width

    def build(self, input_shape):
        """Makes the tables."""
        self.table = self.add_weight(
            name="table",
            shape=(NUM_LANGUAGES * self.num_codes, self.width),
            initializer=keras.initializers.RandomNormal(stddev=1.0 / self.width),
        )
        self.built = True

    def call(self, inputs):
        """The vectors."""
        words, language = inputs
        # Of a product the gradient is dense. Keras' optimizers take another step for a
        # sparse one, as of `gather` alone, and replicas add dense ones.
        table = tf.convert_to_tensor(self.table) * self.width**0.5
        table = tf.cast(table, self.compute_dtype)
        return tf.gather(table, words + self.num_codes * language[:, None])

    def compute_output_spec(self, inputs):
        """Vectors of the layer's type; the inputs are ints."""
        shape = (*inputs[0].shape, self.width)
        return keras.KerasTensor(shape, self.compute_dtype)


class LanguageDense(ConfiguredLayer):
    """A dense layer with weights of its own for each language: logits of its words.

    Args:
        units: Size of the output.
        **kwargs: Arguments of `keras.layers.Layer`.

    Input: `(batch, steps, channels)` and the language of each row, int `(batch,)`.
    Output: `(batch, steps, units)`.
    """

    positionwise = takes_whole = True

    def __init__(self, units: int, **kwargs) -> None:
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        """Makes the weights."""
        self.dense = keras.layers.Dense(
            NUM_LANGUAGES * self.units, dtype=self.dtype_policy
        )
        self.dense.build(input_shape[0])
        self.built = True

    def call(self, inputs):
        """The outputs of each row's language."""
        x, language = inputs
        shape = [-1, x.shape[1], NUM_LANGUAGES, self.units]
        both = tf.reshape(self.dense(x), shape)
        chosen = tf.one_hot(language, NUM_LANGUAGES, dtype=both.dtype)
        return tf.einsum("bslu,bl->bsu", both, chosen)

    def compute_output_shape(self, input_shape):
        """The units in place of the channels."""
        return (*input_shape[0][:-1], self.units)


class MaskedAttention(ConfiguredLayer):
    """Attention with several heads to the marked positions of a sequence; no weights.

    Args:
        num_heads: Number of heads; the channels are divided among them.
        **kwargs: Arguments of `keras.layers.Layer`.

    Input: queries `(batch, steps, channels)`, keys and values `(batch, others,
    channels)`, and bools `(batch, others)`, at least one of them true. Output:
    `(batch, steps, channels)`.

    Raises:
        ValueError: unless the channels are a multiple of the heads.

    References:
        [Vaswani et al., 2017](https://arxiv.org/abs/1706.03762)
    """

    positionwise = takes_whole = True

    def __init__(self, num_heads: int, **kwargs) -> None:
        super().__init__(**kwargs)
        self.num_heads = num_heads

    def build(self, input_shape):
        """Checks the number of channels."""
        channels = input_shape[0][-1]
        if channels % self.num_heads:
            raise ValueError(
                f"{channels} channels cannot be divided among num_heads="
                f"{self.num_heads}. Choose a width that is a multiple of it."
            )
        self.built = True

    def call(self, inputs):
        """The means of values, weighted by how well their keys fit a query."""
        *parts, mask = inputs
        queries, keys, values = (
            tf.reshape(h, [-1, h.shape[1], self.num_heads, size // self.num_heads])
            for h, size in ((h, h.shape[-1]) for h in parts)
        )
        seen = keras.ops.dot_product_attention(
            queries, keys, values, mask=mask[:, None, None]
        )
        return tf.reshape(seen, [-1, *parts[0].shape[1:]])

    def compute_output_shape(self, input_shape):
        """The shape of the queries."""
        return input_shape[0]


class MaskedMean(ConfiguredLayer):
    """The mean of the vectors at marked positions.

    Input: `(batch, steps, channels)` and bools `(batch, steps)`, at least one of them
    true. Output: `(batch, channels)`.
    """

    def call(self, inputs):
        """The mean."""
        x, mask = inputs
        marked = tf.cast(mask, x.dtype)[..., None]
        return tf.reduce_sum(x * marked, axis=1) / tf.reduce_sum(marked, axis=1)

    def compute_output_shape(self, input_shape):
        """The shape without the steps."""
        steps, channels = input_shape[0][1:]
        return (input_shape[0][0], channels)
