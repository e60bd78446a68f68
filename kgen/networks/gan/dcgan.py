"""The generator and the discriminator of the deep convolutional GAN."""

import functools
from collections.abc import Callable, Sequence

import keras

from kgen.networks.conv import (
    check_image,
    cropped,
    downsampled,
    enlarged,
    projected,
    steps_down,
    upsampled,
)
from kgen.networks.gan.heads import (
    data_output,
    discriminator_input,
    generator_input,
    logits,
)
from kgen.networks.inputs import network
from kgen.networks.layers.activations import activated, pieces
from kgen.networks.layers.normalization import normalized
from kgen.networks.layers.spectral import SpectralConv2D, SpectralDense
from kgen.networks.settings import checked

STRIDES = 2


@checked
def dcgan_generator(
    latent_dim: int,
    data_shape: Sequence[int],
    filters: Sequence[int] = (128, 64),
    activation: str | Callable | None = "relu",
    normalization: str | None = "batch",
    upsample: str = "transpose",
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "generator",
) -> keras.Model:
    """A dense layer to a small feature map; each convolution then doubles its size.

    Kernels start as N(0, 0.02^2). They are 4x4, a multiple of the stride, so there is
    no checkerboard. The last convolution ends in tanh, rescaled to [0, 1].

    Args:
        latent_dim: Size of `z`.
        data_shape: `(height, width, channels)`, any sizes.
        filters: Channels of the feature maps, from the smallest map up, one for each
            doubling; `(1024, 512, 256, 128)` in the paper, for 64x64 pixels.
        activation: Activation of all layers but the last, see `activated`.
        normalization: Normalisation of all layers but the last, see `normalized`.
        upsample: See `conv_decoder`; kernels are 3x3 after a resize.
        num_classes: If given, the network takes `labels`, appended one-hot to `z`.
        context_shape: If given, the network takes a `context` instead of labels.
        name: Name of the network.

    Returns:
        `keras.Model` `z[, condition] -> (batch, height, width, channels)`.

    Example:

    >>> generator = kgen.networks.dcgan_generator(16, (28, 28, 1))
    >>> generator(np.zeros((3, 16))).shape
    TensorShape([3, 28, 28, 1])

    References:
        [Radford et al., 2016](https://arxiv.org/abs/1511.06434)
    """
    check_image(data_shape)
    *size, channels = data_shape
    sizes = steps_down(size, len(filters), STRIDES)
    start = {"kernel_initializer": initializer(), "use_bias": normalization is None}
    inputs, h = generator_input(latent_dim, num_classes, context_shape)
    h = projected(h, sizes[-1], filters[0] * pieces(activation), **start)
    h = activated(normalized(h, normalization), activation)
    steps = (None, STRIDES, upsample)
    options = (activation, normalization, initializer())
    h = upsampled(h, sizes[1], filters[1:], *steps, *options)
    h = enlarged(h, channels, *steps, kernel_initializer=initializer())
    return network(name, inputs, data_output(cropped(h, size), "tanh"))


@checked
def dcgan_discriminator(
    data_shape: Sequence[int],
    filters: Sequence[int] = (64, 128),
    activation: str | Callable | None = "leaky_relu",
    normalization: str | None = "batch",
    spectral: bool = False,
    conditioning: str = "concatenate",
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """Strided convolutions and a dense layer from an image to one logit.

    Images are rescaled to [-1, 1]. Kernels are 4x4 and start as N(0, 0.02^2).

    Args:
        data_shape: `(height, width, channels)`, any sizes.
        filters: Filters of the convolutions; each halves the image, rounding up.
            `(128, 256, 512, 1024)` in the paper.
        activation: Activation of each convolution, see `activated`.
        normalization: Normalisation of all convolutions but the first, see
            `normalized`.
        spectral: Whether all layers are a `SpectralConv2D` or `SpectralDense`.
        conditioning: How the network uses labels: `"concatenate"` appends them to the
            image as one-hot channels; `"projection"` adds `V[labels] . h` to the logit,
            with `h` the last features.
        num_classes: If given, the network takes `labels`.
        context_shape: If given, the network takes a `context` instead of labels.
        name: Name of the network.

    Returns:
        `keras.Model` `x[, condition] -> (batch, 1)`. The last layer has no bias.

    Example:

    >>> discriminator = kgen.networks.dcgan_discriminator((28, 28, 1))
    >>> discriminator(np.zeros((3, 28, 28, 1))).shape
    TensorShape([3, 1])

    References:
        [Radford et al., 2016](https://arxiv.org/abs/1511.06434);
        [Miyato & Koyama, 2018](https://arxiv.org/abs/1802.05637) for the projection.
    """
    kinds = (keras.layers.Conv2D, keras.layers.Dense)
    if spectral:
        kinds = (SpectralConv2D, SpectralDense)
    convolution, dense = (
        functools.partial(kind, kernel_initializer=initializer()) for kind in kinds
    )
    (x, condition), h = discriminator_input(
        data_shape, conditioning, num_classes, context_shape
    )
    steps = (None, STRIDES, activation)
    h = downsampled(h, filters[:1], *steps, None, convolution)
    h = downsampled(h, filters[1:], *steps, normalization, convolution)
    h = keras.layers.Flatten()(h)
    output = logits(h, condition, conditioning, num_classes, dense)
    return network(name, (x, condition), output)


def initializer():
    """The first distribution of all kernels, N(0, 0.02^2)."""
    return keras.initializers.RandomNormal(stddev=0.02)
