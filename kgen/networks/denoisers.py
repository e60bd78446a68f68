"""Networks of diffusion models, which take a noisy example and its time."""

import functools
from collections.abc import Callable, Sequence

import keras
import numpy as np

from kgen.core.checks.values import check_count
from kgen.networks.conv import check_image, cropped, steps_down
from kgen.networks.inputs import (
    are_images,
    condition_input,
    condition_vector,
    conditioned,
    network,
)
from kgen.networks.layers.dropout import Dropout
from kgen.networks.layers.group_norm import GroupNorm
from kgen.networks.layers.time_embedding import TimeEmbedding
from kgen.networks.settings import checked


@checked
def mlp_denoiser(
    data_shape: Sequence[int],
    hidden: Sequence[int] = (128, 128, 128),
    time_dim: int = 64,
    activation: str | Callable | None = "silu",
    num_parameters: int = 1,
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "denoiser",
) -> keras.Model:
    """A perceptron for vectors or small images; each layer takes the time.

    For each hidden layer, a dense layer of its own adds the features of the time and a
    vector of the class. Layers of equal size are joined by shortcuts.

    Args:
        data_shape: Shape of an example.
        hidden: Units of each hidden layer.
        time_dim: Features of the time, even.
        activation: Activation of the hidden layers.
        num_parameters: Outputs for each value, side by side on the last axis: 2 if the
            variance is learned.
        num_classes: If given, the network takes `labels`; -1 is no class.
        context_shape: If given, the network takes a `context` of this shape instead of
            labels, an int for vectors.
        name: Name of the network.

    Returns:
        `keras.Model` `x, t[, condition] -> (batch, ..., channels * num_parameters)`, t
        float32 `(batch,)` in 0..1.
    """
    shape = (*data_shape[:-1], data_shape[-1] * num_parameters)
    inputs, condition = _inputs(data_shape, time_dim, num_classes, context_shape)
    h = keras.layers.Flatten()(inputs[0])
    for units in hidden:
        before = h
        h = keras.layers.Dense(units)(h)
        h = keras.layers.Add()([h, keras.layers.Dense(units)(condition)])
        h = keras.layers.Activation(activation)(h)
        if before.shape[-1] == units:
            h = keras.layers.Add()([before, h])
    output = keras.layers.Dense(int(np.prod(shape)), kernel_initializer="zeros")(h)
    return network(name, inputs, keras.layers.Reshape(shape)(output))


@checked
def unet_denoiser(
    data_shape: Sequence[int],
    filters: Sequence[int] = (32, 64),
    num_blocks: int = 1,
    attention: Sequence[int] = (),
    num_groups: int = 8,
    dropout: float = 0.0,
    num_parameters: int = 1,
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    jit_compile: bool = True,
    name: str = "denoiser",
) -> keras.Model:
    """The U-Net of denoising diffusion: residual blocks that take the time.

    On the way down each size has `num_blocks` blocks and, except the last size, a
    strided convolution. In the middle there are two blocks. On the way up each size has
    `num_blocks + 1` blocks, and each block also sees the output of its mirror. Any
    height and width will do: odd sizes are rounded up, and cropped on the way back. For
    one channel the defaults give 634,273 parameters, the number of a `UNet2DModel` of
    diffusers without attention.

    Args:
        data_shape: `(height, width, channels)`.
        filters: Channels of each size, starting at that of the image.
        num_blocks: Blocks of each size on the way down.
        attention: Indices of sizes whose blocks end with attention between all
            positions: 0 is the image's size, -1 the smallest, with the middle.
        num_groups: Groups of the group normalisations; fewer if this number does not
            divide the channels, or leaves only one channel in a group.
        dropout: Share of values that are left out before the second convolution of
            each block, in training.
        num_parameters: Outputs for each value, side by side on the last axis: 2 if the
            variance is learned.
        num_classes: If given, the network takes `labels`; -1 is no class.
        context_shape: If given, the network takes a `context` of this shape instead of
            labels, an int for vectors. Images are appended to x.
        jit_compile: Whether XLA compiles the normalisation in training: steps are a
            tenth faster, after a second of compilation for each batch size.
        name: Name of the network.

    Returns:
        `keras.Model` `x, t[, condition] -> (batch, height, width, channels *
        num_parameters)`, t float32 `(batch,)` in 0..1.

    Example:

    >>> denoiser = kgen.networks.unet_denoiser((28, 28, 1))
    >>> denoiser.count_params()
    634273

    References:
        [Ho et al., 2020](https://arxiv.org/abs/2006.11239),
        [Ronneberger et al., 2015](https://arxiv.org/abs/1505.04597)
    """
    check_image(data_shape)
    check_count("unet_denoiser", "num_groups", num_groups)
    if filters[0] % 2:
        raise ValueError(
            f"unet_denoiser was given filters={tuple(filters)}, but the first is also "
            "the number of sines and cosines of the time. Make it even."
        )
    attending = _sizes_of(attention, len(filters))
    inputs, condition = _inputs(
        data_shape,
        filters[0],
        num_classes,
        context_shape,
        4 * filters[0],
        beside_x=True,
    )

    normalized = functools.partial(
        _normalized, num_groups=num_groups, jit_compile=jit_compile
    )

    def block(h, size, width):
        h = _residual(h, condition, width, normalized, dropout)
        return _attention(h, normalized) if size in attending else h

    x, _, given = inputs
    seen = given is not None and are_images(x, given)
    h = conditioned(x, given, None) if seen else x
    h = keras.layers.Conv2D(filters[0], 3, padding="same")(h)
    skips = [h]
    for size, width in enumerate(filters):
        for _ in range(num_blocks):
            h = block(h, size, width)
            skips.append(h)
        if size < len(filters) - 1:
            h = keras.layers.Conv2D(width, 3, 2, "same")(h)
            skips.append(h)
    last = len(filters) - 1
    h = block(h, last, filters[-1])
    h = _residual(h, condition, filters[-1], normalized, dropout)
    sizes = steps_down(data_shape[:2], last, 2)
    for size, width in reversed(list(enumerate(filters))):
        for _ in range(num_blocks + 1):
            h = keras.layers.Concatenate()([h, skips.pop()])
            h = block(h, size, width)
        if size:
            h = cropped(keras.layers.UpSampling2D(2)(h), sizes[size - 1])
            h = keras.layers.Conv2D(width, 3, padding="same")(h)
    h = normalized(h)
    channels = data_shape[-1] * num_parameters
    # A network that starts at 0 predicts a noise of 0: its loss is 1.
    output = keras.layers.Conv2D(
        channels, 3, padding="same", kernel_initializer="zeros"
    )(h)
    return network(name, inputs, output)


