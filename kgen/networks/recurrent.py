"""Recurrent networks between sequences of ints and vectors."""

from collections.abc import Sequence

import keras

from kgen.networks.causal.grid import dropped, with_class
from kgen.networks.inputs import condition_input, conditioned, network
from kgen.networks.settings import checked


@checked
def bidirectional_encoder(
    data_shape: Sequence[int],
    output_dim: int,
    num_codes: int,
    width: int = 64,
    num_blocks: int = 1,
    dropout: float = 0.0,
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "encoder",
) -> keras.Model:
    """LSTMs that read a sequence of ints in both directions, and give one vector.

    Args:
        data_shape: `(steps,)`.
        output_dim: Size of the output.
        num_codes: Number of codes.
        width: Units of each LSTM.
        num_blocks: Number of LSTMs in each direction.
        dropout: Share of units that are left out in training after each LSTM.
        num_classes: If given, the network takes `labels`.
        context_shape: If given, the network takes a `context` instead of labels.
        name: Name of the network.

    Returns:
        `keras.Model` `x[, condition] -> (batch, output_dim)`.

    References:
        [Schuster & Paliwal, 1997](https://doi.org/10.1109/78.650093)
    """
    x = keras.Input(tuple(data_shape), name="x", dtype="int32")
    condition = condition_input(num_classes, context_shape)
    h = keras.layers.Embedding(num_codes, width)(x)
    h = with_class(h, condition, num_classes)
    for block in range(num_blocks):
        # Keras keeps a seed for the layer's dropout, even if there is none.
        lstm = keras.layers.LSTM(width, return_sequences=block < num_blocks - 1, seed=0)
        h = dropped(keras.layers.Bidirectional(lstm)(h), dropout)
    return network(name, (x, condition), keras.layers.Dense(output_dim)(h))


@checked
def conductor(
    latent_dim: int,
    num_segments: int,
    output_dim: int = 64,
    width: int = 64,
    num_blocks: int = 1,
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "conductor",
) -> keras.Model:
    """LSTMs that turn a latent into a vector for each segment of a sequence.

    The latent sets their first states, and enters at each segment.

    Args:
        latent_dim: Size of the latent.
        num_segments: Number of segments, such as the bars of a melody.
        output_dim: Size of the vector of a segment.
        width: Units of each LSTM.
        num_blocks: Number of LSTMs.
        num_classes: If given, the network takes `labels`.
        context_shape: If given, the network takes a `context` instead of labels.
        name: Name of the network.

    Returns:
        `keras.Model` `z[, condition] -> (batch, num_segments, output_dim)`.

    References:
        [Roberts et al., 2018](https://arxiv.org/abs/1803.05428)
    """
    z = keras.Input((latent_dim,), name="z")
    condition = condition_input(num_classes, context_shape)
    start = conditioned(z, condition, num_classes)
    h = keras.layers.RepeatVector(num_segments)(start)
    for _ in range(num_blocks):
        state = [keras.layers.Dense(width, activation="tanh")(start) for _ in "hc"]
        lstm = keras.layers.LSTM(width, return_sequences=True, seed=0)
        h = lstm(h, initial_state=state)
    output = keras.layers.Dense(output_dim, activation="tanh")(h)
    return network(name, (z, condition), output)
