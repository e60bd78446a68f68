"""The discriminator that plays against a style-based generator."""

from collections.abc import Callable, Sequence

import keras

from kgen.networks.conv import check_image
from kgen.networks.gan.heads import discriminator_input, logits
from kgen.networks.gan.resnet import halved
from kgen.networks.gan.style import GAIN
from kgen.networks.inputs import network
from kgen.networks.layers.activations import activated, pieces
from kgen.networks.layers.equalized import EqualizedConv2D, EqualizedDense
from kgen.networks.layers.minibatch_stddev import MinibatchStddev
from kgen.networks.settings import checked


@checked
def style_discriminator(
    data_shape: Sequence[int],
    filters: Sequence[int] = (32, 64, 64),
    activation: str | Callable | None = "leaky_relu",
    conditioning: str = "projection",
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """Pairs of 3x3 convolutions from an image to one logit; the mirror of a synthesis.

    A 1x1 convolution makes features of the image, rescaled to [-1, 1]. Each size has
    two convolutions; means of 2x2 pixels then halve the map. At the smallest size
    `MinibatchStddev`, one convolution and two dense layers follow. Layers are
    equalised.

    Args:
        data_shape: `(height, width, channels)`, any sizes.
        filters: Channels of each size, from the image's own size down.
        activation: Activation of each layer but the last, see `activated`.
        conditioning: How the network uses labels: `"concatenate"` appends them to the
            image as one-hot channels; `"projection"` adds `V[labels] . h` to the logit,
            with `h` the last features.
        num_classes: If given, the network takes `labels`.
        context_shape: If given, the network takes a `context` instead of labels.
        name: Name of the network.

    Returns:
        `keras.Model` `x[, condition] -> (batch, 1)`. The last layer has no bias.

    Example:

    >>> discriminator = kgen.networks.style_discriminator((8, 8, 1), filters=(8, 8))
    >>> discriminator(np.zeros((3, 8, 8, 1))).shape
    TensorShape([3, 1])

    References:
        [Karras et al., 2018](https://arxiv.org/abs/1710.10196),
        [Karras et al., 2019](https://arxiv.org/abs/1812.04948)
    """
    check_image(data_shape)
    (x, condition), h = discriminator_input(
        data_shape, conditioning, num_classes, context_shape
    )

    def convolved(h, width, kernel_size=3):
        wide = width * pieces(activation)
        h = EqualizedConv2D(wide, kernel_size, padding="same", gain=GAIN)(h)
        return activated(h, activation)

    h = convolved(h, filters[0], 1)
    for width, following in zip(filters, filters[1:], strict=False):
        h = halved(convolved(convolved(h, width), following))
    h = convolved(MinibatchStddev()(h), filters[-1])
    h = keras.layers.Flatten()(h)
    h = EqualizedDense(filters[-1] * pieces(activation), gain=GAIN)(h)
    h = activated(h, activation)
    output = logits(h, condition, conditioning, num_classes, EqualizedDense)
    return network(name, (x, condition), output)
