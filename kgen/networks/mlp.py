"""Multi-layer perceptrons for vectors and for small images."""

import math
from collections.abc import Callable, Sequence

import keras

from kgen.networks.inputs import condition_input, conditioned, network
from kgen.networks.settings import checked
from kgen.networks.tied import tied_decoder


@checked
def mlp_autoencoder(
    data_shape: Sequence[int],
    latent_dim: int,
    hidden: Sequence[int] = (),
    activation: str | Callable | None = "relu",
    code_activation: str | Callable | None = None,
    output_activation: str | Callable | None = None,
    tied: bool = False,
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
) -> tuple[keras.Model, keras.Model]:
    """A symmetric pair of perceptrons: `hidden`, the code, and `hidden` reversed.

    With input and output there are `2 len(hidden) + 3` layers, and the code lies in the
    middle: `hidden=(128, 64)` and a code of 32 for 784 pixels give
    784-128-64-32-64-128-784.

    Args:
        data_shape: Shape of `x` without the batch axis.
        latent_dim: Size of the code.
        hidden: Units of the encoder's hidden layers.
        activation: Activation of the hidden layers.
        code_activation: Activation of the code.
        output_activation: Activation of the output: `"sigmoid"` for images in [0, 1].
        tied: Whether the decoder's kernels are the encoder's, transposed.
        num_classes: If given, both networks take `labels`.
        context_shape: If given, the network takes a `context` instead of labels.

    Returns:
        Encoder and decoder, two `keras.Model`s.

    Raises:
        ValueError: for `tied` networks that take labels.

    Example:

    >>> networks = mlp_autoencoder((28, 28, 1), 32, output_activation="sigmoid")
    >>> sum(network.count_params() for network in networks)
    50992
    """
    common = {
        "activation": activation,
        "num_classes": num_classes,
        "context_shape": context_shape,
    }
    encoder = mlp_encoder(
        data_shape, latent_dim, hidden, output_activation=code_activation, **common
    )
    if tied:
        return encoder, tied_decoder(encoder, output_activation)
    decoder = mlp_decoder(
        latent_dim,
        data_shape,
        tuple(hidden)[::-1],
        output_activation=output_activation,
        **common,
    )
    return encoder, decoder


@checked
def mlp_encoder(
    data_shape: Sequence[int],
    output_dim: int,
    hidden: Sequence[int] = (512,),
    activation: str | Callable | None = "relu",
    output_activation: str | Callable | None = None,
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "encoder",
) -> keras.Model:
    """A perceptron from data to a vector.

    Args:
        data_shape: Shape of `x` without the batch axis.
        output_dim: Size of the output: that of the latent, or the number of parameters
            of its posterior.
        hidden: Units of each hidden layer.
        activation: Activation of the hidden layers.
        output_activation: Activation of the output.
        num_classes: If given, the network takes `labels`, appended one-hot to `x`.
        context_shape: If given, the network takes a `context` instead of labels.
        name: Name of the network.

    Returns:
        `keras.Model` `x[, condition] -> (batch, output_dim)`.
    """
    x = keras.Input(tuple(data_shape), name="x")
    condition = condition_input(num_classes, context_shape)
    h = conditioned(keras.layers.Flatten()(x), condition, num_classes)
    for units in hidden:
        h = keras.layers.Dense(units, activation)(h)
    output = keras.layers.Dense(output_dim, output_activation)(h)
    return network(name, (x, condition), output)


@checked
def mlp_decoder(
    latent_dim: int,
    data_shape: Sequence[int],
    hidden: Sequence[int] = (512,),
    activation: str | Callable | None = "relu",
    output_activation: str | Callable | None = None,
    num_parameters: int = 1,
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "decoder",
) -> keras.Model:
    """A perceptron from a latent vector to data, or to the parameters of data.

    Args:
        latent_dim: Size of `z`.
        data_shape: Shape of `x` without the batch axis.
        hidden: Units of each hidden layer, from the latent to the data.
        activation: Activation of the hidden layers.
        output_activation: Activation of the output: `"sigmoid"` for images in [0, 1],
            `None` for the parameters of a likelihood.
        num_parameters: Number of parameters for each value of `x`: the last axis of the
            output is `num_parameters` times that of the data.
        num_classes: If given, the network takes `labels`, appended one-hot to `z`.
        context_shape: If given, the network takes a `context` instead of labels.
        name: Name of the network.

    Returns:
        `keras.Model` `z[, condition] -> (batch, ..., channels * num_parameters)`.
    """
    z = keras.Input((latent_dim,), name="z")
    condition = condition_input(num_classes, context_shape)
    h = conditioned(z, condition, num_classes)
    for units in hidden:
        h = keras.layers.Dense(units, activation)(h)
    shape = (*data_shape[:-1], data_shape[-1] * num_parameters)
    output = keras.layers.Dense(math.prod(shape), output_activation)(h)
    output = keras.layers.Reshape(shape)(output)
    return network(name, (z, condition), output)
