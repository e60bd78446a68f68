"""The residual network that translates an image into another domain."""

import functools
from collections.abc import Callable, Sequence

import keras

from kgen.networks.conv import check_image, pooled, upsampled
from kgen.networks.gan.dcgan import initializer
from kgen.networks.gan.heads import data_output
from kgen.networks.layers.activations import activated, pieces
from kgen.networks.layers.clipping import UnitClip
from kgen.networks.layers.normalization import normalized
from kgen.networks.layers.reflection import ReflectionPadding2D
from kgen.networks.settings import checked


@checked
def resnet_translator(
    data_shape: Sequence[int],
    num_outputs: int | None = None,
    filters: Sequence[int] = (64, 128, 256),
    num_blocks: int = 9,
    activation: str | Callable | None = "relu",
    normalization: str | None = "instance",
    upsample: str = "transpose",
    residual: bool = False,
    name: str = "translator",
) -> keras.Model:
    """Convolutions to a smaller map, residual blocks there, convolutions back.

    A 7x7 convolution, strided 3x3 convolutions that halve the map, blocks of two 3x3
    convolutions beside a shortcut, convolutions that double the map again, and a last
    7x7 convolution that ends in tanh, rescaled to [0, 1]. Images are mirrored at their
    edges, except where the map is halved or doubled. Kernels start as N(0, 0.02^2).

    Args:
        data_shape: `(height, width, channels)`, any sizes.
        num_outputs: Channels of the translated image; by default those of the given.
        filters: Channels of the feature maps, from the image's size down; each but the
            first halves the map, rounding up.
        num_blocks: Number of residual blocks at the smallest size; in the paper 9 for
            256x256 pixels, 6 for 128x128.
        activation: Activation of all layers but the last, see `activated`.
        normalization: Normalisation of all layers but the last, see `normalized`. With
            `"instance"` the network cannot see how bright the image is as a whole.
        upsample: See `conv_decoder`. The transposed kernels are 4x4, a multiple of
            their stride, unlike the paper's: there is no checkerboard. With `"unpool"`
            max pooling halves the map in place of strides, and on the way back each
            value goes to the place of its window's maximum.
        residual: Whether tanh gives a change in [-1, 1] that is added to the image, and
            the sum is clipped to [0, 1]. The last kernel then starts as 0, the network
            as the identity, and fine strokes need not pass through a smaller map.
        name: Name of the network.

    Returns:
        `keras.Model` `x -> (batch, height, width, num_outputs)`.

    Raises:
        ValueError: for data that is no image, or `residual` with other channels.

    Example:

    >>> translator = kgen.networks.resnet_translator((45, 61, 3), 1, (8, 8), 2)
    >>> translator(np.zeros((2, 45, 61, 3))).shape
    TensorShape([2, 45, 61, 1])

    References:
        [Zhu et al., 2017](https://arxiv.org/abs/1703.10593),
        [Johnson et al., 2016](https://arxiv.org/abs/1603.08155)
    """
    check_image(data_shape)
    *size, channels = data_shape
    num_outputs = num_outputs or channels
    if residual and num_outputs != channels:
        raise ValueError(
            f"`resnet_translator` was given residual=True, which adds a change to "
            f"images of {channels} channels, but num_outputs={num_outputs}. Leave one "
            "of them out."
        )
    kinds = (activation, normalization)
    x = keras.Input(tuple(data_shape), name="x")
    h = keras.layers.Rescaling(2.0, -1.0)(x)
    h = mirrored(h, filters[0], 7, *kinds)
    places = None
    if upsample == "unpool":
        layer = functools.partial(keras.layers.Conv2D, kernel_initializer=initializer())
        h, places = pooled(h, filters[1:], 3, 2, *kinds, layer)
    else:
        for width in filters[1:]:
            h = convolution(width * pieces(activation), 3, normalization, strides=2)(h)
            h = activated(normalized(h, normalization), activation)
    for _ in range(num_blocks):
        change = mirrored(h, filters[-1], 3, *kinds)
        change = mirrored(change, filters[-1], 3, None, normalization)
        h = keras.layers.Add()([h, change])
    steps = (None, 2, upsample)
    h = upsampled(h, size, filters[-2::-1], *steps, *kinds, initializer(), places)
    start = {"kernel_initializer": "zeros"} if residual else {}
    h = mirrored(h, num_outputs, 7, None, None, **start)
    if residual:
        output = UnitClip()(keras.layers.Add()([x, activated(h, "tanh")]))
    else:
        output = data_output(h, "tanh")
    return keras.Model(x, output, name=name)


def mirrored(h, filters, kernel_size, activation, normalization, **options):
    """A convolution that keeps the size of an image, which is mirrored at its edges.

    Args:
        h: Symbolic image.
        filters: Channels of the result.
        kernel_size: An odd int.
        activation: See `activated`.
        normalization: See `normalized`.
        **options: Further arguments of `convolution`.
    """
    h = ReflectionPadding2D(kernel_size // 2)(h)
    width = filters * pieces(activation)
    options = {"padding": "valid", **options}
    h = convolution(width, kernel_size, normalization, **options)(h)
    return activated(normalized(h, normalization), activation)


def convolution(filters, kernel_size, normalization, **options):
    """A layer `keras.layers.Conv2D`, without bias before a normalisation."""
    defaults = {"padding": "same", "kernel_initializer": initializer()}
    bias = normalization is None
    return keras.layers.Conv2D(
        filters, kernel_size, use_bias=bias, **{**defaults, **options}
    )
