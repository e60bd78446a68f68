"""Convolutions between an image and a grid of vectors, the code of a VQ-VAE."""

from collections.abc import Callable, Sequence

import keras

from kgen.networks.conv import downsampled, image_output, steps_down, upsampled
from kgen.networks.inputs import condition_input, conditioned, network
from kgen.networks.settings import checked


@checked
def grid_encoder(
    data_shape: Sequence[int],
    code_dim: int,
    filters: Sequence[int] = (32, 64),
    kernel_size: int | None = None,
    strides: int = 2,
    activation: str | Callable | None = "relu",
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "encoder",
) -> keras.Model:
    """Strided convolutions from an image to a grid of vectors.

    Args:
        data_shape: `(height, width, channels)`, any sizes.
        code_dim: Size of each vector.
        filters: Filters of the convolutions. Each divides height and width by
            `strides`, rounding up.
        kernel_size: Kernel size of each convolution; `2 * strides` by default.
        strides: Strides of each convolution.
        activation: Activation of each convolution; a linear 1x1 convolution follows.
        num_classes: If given, the network takes `labels`, appended to the image as
            one-hot channels.
        context_shape: If given, the network takes a `context` instead of labels.
        name: Name of the network.

    Returns:
        `keras.Model` `x[, condition] -> (batch, height', width', code_dim)`.
    """
    x = keras.Input(tuple(data_shape), name="x")
    condition = condition_input(num_classes, context_shape)
    h = conditioned(x, condition, num_classes)
    h = downsampled(h, filters, kernel_size, strides, activation)
    return network(name, (x, condition), keras.layers.Conv2D(code_dim, 1)(h))


@checked
def grid_decoder(
    code_dim: int,
    data_shape: Sequence[int],
    filters: Sequence[int] = (64, 32),
    kernel_size: int | None = None,
    strides: int = 2,
    upsample: str = "transpose",
    output_kernel_size: int = 3,
    activation: str | Callable | None = "relu",
    output_activation: str | Callable | None = None,
    num_parameters: int = 1,
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "decoder",
) -> keras.Model:
    """Upsampling convolutions from a grid of vectors to an image.

    The mirror of `grid_encoder`, with a convolution over neighbours first.

    Args:
        code_dim: Size of each vector.
        data_shape: `(height, width, channels)`, any sizes.
        filters: Filters of each upsampling step, from the grid to the image.
        kernel_size: Kernel size of each step, see `conv_decoder`.
        strides: Factor of each step.
        upsample: See `conv_decoder`.
        output_kernel_size: Kernel size of the last convolution, which keeps the size.
        activation: Activation of all layers but the last.
        output_activation: `"sigmoid"` for images in [0, 1], `None` for the parameters
            of a likelihood.
        num_parameters: Parameters for each value of the image.
        num_classes: If given, the network takes `labels`, appended to the vectors
            one-hot.
        context_shape: If given, the network takes a `context` instead of labels.
        name: Name of the network.

    Returns:
        `keras.Model` `z[, condition] -> (batch, height, width, channels *
        num_parameters)`.
    """
    *size, channels = data_shape
    grid = steps_down(size, len(filters), strides)[-1]
    z = keras.Input((*grid, code_dim), name="z")
    condition = condition_input(num_classes, context_shape)
    h = conditioned(z, condition, num_classes)
    h = keras.layers.Conv2D(filters[0], 3, padding="same", activation=activation)(h)
    h = upsampled(h, size, filters, kernel_size, strides, upsample, activation)
    depth = channels * num_parameters
    output = image_output(h, depth, output_kernel_size, output_activation)
    return network(name, (z, condition), output)
