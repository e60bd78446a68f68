"""What generators and discriminators of all architectures have in common."""

import keras

from kgen.core.checks import check_count
from kgen.core.config import lookup
from kgen.networks.activations import activated
from kgen.networks.inputs import conditioned, labels_input

CONDITIONING = ("concatenate", "projection")


def generator_input(latent_dim, num_classes):
    """The inputs of a generator, and what its first layer sees.

    Args:
        latent_dim: Size of `z`.
        num_classes: Number of classes, or `None`.

    Returns:
        `((z, labels), h)`: `h` is `z` with the labels appended one-hot.
    """
    latent_dim = check_count("generator", "latent_dim", latent_dim)
    z = keras.Input((latent_dim,), name="z")
    labels = labels_input(num_classes)
    return (z, labels), conditioned(z, labels, num_classes)


def data_output(h, activation):
    """Data in kgen's range: images in [0, 1], vectors as they are.

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


def discriminator_input(data_shape, conditioning, num_classes):
    """The inputs of a discriminator, and what its first layer sees.

    Args:
        data_shape: Shape of `x` without the batch axis.
        conditioning: `"concatenate"` or `"projection"`.
        num_classes: Number of classes, or `None`.

    Returns:
        `((x, labels), h)`: `h` is `x`, an image in [-1, 1], with the labels appended as
        one-hot channels if they are to be concatenated.

    Raises:
        ValueError: for another conditioning.
    """
    lookup("conditioning", conditioning, dict.fromkeys(CONDITIONING))
    x = keras.Input(tuple(data_shape), name="x")
    labels = labels_input(num_classes)
    h = keras.layers.Rescaling(2.0, -1.0)(x) if len(data_shape) == 3 else x
    if conditioning == "concatenate":
        h = conditioned(h, labels, num_classes)
    return (x, labels), h


def logits(h, labels, conditioning, num_classes, dense):
    """The last layer of a discriminator: `w . h`, or `w . h + V[labels] . h`.

    There is no bias: Wasserstein and relativistic losses do not see one.

    Args:
        h: Symbolic features `(batch, units)`.
        labels: Symbolic int tensor `(batch,)`, or `None`.
        conditioning: `"concatenate"`, or `"projection"` for the second formula.
        num_classes: Number of classes, or `None`.
        dense: What makes a dense layer: `keras.layers.Dense` or `SpectralDense`.

    Returns:
        Symbolic logits `(batch, 1)`.

    References:
        [Miyato & Koyama, 2018](https://arxiv.org/abs/1802.05637)
    """
    output = dense(1, use_bias=False, name="logits")(h)
    if labels is None or conditioning != "projection":
        return output
    one_hot = keras.ops.one_hot(labels, num_classes)
    rows = dense(h.shape[-1], use_bias=False, name="projection")(one_hot)
    return output + keras.ops.sum(rows * h, axis=-1, keepdims=True)
