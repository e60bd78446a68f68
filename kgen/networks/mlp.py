"""Multi-layer perceptrons for vectors and for small images."""

import math

import keras

from kgen.networks.inputs import conditioned, labels_input, network


def mlp_encoder(
    data_shape,
    output_dim,
    hidden=(512,),
    activation="relu",
    output_activation=None,
    num_classes=None,
    name="encoder",
):
    """A perceptron from data to a vector.

    Args:
        data_shape: Shape of `x` without the batch axis.
        output_dim: Size of the output: the latent's, or as many as its posterior
            has parameters.
        hidden: Units of each hidden layer.
        activation: Of the hidden layers.
        output_activation: Of the output.
        num_classes: If given, the network takes `labels`, appended one-hot to `x`.
        name: Name of the network.

    Returns:
        `keras.Model` `x[, labels] -> (batch, output_dim)`.
    """
    x = keras.Input(tuple(data_shape), name="x")
    labels = labels_input(num_classes)
    h = conditioned(keras.layers.Flatten()(x), labels, num_classes)
    for units in hidden:
        h = keras.layers.Dense(units, activation)(h)
    output = keras.layers.Dense(output_dim, output_activation)(h)
    return network(name, (x, labels), output)


def mlp_decoder(
    latent_dim,
    data_shape,
    hidden=(512,),
    activation="relu",
    output_activation=None,
    num_parameters=1,
    num_classes=None,
    name="decoder",
):
    """A perceptron from a latent vector to data, or to the parameters of data.

    Args:
        latent_dim: Size of `z`.
        data_shape: Shape of `x` without the batch axis.
        hidden: Units of each hidden layer, from the latent to the data.
        activation: Of the hidden layers.
        output_activation: Of the output: `"sigmoid"` for images in [0, 1], `None` for
            the parameters of a likelihood.
        num_parameters: Parameters for each value of `x`: the last axis of the output
            is that many times the last axis of the data.
        num_classes: If given, the network takes `labels`, appended one-hot to `z`.
        name: Name of the network.

    Returns:
        `keras.Model` `z[, labels] -> (batch, ..., channels * num_parameters)`.
    """
    z = keras.Input((latent_dim,), name="z")
    labels = labels_input(num_classes)
    h = conditioned(z, labels, num_classes)
    for units in hidden:
        h = keras.layers.Dense(units, activation)(h)
    shape = (*data_shape[:-1], data_shape[-1] * num_parameters)
    output = keras.layers.Dense(math.prod(shape), output_activation)(h)
    output = keras.layers.Reshape(shape)(output)
    return network(name, (z, labels), output)
