"""Convolutions with max pooling: the classic autoencoder, whose code is a grid."""

from collections.abc import Callable, Sequence

import keras

from kgen.networks.conv import cropped, image_output
from kgen.networks.inputs import condition_input, conditioned, network
from kgen.networks.settings import checked


@checked
def pooled_encoder(
    data_shape: Sequence[int],
    filters: Sequence[int] = (16, 8, 8),
    kernel_size: int = 3,
    activation: str | Callable | None = "relu",
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "encoder",
) -> keras.Model:
    """Convolutions, each followed by 2x2 max pooling, from an image to a grid.

    28x28x1 -> 14x14x16 -> 7x7x8 -> 4x4x8 with the defaults.

    Args:
        data_shape: `(height, width, channels)`, any sizes.
        filters: Filters of each convolution; the last is the depth of the code.
        kernel_size: Kernel size of each convolution.
        activation: Activation of each convolution.
        num_classes: If given, the network takes `labels`, appended to the image as
            one-hot channels.
        context_shape: If given, the network takes a `context` instead of labels.
        name: Name of the network.

    Returns:
        `keras.Model` `x[, condition] -> (batch, height', width', filters[-1])`, sizes
        halved and rounded up for each convolution.
    """
    x = keras.Input(tuple(data_shape), name="x")
    condition = condition_input(num_classes, context_shape)
    h = conditioned(x, condition, num_classes)
    for width in filters:
        h = keras.layers.Conv2D(width, kernel_size, 1, "same", activation=activation)(h)
        h = keras.layers.MaxPooling2D(2, padding="same")(h)
    return network(name, (x, condition), h)


@checked
def pooled_decoder(
    data_shape: Sequence[int],
    filters: Sequence[int] = (8, 8, 16),
    kernel_size: int = 3,
    activation: str | Callable | None = "relu",
    output_activation: str | Callable | None = None,
    num_parameters: int = 1,
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "decoder",
) -> keras.Model:
    """Convolutions, each followed by a doubling of the size, from a grid to an image.

    The mirror of `pooled_encoder`. If the encoder rounded sizes up, the result would be
    too large. A convolution without padding removes the excess if it fits exactly
    (16x16 -> 14x14 on the way to 28x28); otherwise the result is cropped.

    Args:
        data_shape: `(height, width, channels)`, any sizes.
        filters: Filters of each convolution; the first is the depth of the code.
        kernel_size: Kernel size of each convolution.
        activation: Activation of all convolutions but the last.
        output_activation: `"sigmoid"` for images in [0, 1], `None` for the parameters
            of a likelihood.
        num_parameters: Parameters for each value of the image.
        num_classes: If given, the network takes `labels`, appended to `z` as one-hot
            channels.
        context_shape: If given, the network takes a `context` instead of labels.
        name: Name of the network.

    Returns:
        `keras.Model` `z[, condition] -> (batch, height, width, channels *
        num_parameters)`.
    """
    *size, channels = data_shape
    steps = len(filters)
    z = keras.Input((*(-(-n // 2**steps) for n in size), filters[0]), name="z")
    condition = condition_input(num_classes, context_shape)
    h = conditioned(z, condition, num_classes)
    for step, width in enumerate(filters):
        # The final size, if this convolution had no padding.
        left = [(n - kernel_size + 1) * 2 ** (steps - step) for n in h.shape[1:3]]
        padding = "valid" if left == size else "same"
        h = keras.layers.Conv2D(
            width, kernel_size, padding=padding, activation=activation
        )(h)
        h = keras.layers.UpSampling2D(2)(h)
    h = cropped(h, size)
    depth = channels * num_parameters
    output = image_output(h, depth, kernel_size, output_activation)
    return network(name, (z, condition), output)
