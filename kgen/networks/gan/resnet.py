"""The generator and the discriminator of a GAN as residual networks."""

import functools
from collections.abc import Callable, Sequence

import keras

from kgen.networks.conv import check_image, cropped, projected, steps_down
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


@checked
def resnet_generator(
    latent_dim: int,
    data_shape: Sequence[int],
    filters: Sequence[int] = (64, 64),
    blocks_per_size: int = 1,
    activation: str | Callable | None = "relu",
    normalization: str | None = "batch",
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "generator",
) -> keras.Model:
    """Residual blocks on feature maps; the first block of each size doubles the map.

    A block is normalisation, activation and 3x3 convolution, twice, beside a shortcut.
    If the size changes, the shortcut has a 1x1 convolution. So there are `2 +
    len(filters) * (2 * blocks_per_size + 1)` convolutions and dense layers, 101 for
    three sizes and 16 blocks. The last convolution ends in tanh, rescaled to [0, 1].

    Args:
        latent_dim: Size of `z`.
        data_shape: `(height, width, channels)`, any sizes.
        filters: Channels of the blocks of each size, one for each doubling.
        blocks_per_size: Number of blocks of each size, including the doubling block.
        activation: Activation before each convolution, see `activated`; `"gated"` and
            `"maxout"` reduce the input channels of a block's first convolution.
        normalization: Normalisation before each activation, see `normalized`.
        num_classes: If given, the network takes `labels`, appended one-hot to `z`.
        context_shape: If given, the network takes a `context` instead of labels.
        name: Name of the network.

    Returns:
        `keras.Model` `z[, condition] -> (batch, height, width, channels)`.

    Example:

    >>> generator = kgen.networks.resnet_generator(16, (28, 28, 1), filters=(8, 8))
    >>> generator(np.zeros((3, 16))).shape
    TensorShape([3, 28, 28, 1])

    References:
        [Gulrajani et al., 2017](https://arxiv.org/abs/1704.00028);
        [He et al., 2016](https://arxiv.org/abs/1603.05027) for the order in a block.
    """
    check_image(data_shape)
    *size, channels = data_shape
    *sizes, start = steps_down(size, len(filters), 2)
    inputs, h = generator_input(latent_dim, num_classes, context_shape)
    h = projected(h, start, filters[0], use_bias=normalization is None)
    block = (activation, normalization)
    for width, wanted in zip(filters, sizes[::-1], strict=True):
        h = residual(h, width, *block, before=functools.partial(doubled, size=wanted))
        for _ in range(blocks_per_size - 1):
            h = residual(h, width, *block)
    h = activated(normalized(h, normalization), activation)
    h = keras.layers.Conv2D(channels, 3, padding="same")(h)
    return network(name, inputs, data_output(h, "tanh"))


@checked
def resnet_discriminator(
    data_shape: Sequence[int],
    filters: Sequence[int] = (64, 64),
    blocks_per_size: int = 1,
    activation: str | Callable | None = "relu",
    normalization: str | None = None,
    spectral: bool = False,
    conditioning: str = "concatenate",
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """Residual blocks from an image to one logit; the first of each size halves it.

    The mirror of `resnet_generator`, with the same number of layers: a 3x3 convolution,
    blocks with average pooling, the mean over the last feature map, a dense layer.
    Images are rescaled to [-1, 1].

    Args:
        data_shape: `(height, width, channels)`, any sizes.
        filters: Channels of the blocks of each size, one for each halving.
        blocks_per_size: Number of blocks of each size, including the halving block.
        activation: Activation before all convolutions but the first, see
            `resnet_generator`.
        normalization: Normalisation before each activation, see `normalized`. With a
            gradient penalty take `"layer"`, not `"batch"`.
        spectral: Whether all layers are a `SpectralConv2D` or `SpectralDense`.
        conditioning: How the network uses labels: `"concatenate"` appends them to the
            image as one-hot channels; `"projection"` adds `V[labels] . h` to the logit,
            with `h` the last features.
        num_classes: If given, the network takes `labels`.
        context_shape: If given, the network takes a `context` instead of labels.
        name: Name of the network.

    Returns:
        `keras.Model` `x[, condition] -> (batch, 1)`. The last layer has no bias.

    References:
        [Gulrajani et al., 2017](https://arxiv.org/abs/1704.00028);
        [Miyato & Koyama, 2018](https://arxiv.org/abs/1802.05637) for the projection.
    """
    check_image(data_shape)
    convolution = SpectralConv2D if spectral else keras.layers.Conv2D
    dense = SpectralDense if spectral else keras.layers.Dense
    (x, condition), h = discriminator_input(
        data_shape, conditioning, num_classes, context_shape
    )
    bias = normalization is None
    h = convolution(filters[0], 3, padding="same", use_bias=bias)(h)
    block = (activation, normalization, convolution)
    for width in filters:
        h = residual(h, width, *block, after=halved)
        for _ in range(blocks_per_size - 1):
            h = residual(h, width, *block)
    h = activated(normalized(h, normalization), activation)
    h = keras.layers.GlobalAveragePooling2D()(h)
    output = logits(h, condition, conditioning, num_classes, dense)
    return network(name, (x, condition), output)


def residual(
    h,
    filters,
    activation,
    normalization,
    convolution=keras.layers.Conv2D,
    before=None,
    after=None,
):
    """A feature map plus two 3x3 convolutions, each after normalisation and activation.

    Args:
        h: Symbolic image.
        filters: Channels of the result.
        activation: See `activated`.
        normalization: See `normalized`; with one, convolutions have no bias.
        convolution: Class of the layers: `keras.layers.Conv2D` or `SpectralConv2D`.
        before: Function that changes the size before the first convolution.
        after: Function that changes the size after the second.
    """
    before, after = before or _same, after or _same
    convolved = functools.partial(
        convolution, padding="same", use_bias=normalization is None
    )
    shortcut = h
    if h.shape[-1] != filters or (before, after) != (_same, _same):
        # A 1x1 convolution gives the same before and after a change of size: here it
        # runs at the smaller size.
        shortcut = before(convolved(filters, 1)(after(h)))
    h = before(activated(normalized(h, normalization), activation))
    h = convolved(filters * pieces(activation), 3)(h)
    h = activated(normalized(h, normalization), activation)
    h = convolved(filters, 3)(h)
    return keras.layers.Add()([shortcut, after(h)])


def doubled(h, size):
    """Each pixel four times, cropped to `size`."""
    return cropped(keras.layers.UpSampling2D(2)(h), size)


def halved(h):
    """Means of 2x2 pixels; at an odd edge, of the pixels inside the image."""
    return keras.layers.AveragePooling2D(2, padding="same")(h)


def _same(h):
    return h