def _sizes_of(attention, num_sizes):
    """Indices of sizes, with negative ones counted from the end."""
    if not set(attention) <= set(range(-num_sizes, num_sizes)):
        raise ValueError(
            f"unet_denoiser was given attention={tuple(attention)}, but there are "
            f"{num_sizes} sizes: give indices from {-num_sizes} to {num_sizes - 1}."
        )
    return {k % num_sizes for k in attention}


def _inputs(
    data_shape, time_dim, num_classes, context_shape, units=None, beside_x=False
):
    """The inputs `x`, `t` and the condition, and the vector that blocks take.

    The vector tells the time and the condition, but with `beside_x` not an image, which
    the network sees beside the image x.
    """
    x = keras.Input(tuple(data_shape), name="x")
    t = keras.Input((), name="t")
    condition = condition_input(num_classes, context_shape)
    units = units or time_dim
    h = keras.layers.Dense(units, "silu")(TimeEmbedding(time_dim)(t))
    h = keras.layers.Dense(units)(h)
    if condition is not None and not (beside_x and are_images(x, condition)):
        # For -1, no class, the one-hot vector is 0.
        vector = condition_vector(condition, num_classes)
        h = keras.layers.Add()([h, keras.layers.Dense(units, use_bias=False)(vector)])
    return (x, t, condition), keras.layers.Activation("silu")(h)


def _residual(h, condition, width, normalized, dropout):
    """A block: norm, SiLU and convolution, twice, the condition added in between."""
    shortcut = h
    if h.shape[-1] != width:
        shortcut = keras.layers.Conv2D(width, 1)(h)
    h = normalized(h)
    h = keras.layers.Conv2D(width, 3, padding="same")(h)
    told = keras.layers.Reshape((1, 1, width))(keras.layers.Dense(width)(condition))
    h = keras.layers.Add()([h, told])
    h = normalized(h)
    if dropout:
        h = Dropout(dropout)(h)
    h = keras.layers.Conv2D(width, 3, padding="same")(h)
    return keras.layers.Add()([shortcut, h])


def _attention(h, normalized):
    """Each position plus the output of one head of attention to all positions."""
    *size, channels = h.shape[1:]
    places = keras.layers.Reshape((-1, channels))(normalized(h, silu=False))
    attend = keras.layers.MultiHeadAttention(1, channels)
    return keras.layers.Add()(
        [h, keras.layers.Reshape((*size, channels))(attend(places, places))]
    )


def _normalized(h, num_groups, jit_compile, silu=True):
    """Group normalisation in groups of at least two channels.

    A group of one channel would lose a number that was added to all its positions, and
    so the time.
    """
    channels = h.shape[-1]
    fitting = (
        k for k in range(1, num_groups + 1) if channels % k == 0 and channels > k
    )
    groups = max(fitting, default=1)
    return GroupNorm(groups, silu=silu, jit_compile=jit_compile)(h)
