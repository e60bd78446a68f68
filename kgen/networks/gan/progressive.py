"""The generator and the discriminator of the progressive GAN."""

import math
from collections.abc import Sequence

import keras

from kgen.networks.conv import check_image, steps_down
from kgen.networks.gan.heads import (
    data_output,
    discriminator_input,
    generator_input,
    logits,
)
from kgen.networks.gan.resnet import doubled, halved
from kgen.networks.inputs import network
from kgen.networks.layers.equalized import EqualizedConv2D, EqualizedDense
from kgen.networks.layers.fade_in import FadeIn
from kgen.networks.layers.minibatch_stddev import MinibatchStddev
from kgen.networks.layers.pixel_norm import PixelNorm
from kgen.networks.settings import checked

GAIN = math.sqrt(2.0)  # Keeps the variance through a leaky ReLU, roughly.


@checked
def progressive_generator(
    latent_dim: int,
    data_shape: Sequence[int],
    filters: Sequence[int] = (64, 64, 32),
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "generator",
) -> keras.Model:
    """Two convolutions for each size of the image, each size with an image of its own.

    The sizes are levels. The image of level k is the last one, each pixel four times,
    and the output of level k's convolutions, mixed by a `FadeIn` layer. With all
    `alpha` at 0 the output is an enlarged image of the smallest size. All layers are
    equalised, and features are normalised in each pixel. A tanh at the end is rescaled
    to [0, 1].

    Args:
        latent_dim: Size of `z`.
        data_shape: `(height, width, channels)`, any sizes.
        filters: Channels of the feature maps, from the smallest map up, one for each
            size. Each size is half of the next, rounded up.
        num_classes: If given, the network takes `labels`, appended one-hot to `z`.
        context_shape: If given, the network takes a `context` instead of labels.
        name: Name of the network.

    Returns:
        `keras.Model` `z[, condition] -> (batch, height, width, channels)`.

    Example:

    >>> generator = kgen.networks.progressive_generator(16, (28, 28, 1), (8, 8, 4))
    >>> generator(np.zeros((3, 16))).shape
    TensorShape([3, 28, 28, 1])

    References:
        [Karras et al., 2018](https://arxiv.org/abs/1710.10196)
    """
    check_image(data_shape)
    *size, channels = data_shape
    *larger, start = steps_down(size, len(filters) - 1, 2)
    inputs, h = generator_input(latent_dim, num_classes, context_shape)
    shape = (*start, filters[0])
    # The paper's smaller gain: the input has length 1 in each value, and is dense.
    dense = EqualizedDense(
        math.prod(shape), "leaky_relu", gain=GAIN / 4, name="dense_0"
    )
    h = PixelNorm()(keras.layers.Reshape(shape)(dense(PixelNorm()(h))))
    h = PixelNorm()(_convolved(h, filters[0], "conv_0"))
    image = _image_of(h, channels, 0)
    for level, wanted in enumerate(larger[::-1], start=1):
        h = doubled(h, wanted)
        for layer in (f"first_conv_{level}", f"conv_{level}"):
            h = PixelNorm()(_convolved(h, filters[level], layer))
        new = _image_of(h, channels, level)
        image = _faded(level, doubled(image, wanted), new)
    return network(name, inputs, data_output(image, "tanh"))


@checked
def progressive_discriminator(
    data_shape: Sequence[int],
    filters: Sequence[int] = (32, 64, 64),
    conditioning: str = "concatenate",
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """The mirror of `progressive_generator`, to one logit.

    At each size but the smallest, two convolutions and the mean of 2x2 pixels give the
    next map; a `FadeIn` layer mixes it with features of the halved image. With all
    `alpha` at 0 the network sees a reduced image of the smallest size. A
    `MinibatchStddev` layer shows it a lack of variety. Images are rescaled to [-1, 1].

    Args:
        data_shape: `(height, width, channels)`, any sizes.
        filters: Channels of the feature maps, from the image down, one for each size.
        conditioning: How the network uses labels: `"concatenate"` appends them to the
            image as one-hot channels; `"projection"` adds `V[labels] . h` to the logit,
            with `h` the last features.
        num_classes: If given, the network takes `labels`.
        context_shape: If given, the network takes a `context` instead of labels.
        name: Name of the network.

    Returns:
        `keras.Model` `x[, condition] -> (batch, 1)`. The last layer has no bias.

    Example:

    >>> network = kgen.networks.progressive_discriminator((28, 28, 1), (4, 8, 8))
    >>> network(np.zeros((3, 28, 28, 1))).shape
    TensorShape([3, 1])

    References:
        [Karras et al., 2018](https://arxiv.org/abs/1710.10196)
    """
    check_image(data_shape)
    filters = tuple(filters)[::-1]  # By level.
    last = len(filters) - 1
    (x, condition), image = discriminator_input(
        data_shape, conditioning, num_classes, context_shape
    )
    h = _features_of(image, filters[last], last)
    for level in range(last, 0, -1):
        h = _convolved(h, filters[level], f"conv_{level}")
        h = halved(_convolved(h, filters[level - 1], f"last_conv_{level}"))
        image = halved(image)
        h = _faded(level, _features_of(image, filters[level - 1], level - 1), h)
    h = MinibatchStddev(name="minibatch_stddev")(h)
    h = keras.layers.Flatten()(_convolved(h, filters[0], "conv_0"))
    h = EqualizedDense(filters[0], "leaky_relu", gain=GAIN, name="dense_0")(h)
    output = logits(h, condition, conditioning, num_classes, EqualizedDense)
    return network(name, (x, condition), output)


def _convolved(h, width, name, size=3):
    convolution = EqualizedConv2D(
        width, size, padding="same", activation="leaky_relu", gain=GAIN, name=name
    )
    return convolution(h)


def _image_of(h, channels, level):
    return EqualizedConv2D(channels, 1, name=f"to_image_{level}")(h)


def _features_of(image, width, level):
    return _convolved(image, width, f"from_image_{level}", size=1)


def _faded(level, old, new):
    return FadeIn(level, name=f"fade_in_{level}")([old, new])
