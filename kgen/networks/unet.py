"""The U-Net: from an image to a map of the same height and width."""

from collections.abc import Callable, Sequence

import keras
import tensorflow as tf

from kgen.core.config import ConfiguredLayer
from kgen.networks.conv import check_image
from kgen.networks.layers.activations import activated
from kgen.networks.layers.normalization import normalized
from kgen.networks.layers.unpooling import MaxPoolWithArgmax2D, MaxUnpool2D
from kgen.networks.settings import checked

UPSAMPLING = ("transpose", "bilinear", "unpool")


@checked
def unet(
    input_shape: Sequence[int | None],
    num_outputs: int,
    filters: Sequence[int] = (64, 128, 256, 512, 1024),
    upsample: str = "transpose",
    output_activation: str | Callable | None = None,
    name: str = "unet",
) -> keras.Model:
    """Convolutions down to a coarse map and up again, with a skip at every size.

    On the way down max pooling halves each level, dropping an odd last row or column,
    and two 3x3 convolutions follow. On the way up a level is doubled, padded with zeros
    to the size of its mirror, and appended to the mirror's feature map: the coarse map
    shows the objects of the image, the fine map their positions. Batch normalisation
    and a ReLU follow every 3x3 convolution.

    Weights do not depend on height and width: `set_weights` copies them to a network
    for images of another size.

    Args:
        input_shape: `(height, width, channels)`, at least `2 ** (len(filters) - 1)`
            pixels each way; `None` for a height or width that differs between batches.
        num_outputs: Channels of the output: one for each class, or 1 for two classes.
        filters: Channels of each level, from the image down. The bilinear network has
            half of them at the lowest level, and after each step up but the last; the
            unpooling one has those of the level above.
        upsample: How a level is doubled: `"transpose"` (a transposed 2x2 convolution
            that halves the channels), `"bilinear"` (without weights, like Keras'
            resizing: edges stay in place, not the centres of the corner pixels) or
            `"unpool"` (without weights: each value goes to the place where the way down
            found the maximum of its window, with zeros elsewhere; odd sizes are rounded
            up, so that no pixel is dropped).
        output_activation: `"sigmoid"` or `"softmax"` for probabilities, `None` for
            logits.
        name: Name of the network.

    Returns:
        `keras.Model` `x -> (batch, height, width, num_outputs)`.

    Raises:
        ValueError: for an unknown `upsample`, or a shape that is no image or too small.

    Example:

    >>> network = kgen.networks.unet((45, 61, 3), 2, (8, 16, 32))
    >>> network(np.zeros((1, 45, 61, 3))).shape
    TensorShape([1, 45, 61, 2])

    References:
        [Ronneberger et al., 2015](https://arxiv.org/abs/1505.04597),
        [Badrinarayanan et al., 2017](https://arxiv.org/abs/1511.00561) (unpooling)
    """
    check_image(input_shape)
    _check_size(input_shape, filters)
    if upsample not in UPSAMPLING:
        raise ValueError(f"upsample={upsample!r} is not one of {UPSAMPLING}.")
    up = {  # Channels after the double convolution of each level, on the way up.
        "transpose": filters,
        "bilinear": [filters[0], *(width // 2 for width in filters[1:])],
        "unpool": [filters[0], *filters[:-1]],
    }[upsample]
    x = h = keras.Input(tuple(input_shape), name="x")
    skips, places = [], []
    for width in filters[:-1]:
        skips.append(double_convolution(h, width, width))
        if upsample == "unpool":
            h, mask = MaxPoolWithArgmax2D()(skips[-1])
            places.append(mask)
        else:
            h = keras.layers.MaxPooling2D(2)(skips[-1])
    h = double_convolution(h, up[-1], up[-1])
    for level in reversed(range(len(skips))):
        if upsample == "transpose":
            h = keras.layers.Conv2DTranspose(filters[level + 1] // 2, 2, 2)(h)
        elif upsample == "bilinear":
            h = keras.layers.UpSampling2D(2, interpolation="bilinear")(h)
        else:
            h = MaxUnpool2D()([h, places[level]])
        h = PadLike()([h, skips[level]])
        h = keras.layers.Concatenate()([skips[level], h])
        middle = up[level] if upsample == "transpose" else h.shape[-1] // 2
        h = double_convolution(h, middle, up[level])
    output = keras.layers.Conv2D(num_outputs, 1, activation=output_activation)(h)
    return keras.Model(x, output, name=name)


def double_convolution(h, middle, width):
    """Two 3x3 convolutions that keep the size, each with normalisation and a ReLU.

    Args:
        h: Symbolic image.
        middle: Channels after the first convolution.
        width: Channels after the second convolution.
    """
    for channels in (middle, width):
        h = keras.layers.Conv2D(channels, 3, padding="same", use_bias=False)(h)
        h = activated(normalized(h, "batch"), "relu")
    return h


class PadLike(ConfiguredLayer):
    """Pads a feature map with zeros to the height and width of another one.

    If their number is odd, the additional row or column comes last.
    """

    def call(self, inputs):
        """The first of two feature maps, padded to the size of the second."""
        h, like = inputs
        missing = tf.shape(like)[1:3] - tf.shape(h)[1:3]
        before = missing // 2
        inner = tf.stack([before, missing - before], axis=1)
        return tf.pad(h, tf.pad(inner, [[1, 1], [0, 0]]))

    def compute_output_shape(self, input_shape):
        """The size of the second feature map, with the channels of the first."""
        h, like = input_shape
        return (*like[:3], h[-1])


def _check_size(input_shape, filters):
    height, width, _ = input_shape
    needed = 2 ** (len(filters) - 1)
    if any(length is not None and length < needed for length in (height, width)):
        raise ValueError(
            f"A U-Net with filters={tuple(filters)} halves an image "
            f"{len(filters) - 1} times and needs at least {needed} pixels each way, "
            f"but was given {height}x{width}. Give fewer filters or larger images."
        )
