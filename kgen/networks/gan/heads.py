"""The first and last layers of all generators and discriminators."""

import keras

from kgen.core.checks.values import check_count
from kgen.core.config import lookup
from kgen.networks.inputs import condition_input, condition_vector, conditioned, network
from kgen.networks.layers.activations import activated

CONDITIONING = ("concatenate", "projection")


def generator_input(latent_dim, num_classes, context_shape):
    """The inputs of a generator, and the input of its first layer.

    Args:
        latent_dim: Size of `z`.
        num_classes: Number of classes, or `None`.
        context_shape: If given, the network takes a `context` instead of labels.

    Returns:
        `((z, condition), h)`: `h` is `z` with the condition appended.
    """
    latent_dim = check_count("generator", "latent_dim", latent_dim)
    z = keras.Input((latent_dim,), name="z")
    condition = condition_input(num_classes, context_shape)
    return (z, condition), conditioned(z, condition, num_classes)


def data_output(h, activation):
    """Data in kgen's range: images in [0, 1], vectors unchanged.

    Args:
        h: Symbolic tensor of the data's shape.
        activation: Name. `"auto"` is `"sigmoid"` for images and none for vectors; an
            image's `"tanh"` is rescaled to [0, 1].
    """
    image = len(h.shape) == 4
    if activation == "auto":
        activation = "sigmoid" if image else None
    h = activated(h, activation)
    if image and activation == "tanh":
        h = keras.layers.Rescaling(0.5, 0.5)(h)
    return h


def discriminator_input(data_shape, conditioning, num_classes, context_shape):
    """The inputs of a discriminator, and the input of its first layer.

    Args:
        data_shape: Shape of `x` without the batch axis.
        conditioning: `"concatenate"` or `"projection"`.
        num_classes: Number of classes, or `None`.
        context_shape: If given, the network takes a `context` instead of labels.

    Returns:
        `((x, condition), h)`: `h` is `x`, with images in [-1, 1], and with the
        condition appended as channels for `"concatenate"`.

    Raises:
        ValueError: for another conditioning.
    """
    lookup("conditioning", conditioning, dict.fromkeys(CONDITIONING))
    x = keras.Input(tuple(data_shape), name="x")
    condition = condition_input(num_classes, context_shape)
    h = keras.layers.Rescaling(2.0, -1.0)(x) if len(data_shape) == 3 else x
    if conditioning == "concatenate":
        h = conditioned(h, condition, num_classes)
    return (x, condition), h


def logits(h, condition, conditioning, num_classes, dense):
    """The last layer of a discriminator: `w . h`, or `w . h + V[condition] . h`.

    There is no bias: Wasserstein and relativistic losses would not depend on it.

    Args:
        h: Symbolic features `(batch, units)`.
        condition: Symbolic labels `(batch,)`, context `(batch, *context_shape)`, or
            `None`.
        conditioning: `"concatenate"`, or `"projection"` for the second formula.
        num_classes: Number of classes, or `None`.
        dense: Class of the dense layers: `keras.layers.Dense` or `SpectralDense`.

    Returns:
        Symbolic logits `(batch, 1)`.

    References:
        [Miyato & Koyama, 2018](https://arxiv.org/abs/1802.05637)
    """
    output = dense(1, use_bias=False, name="logits")(h)
    if condition is None or conditioning != "projection":
        return output
    vector = condition_vector(condition, num_classes)
    rows = dense(h.shape[-1], use_bias=False, name="projection")(vector)
    return output + keras.ops.sum(rows * h, axis=-1, keepdims=True)


def auxiliary_head(units, num_outputs, hidden=(), name="head"):
    """A network from a discriminator's features to outputs of a second task.

    Args:
        units: Number of features.
        num_outputs: Number of outputs.
        hidden: Units of the hidden layers.
        name: Name of the network.

    Returns:
        `keras.Model` `features -> (batch, num_outputs)`.
    """
    features = keras.Input((units,), name="features")
    h = features
    for size in hidden:
        h = activated(keras.layers.Dense(size)(h), "leaky_relu")
    return network(name, (features,), keras.layers.Dense(num_outputs)(h))
