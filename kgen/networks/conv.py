"""Convolutional encoders and decoders for images of any height and width."""

import warnings
from collections.abc import Callable, Sequence

import keras

from kgen.networks.inputs import condition_input, conditioned, network
from kgen.networks.layers.activations import activated, pieces
from kgen.networks.layers.normalization import normalized
from kgen.networks.layers.unpooling import MaxPoolWithArgmax2D, MaxUnpool2D, Unpool2D
from kgen.networks.settings import checked

UPSAMPLING = ("transpose", "nearest", "bilinear", "bicubic", "unpool")


@checked
def conv_encoder(
    data_shape: Sequence[int],
    output_dim: int,
    filters: Sequence[int] = (32, 64),
    kernel_size: int | None = None,
    strides: int = 2,
    hidden: Sequence[int] = (),
    activation: str | Callable | None = "relu",
    output_activation: str | Callable | None = None,
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "encoder",
) -> keras.Model:
    """Strided convolutions from an image to a vector.

    Each convolution divides height and width by `strides`, rounding up.

    Args:
        data_shape: `(height, width, channels)`, any sizes.
        output_dim: Size of the output.
        filters: Filters of each convolution.
        kernel_size: Kernel size of each convolution; `2 * strides` by default.
        strides: Strides of each convolution.
        hidden: Units of dense layers between the convolutions and the output.
        activation: Activation of convolutions and hidden layers.
        output_activation: Activation of the output.
        num_classes: If given, the network takes `labels`, appended to the image as
            one-hot channels.
        context_shape: If given, the network takes a `context` instead of labels.
        name: Name of the network.

    Returns:
        `keras.Model` `x[, condition] -> (batch, output_dim)`.
    """
    x = keras.Input(tuple(data_shape), name="x")
    condition = condition_input(num_classes, context_shape)
    h = conditioned(x, condition, num_classes)
    h = downsampled(h, filters, kernel_size, strides, activation)
    h = keras.layers.Flatten()(h)
    for units in hidden:
        h = keras.layers.Dense(units, activation)(h)
    output = keras.layers.Dense(output_dim, output_activation)(h)
    return network(name, (x, condition), output)


@checked
def conv_decoder(
    latent_dim: int,
    data_shape: Sequence[int],
    filters: Sequence[int] = (64, 32),
    kernel_size: int | None = None,
    strides: int = 2,
    upsample: str = "transpose",
    output_kernel_size: int = 3,
    hidden: Sequence[int] = (),
    activation: str | Callable | None = "relu",
    output_activation: str | Callable | None = None,
    num_parameters: int = 1,
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "decoder",
) -> keras.Model:
    """Upsampling convolutions from a latent vector to an image.

    The mirror of `conv_encoder`: it starts at the height and width of the encoder's
    last feature map and retraces its sizes. A row or column is cropped at odd sizes.

    Args:
        latent_dim: Size of `z`.
        data_shape: `(height, width, channels)`, any sizes.
        filters: Filters of each upsampling step, from the latent to the image.
        kernel_size: Kernel size of each step. By default `2 * strides` for
            `"transpose"` and `"unpool"`, and `strides + 1` for a convolution after
            resizing.
        strides: Factor of each step.
        upsample: `"transpose"` (strided transposed convolution), or what precedes a
            plain convolution: the interpolation of a resize, `"nearest"`, `"bilinear"`
            or `"bicubic"`, or `"unpool"`. A code does not tell the places of maxima, so
            `"unpool"` puts each value in the upper left pixel of its window, with zeros
            elsewhere (`Unpool2D`).
        output_kernel_size: Kernel size of the last convolution, which keeps the size.
        hidden: Units of dense layers between the latent and the first feature map.
        activation: Activation of all layers but the last.
        output_activation: `"sigmoid"` for images in [0, 1], `None` for the parameters
            of a likelihood.
        num_parameters: Number of parameters for each value of the image: the output
            has `num_parameters` times the image's channels.
        num_classes: If given, the network takes `labels`, appended one-hot to `z`.
        context_shape: If given, the network takes a `context` instead of labels.
        name: Name of the network.

    Returns:
        `keras.Model` `z[, condition] -> (batch, height, width, channels *
        num_parameters)`.

    Raises:
        ValueError: for an unknown `upsample`.

    Warns:
        UserWarning: if the kernel of a transposed convolution, or of one after
            unpooling, is no multiple of the stride: this leaves a checkerboard
            ([Odena et al., 2016](https://distill.pub/2016/deconv-checkerboard)).
    """
    *size, channels = data_shape
    start = steps_down(size, len(filters), strides)[-1]
    z = keras.Input((latent_dim,), name="z")
    condition = condition_input(num_classes, context_shape)
    h = conditioned(z, condition, num_classes)
    for units in hidden:
        h = keras.layers.Dense(units, activation)(h)
    h = projected(h, start, filters[0] * pieces(activation))
    h = activated(h, activation)
    h = upsampled(h, size, filters, kernel_size, strides, upsample, activation)
    depth = channels * num_parameters
    output = image_output(h, depth, output_kernel_size, output_activation)
    return network(name, (z, condition), output)


def downsampled(
    h,
    filters,
    kernel_size,
    strides,
    activation,
    normalization=None,
    convolution=keras.layers.Conv2D,
):
    """Strided convolutions of a feature map, each normalised and activated.

    Args:
        h: Symbolic image.
        filters: See `conv_encoder`.
        kernel_size: See `conv_encoder`.
        strides: See `conv_encoder`.
        activation: See `activated`.
        normalization: See `normalized`; with one, convolutions have no bias.
        convolution: Function or class that makes a layer from the arguments of
            `keras.layers.Conv2D`.
    """
    check_image(h.shape[1:])
    kernel_size = kernel_size or 2 * strides
    for width in filters:
        width *= pieces(activation)
        bias = normalization is None
        h = convolution(width, kernel_size, strides, "same", use_bias=bias)(h)
        h = activated(normalized(h, normalization), activation)
    return h


