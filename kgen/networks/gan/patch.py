"""The discriminator of patches: a logit for each part of an image."""

import functools
from collections.abc import Callable, Sequence

import keras

from kgen.networks.conv import check_image, downsampled
from kgen.networks.gan.dcgan import initializer
from kgen.networks.layers.spectral import SpectralConv2D
from kgen.networks.settings import checked


@checked
def patch_discriminator(
    data_shape: Sequence[int],
    filters: Sequence[int] = (64, 128, 256, 512),
    activation: str | Callable | None = "leaky_relu",
    normalization: str | None = "instance",
    spectral: bool = False,
    name: str = "discriminator",
) -> keras.Model:
    """Convolutions that judge all patches of an image at once, each by a logit.

    Each 4x4 convolution but the last two halves the map. A logit sees a patch of 70x70
    pixels with four `filters`, 34x34 with three, 16x16 with two. It judges texture and
    strokes, not where things stand in a large picture, and needs few weights. Images
    are rescaled to [-1, 1]. Kernels start as N(0, 0.02^2).

    Args:
        data_shape: `(height, width, channels)`, any sizes.
        filters: Filters of the convolutions before the logits; all but the last halve
            the map, rounding up.
        activation: Activation of all layers but the last, see `activated`.
        normalization: Normalisation of all convolutions but the first and the last, see
            `normalized`.
        spectral: Whether all layers are a `SpectralConv2D`.
        name: Name of the network.

    Returns:
        `keras.Model` `x -> (batch, height', width', 1)`, logits.

    Example:

    >>> discriminator = kgen.networks.patch_discriminator((45, 61, 3), (8, 8, 8))
    >>> discriminator(np.zeros((2, 45, 61, 3))).shape
    TensorShape([2, 12, 16, 1])

    References:
        [Isola et al., 2017](https://arxiv.org/abs/1611.07004),
        [Zhu et al., 2017](https://arxiv.org/abs/1703.10593)
    """
    check_image(data_shape)
    convolution = functools.partial(
        SpectralConv2D if spectral else keras.layers.Conv2D,
        kernel_initializer=initializer(),
    )
    x = keras.Input(tuple(data_shape), name="x")
    h = keras.layers.Rescaling(2.0, -1.0)(x)
    for index, width in enumerate(filters):
        strides = 2 if index < len(filters) - 1 else 1
        kind = normalization if index else None
        h = downsampled(h, (width,), 4, strides, activation, kind, convolution)
    output = convolution(1, 4, padding="same", name="logits")(h)
    return keras.Model(x, output, name=name)
