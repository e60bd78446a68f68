"""Networks over sequences: an LSTM, and a causal Transformer."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from kgen.networks.causal.attention import CausalSelfAttention
from kgen.networks.causal.grid import dropped, with_class
from kgen.networks.causal.layer import CausalLayer
from kgen.networks.causal.positions import Positions
from kgen.networks.inputs import condition_input, network
from kgen.networks.settings import checked


class Shift(CausalLayer):
    """Each step takes the value of the step before; the first step takes zeros.

    After it, layers that see the present step form a causal network.

    Input and output: `(batch, steps, channels)`.
    """

    def call(self, x):
        """The sequence, one step later."""
        return tf.pad(x, [[0, 0], [1, 0], [0, 0]])[:, :-1]

    def start(self, value, width):
        """Zeros."""
        return tf.zeros_like(value)

    def next_position(self, state, value, column):
        """The value of the step before; the state keeps the present value."""
        return state, value


@checked
def lstm(
    data_shape: Sequence[int],
    num_parameters: int = 1,
    width: int = 64,
    num_blocks: int = 1,
    dropout: float = 0.0,
    joint: bool = False,
    num_codes: int | None = None,
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "lstm",
) -> keras.Model:
    """LSTMs over a sequence, whose states remember the steps before.

    Args:
        data_shape: `(steps, channels)`; with `num_codes` `(steps,)`.
        num_parameters: Parameters of the likelihood for each value, or for a whole step
            if `joint`.
        width: Units of each LSTM.
        num_blocks: Number of LSTMs.
        dropout: Share of units that are left out in training after each LSTM.
        joint: Whether the likelihood is for all channels of a step together.
        num_codes: Number of codes, for data of ints, such as an image as tokens.
        num_classes: If given, the network takes `labels`.
        context_shape: If given, the network takes a `context` instead of labels.
        name: Name of the network.

    Returns:
        `keras.Model` `x[, condition] -> (batch, steps, channels * num_parameters)`.

    References:
        [Hochreiter & Schmidhuber, 1997](https://doi.org/10.1162/neco.1997.9.8.1735)
    """
    x, h = start(data_shape, num_codes, width)
    condition = condition_input(num_classes, context_shape)
    h = with_class(h, condition, num_classes)
    for _ in range(num_blocks):
        # Keras keeps a seed for the layer's dropout, even if there is none.
        h = keras.layers.LSTM(width, return_sequences=True, seed=0)(h)
        h = dropped(h, dropout)
    h = output(data_shape, num_parameters, joint, num_codes)(h)
    return network(name, (x, condition), h)


@checked
def transformer(
    data_shape: Sequence[int],
    num_parameters: int = 1,
    width: int = 64,
    num_blocks: int = 2,
    num_heads: int = 4,
    dropout: float = 0.0,
    joint: bool = False,
    num_codes: int | None = None,
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "transformer",
) -> keras.Model:
    """A causal Transformer like GPT: each step attends to itself and to earlier steps.

    A block is `h + attention(norm(h))`, then `h + mlp(norm(h))`. The perceptron is four
    times as wide as the rest.

    Args:
        data_shape: See `lstm`.
        num_parameters: See `lstm`.
        width: Number of channels, a multiple of `num_heads`.
        num_blocks: Number of blocks.
        num_heads: Number of heads of attention.
        dropout: Rate of dropout on the output of each half of a block.
        joint: See `lstm`.
        num_codes: See `lstm`.
        num_classes: If given, the network takes `labels`.
        context_shape: If given, the network takes a `context` instead of labels.
        name: Name of the network.

    Returns:
        `keras.Model` `x[, condition] -> (batch, steps, channels * num_parameters)`.

    References:
        [Vaswani et al., 2017](https://arxiv.org/abs/1706.03762),
        [Chen et al., 2020](https://proceedings.mlr.press/v119/chen20s.html) (images
        as tokens)
    """
    x, h = start(data_shape, num_codes, width)
    condition = condition_input(num_classes, context_shape)
    h = with_class(Positions()(h), condition, num_classes)

    for _ in range(num_blocks):
        r = keras.layers.LayerNormalization()(h)
        r = CausalSelfAttention(num_heads)(r)
        h = keras.layers.Add()([h, dropped(r, dropout)])
        r = keras.layers.LayerNormalization()(h)
        r = keras.layers.Dense(4 * width, activation="gelu")(r)
        r = keras.layers.Dense(width)(r)
        h = keras.layers.Add()([h, dropped(r, dropout)])
    h = keras.layers.LayerNormalization()(h)
    h = output(data_shape, num_parameters, joint, num_codes)(h)
    return network(name, (x, condition), h)


def start(data_shape, num_codes, width):
    """The input of a network over a sequence, and its vectors, one step later."""
    if num_codes is None:
        x = keras.Input(tuple(data_shape), name="x")
        return x, Shift()(keras.layers.Dense(width)(x))
    x = keras.Input(tuple(data_shape), name="x", dtype="int32")
    return x, Shift()(keras.layers.Embedding(num_codes, width)(x))


def output(data_shape, num_parameters, joint, num_codes):
    """The last layer, which gives all parameters of a step."""
    values = 1 if joint or num_codes is not None else data_shape[-1]
    return keras.layers.Dense(values * num_parameters)
