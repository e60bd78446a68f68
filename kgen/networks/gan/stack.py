"""The networks of the StackGAN that no other GAN has."""

import functools
from collections.abc import Callable, Sequence

import keras

from kgen.networks.conv import check_image, steps_down
from kgen.networks.gan.heads import data_output
from kgen.networks.gan.resnet import doubled, residual
from kgen.networks.inputs import (
    condition_input,
    condition_vector,
    conditioned,
    network,
)
from kgen.networks.layers.activations import activated
from kgen.networks.layers.normalization import normalized
from kgen.networks.settings import checked


@checked
def stack_augmenter(
    augmented_dim: int,
    hidden: Sequence[int] = (),
    activation: str | Callable | None = "leaky_relu",
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "augmenter",
) -> keras.Model:
    """Dense layers from a condition to the parameters of a Gaussian.

    Args:
        augmented_dim: Size of the vectors that are drawn from the Gaussian.
        hidden: Units of each hidden layer.
        activation: Activation of the hidden layers.
        num_classes: If given, the network takes `labels`.
        context_shape: If given, the network takes a `context` instead of labels.
        name: Name of the network.

    Returns:
        `keras.Model` `condition -> (batch, 2 * augmented_dim)`: means, then logarithms
        of variances.

    Raises:
        ValueError: without `num_classes` and `context_shape`.

    Example:

    >>> augmenter = kgen.networks.stack_augmenter(16, context_shape=32)
    >>> augmenter(np.zeros((3, 32))).shape
    TensorShape([3, 32])

    References:
        [Zhang et al., 2017](https://arxiv.org/abs/1612.03242)
    """
    condition = condition_input(num_classes, context_shape)
    if condition is None:
        raise ValueError(
            "`stack_augmenter` was given no condition, but maps one to a Gaussian. "
            "Pass num_classes or context_shape."
        )
    h = condition_vector(condition, num_classes)
    for units in hidden:
        h = activated(keras.layers.Dense(units)(h), activation)
    return network(name, (condition,), keras.layers.Dense(2 * augmented_dim)(h))


@checked
def stack_generator(
    data_shape: Sequence[int],
    augmented_dim: int,
    filters: Sequence[int] = (64,),
    num_blocks: int = 2,
    activation: str | Callable | None = "relu",
    normalization: str | None = "batch",
    name: str = "generator",
) -> keras.Model:
    """A small image and a vector to a large image: the second stage of a StackGAN.

    The vector is appended to each place of the small image's feature map. Residual
    blocks of that size correct what is drawn; then each block doubles the size. The
    last convolution ends in tanh, rescaled to [0, 1].

    Args:
        data_shape: `(height, width, channels)` of the large image, any sizes. The small
            one has half the sides, rounded up, for each of the `filters`.
        augmented_dim: Size of the vector.
        filters: Channels of the feature maps, from the smallest map up, one for each
            doubling.
        num_blocks: Number of residual blocks of the small size.
        activation: Activation before each convolution of a block, see `activated`.
        normalization: Normalisation before each activation, see `normalized`.
        name: Name of the network.

    Returns:
        `keras.Model` `x, context -> (batch, height, width, channels)`: `x` is the small
        image, `context` the vector.

    Example:

    >>> generator = kgen.networks.stack_generator((16, 16, 3), 8, filters=(32, 16))
    >>> generator([np.zeros((2, 4, 4, 3)), np.zeros((2, 8))]).shape
    TensorShape([2, 16, 16, 3])

    References:
        [Zhang et al., 2017](https://arxiv.org/abs/1612.03242)
    """
    check_image(data_shape)
    *size, channels = data_shape
    *sizes, start = steps_down(size, len(filters), 2)
    x = keras.Input((*start, channels), name="x")
    vector = condition_input(None, augmented_dim)
    convolution = functools.partial(keras.layers.Conv2D, padding="same")
    h = convolution(filters[0], 3)(keras.layers.Rescaling(2.0, -1.0)(x))
    h = convolution(filters[0], 3)(conditioned(h, vector, None))
    block = (activation, normalization)
    for _ in range(num_blocks):
        h = residual(h, filters[0], *block)
    for width, wanted in zip(filters, sizes[::-1], strict=True):
        h = residual(h, width, *block, before=functools.partial(doubled, size=wanted))
    h = activated(normalized(h, normalization), activation)
    h = convolution(channels, 3)(h)
    return network(name, (x, vector), data_output(h, "tanh"))
