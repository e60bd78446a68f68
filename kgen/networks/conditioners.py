"""Networks that give the parameters of a coupling step."""

from collections.abc import Callable, Sequence

import keras

from kgen.networks.inputs import conditioned, context_input, labels_input, network
from kgen.networks.layers.dropout import Dropout
from kgen.networks.settings import checked


@checked
def mlp_conditioner(
    input_dim: int,
    output_dim: int,
    num_parameters: int = 1,
    hidden: Sequence[int] = (64, 64),
    activation: str | Callable | None = "relu",
    dropout: float = 0.0,
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "conditioner",
) -> keras.Model:
    """A perceptron from some values to the parameters of others.

    The last layer starts at 0, where the transforms of `kgen.flows` are the identity.

    Args:
        input_dim: Number of given values.
        output_dim: Number of values that get parameters.
        num_parameters: Number of parameters of each value.
        hidden: Units of each hidden layer.
        activation: Activation of the hidden layers.
        dropout: Share of hidden units that are left out in training.
        num_classes: If given, the network takes `labels`, appended one-hot.
        context_shape: If given, the network takes a `context` of this shape, an int for
            vectors, appended as a vector.
        name: Name of the network.

    Returns:
        `keras.Model` `x[, labels][, context] -> (batch, output_dim * num_parameters)`.
    """
    x = keras.Input((input_dim,), name="x")
    labels = labels_input(num_classes)
    context = context_input(context_shape)
    h = conditioned(conditioned(x, labels, num_classes), context, None)
    for units in hidden:
        h = keras.layers.Dense(units, activation)(h)
        if dropout:
            h = Dropout(dropout)(h)
    output = keras.layers.Dense(
        output_dim * num_parameters, kernel_initializer="zeros"
    )(h)
    return network(name, (x, labels, context), output)


def conv_conditioner(
    input_shape: Sequence[int],
    output_channels: int,
    num_parameters: int = 1,
    filters: int = 64,
    activation: str | Callable | None = "relu",
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "conditioner",
) -> keras.Model:
    """Convolutions of 3x3, 1x1 and 3x3 from some channels to the parameters of others.

    The network of Glow. The last layer starts at 0, where the transforms of
    `kgen.flows` are the identity.

    Args:
        input_shape: `(height, width, channels)` of the given channels.
        output_channels: Number of channels that get parameters.
        num_parameters: Number of parameters of each value.
        filters: Channels of the hidden layers.
        activation: Activation of the hidden layers.
        num_classes: If given, the network takes `labels`, as one-hot channels.
        context_shape: If given, the network takes a `context` of this shape, an int for
            vectors, appended to all places. An image is appended in the size of x.
        name: Name of the network.

    Returns:
        `keras.Model` `x[, labels][, context] -> (batch, height, width, output_channels
        * num_parameters)`.

    References:
        [Kingma & Dhariwal, 2018](https://arxiv.org/abs/1807.03039)
    """
    x = keras.Input(tuple(input_shape), name="x")
    labels = labels_input(num_classes)
    context = context_input(context_shape)
    h = conditioned(conditioned(x, labels, num_classes), context, None)
    for kernel_size in (3, 1):
        h = keras.layers.Conv2D(
            filters, kernel_size, padding="same", activation=activation
        )(h)
    output = keras.layers.Conv2D(
        output_channels * num_parameters, 3, padding="same", kernel_initializer="zeros"
    )(h)
    return network(name, (x, labels, context), output)
