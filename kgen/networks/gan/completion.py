"""The generator and the discriminator of image completion."""

from collections.abc import Callable, Sequence

import keras

from kgen.networks.conv import check_image, downsampled, pooled, upsampled
from kgen.networks.gan.heads import data_output, discriminator_input, logits
from kgen.networks.inputs import condition_input, conditioned, network
from kgen.networks.layers.activations import activated, pieces
from kgen.networks.layers.normalization import normalized
from kgen.networks.settings import checked

STRIDES = 2


@checked
def completion_generator(
    data_shape: Sequence[int],
    filters: Sequence[int] = (64, 128, 256),
    dilations: Sequence[int] = (2, 4, 8, 16),
    activation: str | Callable | None = "relu",
    normalization: str | None = None,
    upsample: str = "transpose",
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "generator",
) -> keras.Model:
    """Convolutions from an image with a hole to the whole image.

    The image is reduced; there, dilated convolutions see far beyond the hole; then it
    is enlarged again. The mask is one more channel of the input. The output ends in a
    sigmoid.

    Args:
        data_shape: `(height, width, channels)`, any sizes.
        filters: Filters at each size. Each size but the first is half the one before,
            rounded up. `(64, 128, 256)` in the paper.
        dilations: Dilation of each convolution in the middle: distance of the pixels
            that it connects. `(2, 4, 8, 16)` in the paper.
        activation: Activation of all convolutions but the last, see `activated`.
        normalization: Normalisation of them, see `normalized`. `"batch"` in the paper.
        upsample: See `resnet_translator`.
        num_classes: If given, the network takes `labels`, appended to the image as
            one-hot channels.
        context_shape: If given, the network takes a `context` instead of labels.
        name: Name of the network.

    Returns:
        `keras.Model` `x, mask[, condition] -> (batch, height, width, channels)`; `mask`
        is float32 `(batch, height, width, 1)`, 1 in the hole.

    Example:

    >>> generator = kgen.networks.completion_generator((9, 8, 3), filters=(4, 8))
    >>> generator([np.zeros((2, 9, 8, 3)), np.zeros((2, 9, 8, 1))]).shape
    TensorShape([2, 9, 8, 3])

    References:
        [Iizuka et al., 2017](https://doi.org/10.1145/3072959.3073659)
    """
    check_image(data_shape)
    *size, channels = data_shape
    x = keras.Input(tuple(data_shape), name="x")
    mask = keras.Input((*size, 1), name="mask")
    condition = condition_input(num_classes, context_shape)
    h = keras.layers.Concatenate()([keras.layers.Rescaling(2.0, -1.0)(x), mask])
    h = conditioned(h, condition, num_classes)
    options = (activation, normalization)
    h = _convolved(h, filters[0], 5, *options)
    places = None
    if upsample == "unpool":
        h, places = pooled(h, filters[1:], 3, STRIDES, *options)
    else:
        h = downsampled(h, filters[1:], 2 * STRIDES, STRIDES, *options)
    for dilation in dilations:
        h = _convolved(h, filters[-1], 3, *options, dilation)
    h = _convolved(h, filters[-1], 3, *options)
    steps = (None, STRIDES, upsample)
    h = upsampled(h, size, filters[-2::-1], *steps, *options, places=places)
    h = keras.layers.Conv2D(channels, 3, padding="same")(h)
    return network(name, (x, mask, condition), data_output(h, "sigmoid"))


@checked
def completion_discriminator(
    data_shape: Sequence[int],
    patch_shape: Sequence[int],
    filters: Sequence[int] = (64, 128, 256),
    features: int = 1024,
    activation: str | Callable | None = "leaky_relu",
    normalization: str | None = None,
    conditioning: str = "concatenate",
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """One logit from a whole image and a patch of it, the surroundings of the hole.

    Strided convolutions and a dense layer make features of the image, others make
    features of the patch. The logit is linear in both.

    Args:
        data_shape: `(height, width, channels)` of the image, any sizes.
        patch_shape: `(height, width, channels)` of the patch.
        filters: Filters of the convolutions, in both parts; each halves the image,
            rounding up.
        features: Size of the features of each part. 1024 in the paper.
        activation: Activation of each convolution and of the features, see `activated`.
        normalization: Normalisation of all convolutions, see `normalized`. `"batch"` in
            the paper.
        conditioning: How the network uses labels, see `dcgan_discriminator`; the patch
            is taken without them.
        num_classes: If given, the network takes `labels`.
        context_shape: If given, the network takes a `context` instead of labels.
        name: Name of the network.

    Returns:
        `keras.Model` `x, patch[, condition] -> (batch, 1)`. The last layer has no bias.

    Example:

    >>> discriminator = kgen.networks.completion_discriminator(
    ...     (9, 8, 3), (5, 4, 3), filters=(4,), features=8
    ... )
    >>> discriminator([np.zeros((2, 9, 8, 3)), np.zeros((2, 5, 4, 3))]).shape
    TensorShape([2, 1])

    References:
        [Iizuka et al., 2017](https://doi.org/10.1145/3072959.3073659)
    """
    check_image(data_shape)
    check_image(patch_shape)
    (x, condition), whole = discriminator_input(
        data_shape, conditioning, num_classes, context_shape
    )
    patch = keras.Input(tuple(patch_shape), name="patch")
    parts = []
    for h in (whole, keras.layers.Rescaling(2.0, -1.0)(patch)):
        h = downsampled(h, filters, None, STRIDES, activation, normalization)
        h = keras.layers.Flatten()(h)
        h = keras.layers.Dense(features * pieces(activation))(h)
        parts.append(activated(h, activation))
    h = keras.layers.Concatenate()(parts)
    output = logits(h, condition, conditioning, num_classes, keras.layers.Dense)
    return network(name, (x, patch, condition), output)


def _convolved(h, filters, kernel_size, activation, normalization, dilation=1):
    """A feature map of the same size after a convolution, normalised and activated."""
    h = keras.layers.Conv2D(
        filters * pieces(activation),
        kernel_size,
        padding="same",
        dilation_rate=dilation,
        use_bias=normalization is None,
    )(h)
    return activated(normalized(h, normalization), activation)
