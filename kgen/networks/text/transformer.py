"""An encoder and a decoder of sentences that two languages share."""

from collections.abc import Sequence

import keras

from kgen.networks.causal.attention import CausalSelfAttention
from kgen.networks.causal.grid import dropped, with_class
from kgen.networks.causal.positions import Positions
from kgen.networks.causal.sequence import Shift
from kgen.networks.settings import checked
from kgen.networks.text.layers import (
    NUM_LANGUAGES,
    LanguageDense,
    LanguageEmbedding,
    MaskedAttention,
)


@checked
def text_encoder(
    data_shape: Sequence[int],
    num_codes: int,
    width: int = 64,
    num_blocks: int = 2,
    num_heads: int = 4,
    dropout: float = 0.0,
    name: str = "text_encoder",
) -> keras.Model:
    """A Transformer that makes a vector of each word of a sentence, in two languages.

    The languages share all weights but the vectors of their words. Words attend to the
    words that `mask` marks. A block is `h + attention(norm(h))`, then
    `h + mlp(norm(h))`.

    Args:
        data_shape: `(length,)`, the most words of a sentence.
        num_codes: Number of codes of each language.
        width: Number of channels, a multiple of `num_heads`.
        num_blocks: Number of blocks.
        num_heads: Number of heads of attention.
        dropout: Rate of dropout on the output of each half of a block.
        name: Name of the network.

    Returns:
        `keras.Model` `x, language, mask -> (batch, length, width)`, with ints
        `(batch, length)`, ints `(batch,)`, 0 or 1, and bools `(batch, length)`.

    References:
        [Vaswani et al., 2017](https://arxiv.org/abs/1706.03762)
    """
    x = keras.Input(tuple(data_shape), name="x", dtype="int32")
    language = keras.Input((), name="language", dtype="int32")
    mask = keras.Input(tuple(data_shape), name="mask", dtype="bool")
    h = Positions()(LanguageEmbedding(num_codes, width)([x, language]))
    for _ in range(num_blocks):
        r = keras.layers.LayerNormalization()(h)
        h = keras.layers.Add()([h, dropped(_attention(r, r, mask, num_heads), dropout)])
        h = keras.layers.Add()([h, dropped(_perceptron(h), dropout)])
    z = keras.layers.LayerNormalization()(h)
    return keras.Model([x, language, mask], z, name=name)


@checked
def text_decoder(
    data_shape: Sequence[int],
    num_codes: int,
    width: int = 64,
    num_blocks: int = 2,
    num_heads: int = 4,
    dropout: float = 0.0,
    name: str = "text_decoder",
) -> keras.Model:
    """A causal Transformer that writes a sentence word by word, from latents.

    Each word attends to the words before it, and to the latents that `mask` marks. The
    languages share all weights but the vectors and logits of their words, and a vector
    that names the language.

    Args:
        data_shape: See `text_encoder`.
        num_codes: See `text_encoder`.
        width: Number of channels, also of the latents.
        num_blocks: See `text_encoder`.
        num_heads: See `text_encoder`.
        dropout: See `text_encoder`.
        name: Name of the network.

    Returns:
        `keras.Model` `x, language, z, mask -> logits (batch, length, num_codes)`. The
        logits at a position depend on the words x before it.

    References:
        [Vaswani et al., 2017](https://arxiv.org/abs/1706.03762)
    """
    x = keras.Input(tuple(data_shape), name="x", dtype="int32")
    language = keras.Input((), name="language", dtype="int32")
    z = keras.Input((*data_shape, width), name="z")
    mask = keras.Input(tuple(data_shape), name="mask", dtype="bool")
    h = Positions()(Shift()(LanguageEmbedding(num_codes, width)([x, language])))
    h = with_class(h, keras.ops.one_hot(language, NUM_LANGUAGES), None)
    for _ in range(num_blocks):
        r = CausalSelfAttention(num_heads)(keras.layers.LayerNormalization()(h))
        h = keras.layers.Add()([h, dropped(r, dropout)])
        r = _attention(keras.layers.LayerNormalization()(h), z, mask, num_heads)
        h = keras.layers.Add()([h, dropped(r, dropout)])
        h = keras.layers.Add()([h, dropped(_perceptron(h), dropout)])
    h = keras.layers.LayerNormalization()(h)
    logits = LanguageDense(num_codes)([h, language])
    return keras.Model([x, language, z, mask], logits, name=name)


def _attention(h, others, mask, num_heads):
    """Attention of vectors `h` to the marked ones of `others`."""
    width = h.shape[-1]
    # A bias of keys would change nothing: a query meets it in all keys alike.
    queries = keras.layers.Dense(width, use_bias=False)(h)
    keys = keras.layers.Dense(width, use_bias=False)(others)
    values = keras.layers.Dense(width, use_bias=False)(others)
    seen = MaskedAttention(num_heads)([queries, keys, values, mask])
    return keras.layers.Dense(width)(seen)


def _perceptron(h):
    width = h.shape[-1]
    r = keras.layers.Dense(2 * width, "gelu")(keras.layers.LayerNormalization()(h))
    return keras.layers.Dense(width)(r)
