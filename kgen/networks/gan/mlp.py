"""The generator and the discriminator of a GAN as multi-layer perceptrons."""

import math
from collections.abc import Callable, Sequence

import keras

from kgen.networks.gan.heads import (
    data_output,
    discriminator_input,
    generator_input,
    logits,
)
from kgen.networks.inputs import network
from kgen.networks.layers.activations import activated, pieces
from kgen.networks.layers.normalization import normalized
from kgen.networks.layers.spectral import SpectralDense
from kgen.networks.settings import checked


@checked
def mlp_generator(
    latent_dim: int,
    data_shape: Sequence[int],
    hidden: Sequence[int] = (256, 256),
    activation: str | Callable | None = "relu",
    normalization: str | None = None,
    output_activation: str | Callable | None = "auto",
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "generator",
) -> keras.Model:
    """A perceptron from a latent vector to data.

    Args:
        latent_dim: Size of `z`.
        data_shape: Shape of `x` without the batch axis.
        hidden: Units of each hidden layer, from the latent to the data.
        activation: Activation of the hidden layers, see `activated`.
        normalization: Normalisation of the hidden layers, before the activation:
            `None`, `"batch"` or `"layer"`.
        output_activation: Activation of the output. `"auto"` is `"sigmoid"` for images
            and none for vectors; an image's `"tanh"` is rescaled to [0, 1].
        num_classes: If given, the network takes `labels`, appended one-hot to `z`.
        context_shape: If given, the network takes a `context` instead of labels.
        name: Name of the network.

    Returns:
        `keras.Model` `z[, condition] -> (batch, *data_shape)`.

    Example:

    >>> kgen.networks.mlp_generator(2, (2,), hidden=(400,)).count_params()
    2002
    """
    inputs, h = generator_input(latent_dim, num_classes, context_shape)
    h = perceptron(h, hidden, activation, normalization)
    h = keras.layers.Dense(math.prod(data_shape))(h)
    h = keras.layers.Reshape(tuple(data_shape))(h)
    return network(name, inputs, data_output(h, output_activation))


@checked
def mlp_discriminator(
    data_shape: Sequence[int],
    hidden: Sequence[int] = (256, 256),
    activation: str | Callable | None = "leaky_relu",
    normalization: str | None = None,
    spectral: bool = False,
    conditioning: str = "concatenate",
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """A perceptron from data to one logit.

    Args:
        data_shape: Shape of `x` without the batch axis. Images are rescaled to [-1, 1].
        hidden: Units of each hidden layer.
        activation: Activation of the hidden layers, see `activated`.
        normalization: Normalisation of the hidden layers, before the activation:
            `None`, `"batch"` or `"layer"`.
        spectral: Whether all layers are a `SpectralDense`.
        conditioning: How the network uses labels: `"concatenate"` appends them one-hot
            to `x`; `"projection"` adds `V[labels] . h` to the logit, with `h` the last
            features.
        num_classes: If given, the network takes `labels`.
        context_shape: If given, the network takes a `context` instead of labels.
        name: Name of the network.

    Returns:
        `keras.Model` `x[, condition] -> (batch, 1)`. The last layer has no bias.

    Example:

    >>> network = kgen.networks.mlp_discriminator((2,), (200,), activation="maxout")
    >>> network.count_params()
    3200

    References:
        [Miyato & Koyama, 2018](https://arxiv.org/abs/1802.05637) for the projection.
    """
    dense = SpectralDense if spectral else keras.layers.Dense
    (x, condition), h = discriminator_input(
        data_shape, conditioning, num_classes, context_shape
    )
    h = keras.layers.Flatten()(h)
    h = perceptron(h, hidden, activation, normalization, dense)
    output = logits(h, condition, conditioning, num_classes, dense)
    return network(name, (x, condition), output)


def perceptron(h, hidden, activation, normalization, dense=keras.layers.Dense):
    """Dense layers, each normalised and activated.

    Args:
        h: Symbolic tensor `(batch, units)`.
        hidden: Units of each layer.
        activation: See `activated`.
        normalization: See `normalized`; with one, layers have no bias.
        dense: Class of the layers: `keras.layers.Dense` or `SpectralDense`.
    """
    for units in hidden:
        h = dense(units * pieces(activation), use_bias=normalization is None)(h)
        h = activated(normalized(h, normalization), activation)
    return h