def pooled(
    h,
    filters,
    kernel_size,
    pool_size,
    activation,
    normalization=None,
    convolution=keras.layers.Conv2D,
):
    """Like `downsampled`, but max pooling reduces the size and remembers the places.

    Args:
        h: Symbolic image.
        filters: See `conv_encoder`.
        kernel_size: Kernel size of each convolution, which keeps the size.
        pool_size: Height and width of a window of pooling.
        activation: See `activated`.
        normalization: See `normalized`; with one, convolutions have no bias.
        convolution: See `downsampled`.

    Returns:
        The last map, and for each step the places of the maxima.
    """
    places, kinds = [], (activation, normalization, convolution)
    for width in filters:
        h = downsampled(h, (width,), kernel_size, 1, *kinds)
        h, mask = MaxPoolWithArgmax2D(pool_size)(h)
        places.append(mask)
    return h, places


def check_image(shape):
    """Raises a ValueError unless a shape is that of an image."""
    if len(shape) != 3:
        raise ValueError(
            f"Convolutions cannot be built for data of shape {tuple(shape)}: they "
            "expect images, (height, width, channels). For vectors use dense layers: "
            "network='mlp' of a recipe that has both, or mlp_encoder and mlp_decoder."
        )


def steps_down(size, num_steps, strides):
    """The sizes of an image and of its feature maps in `downsampled`."""
    sizes = [tuple(size)]
    for _ in range(num_steps):
        sizes.append(tuple(-(-length // strides) for length in sizes[-1]))
    return sizes


def projected(h, size, channels, **options):
    """A feature map from a vector, by a dense layer.

    Args:
        h: Symbolic tensor `(batch, units)`.
        size: Height and width of the map.
        channels: Channels of the map.
        **options: Arguments of `keras.layers.Dense`.
    """
    height, width = size
    h = keras.layers.Dense(height * width * channels, **options)(h)
    return keras.layers.Reshape((height, width, channels))(h)


def upsampled(
    h,
    size,
    filters,
    kernel_size,
    strides,
    upsample,
    activation,
    normalization=None,
    initializer="glorot_uniform",
    places=None,
):
    """A feature map enlarged to `size` step by step, each normalised and activated.

    Args:
        h: Symbolic image; its size is the last one that `steps_down` gives for `size`.
        size: Height and width of the result.
        filters: See `conv_decoder`.
        kernel_size: See `conv_decoder`.
        strides: See `conv_decoder`.
        upsample: See `conv_decoder`.
        activation: See `activated`.
        normalization: See `normalized`; with one, convolutions have no bias.
        initializer: Initializer of the kernels.
        places: For `"unpool"`, the places that `pooled` returns; with them, `filters`
            are those of the maps before each of its steps, the last one first.

    Warns:
        UserWarning: See `conv_decoder`.
    """
    if upsample not in UPSAMPLING:
        raise ValueError(f"upsample={upsample!r} is not one of {UPSAMPLING}.")
    uneven = kernel_size is not None and kernel_size % strides
    if upsample in ("transpose", "unpool") and uneven:
        kind = "transposed convolution" if upsample == "transpose" else "unpooling"
        warnings.warn(
            f"A {kind} with kernel {kernel_size} and stride {strides} "
            "covers pixels unevenly and leaves a checkerboard. Choose a kernel that "
            "is a multiple of the stride, or upsample='nearest'.",
            stacklevel=3,
        )
    options = {"use_bias": normalization is None, "kernel_initializer": initializer}
    sizes = steps_down(size, len(filters), strides)[:-1]
    places = places or [None] * len(filters)
    steps = zip(filters, sizes[::-1], places[::-1], strict=True)
    for width, wanted, place in steps:
        width *= pieces(activation)
        h = enlarged(h, width, kernel_size, strides, upsample, place, **options)
        h = activated(normalized(cropped(h, wanted), normalization), activation)
    return h


def enlarged(h, filters, kernel_size, strides, upsample, place=None, **options):
    """A feature map `strides` times as high and wide.

    Args:
        h: Symbolic image.
        filters: Channels of the result.
        kernel_size: Kernel size of the convolution.
        strides: Factor of the size.
        upsample: See `conv_decoder`.
        place: Places of maxima, if `"unpool"` knows them.
        **options: Arguments of the Keras layer.
    """
    even = kernel_size or 2 * strides
    if upsample == "transpose":
        convolution = keras.layers.Conv2DTranspose
        return convolution(filters, even, strides, "same", **options)(h)
    if upsample == "unpool":
        unpool = Unpool2D(strides)
        h = unpool(h) if place is None else MaxUnpool2D(strides)([h, place])
        kernel_size = even
    else:
        h = keras.layers.UpSampling2D(strides, interpolation=upsample)(h)
        kernel_size = kernel_size or strides + 1
    return keras.layers.Conv2D(filters, kernel_size, padding="same", **options)(h)


def cropped(h, size):
    """The upper left part of a feature map, with height and width `size`."""
    excess = [now - wanted for now, wanted in zip(h.shape[1:3], size, strict=True)]
    if not any(excess):
        return h
    return keras.layers.Cropping2D([(0, pixels) for pixels in excess])(h)


def image_output(h, depth, kernel_size, activation):
    """The last convolution of a decoder, to `depth` channels."""
    convolution = keras.layers.Conv2D(
        depth, kernel_size, padding="same", activation=activation
    )
    return convolution(h)
