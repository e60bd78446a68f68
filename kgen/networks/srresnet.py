"""The residual network of super-resolution, for images of any size."""

from collections.abc import Callable, Sequence

import keras

from kgen.networks.inputs import condition_input, conditioned, network
from kgen.networks.layers.activations import activated, pieces
from kgen.networks.layers.normalization import normalized
from kgen.networks.layers.upsampling import BicubicUpsampling2D, PixelShuffle
from kgen.networks.settings import checked


@checked
def srresnet(
    channels: int,
    factor: int = 4,
    width: int = 64,
    num_blocks: int = 16,
    first_kernel_size: int = 9,
    output_kernel_size: int = 9,
    activation: str | Callable | None = "relu",
    normalization: str | None = None,
    interpolated: bool = True,
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "generator",
) -> keras.Model:
    """Residual blocks on a small image, and sub-pixel convolutions to a larger one.

    All layers are convolutions, so the network takes images of any size. The blocks run
    at the size of the small image. Each prime factor of `factor` is one enlarging step:
    a convolution and a `PixelShuffle`.

    Args:
        channels: Channels of the images.
        factor: Factor of height and width.
        width: Channels of the blocks.
        num_blocks: Number of blocks: convolution, activation, convolution, beside a
            shortcut. Another shortcut leads around all of them.
        first_kernel_size: Kernel size of the first convolution.
        output_kernel_size: Kernel size of the last one, which is the most expensive, as
            it runs at the size of the large image.
        activation: Activation, see `activated`.
        normalization: Normalisation of the blocks, see `normalized`. `"batch"` in the
            first paper; later ones found that it costs quality.
        interpolated: Whether the network's output is added to the bicubic interpolation
            of the image, which is then where training starts. In the first paper the
            network makes the whole image.
        num_classes: If given, the network takes `labels`, appended to the image as
            one-hot channels.
        context_shape: If given, the network takes a `context` instead of labels.
        name: Name of the network.

    Returns:
        `keras.Model` `low[, condition] -> (batch, factor h, factor w, channels)`. There
        is no activation at its end: values may leave [0, 1].

    Example:

    >>> generator = kgen.networks.srresnet(3, factor=4, width=8, num_blocks=2)
    >>> generator(np.zeros((2, 5, 6, 3))).shape
    TensorShape([2, 20, 24, 3])

    References:
        [Ledig et al., 2017](https://arxiv.org/abs/1609.04802);
        [Lim et al., 2017](https://arxiv.org/abs/1707.02921) without normalisation;
        [Kim et al., 2016](https://arxiv.org/abs/1511.04587) beside interpolation
    """
    low = keras.Input((None, None, channels), name="low")
    condition = condition_input(num_classes, context_shape)
    h = keras.layers.Rescaling(2.0, -1.0)(low)
    h = conditioned(h, condition, num_classes)
    h = _convolved(h, width * pieces(activation), first_kernel_size)
    start = h = activated(h, activation)
    for _ in range(num_blocks):
        h = _block(h, width, activation, normalization)
    h = normalized(_convolved(h, width, 3, normalization), normalization)
    h = keras.layers.Add()([start, h])
    for step in _prime_factors(factor):
        h = _convolved(h, width * pieces(activation) * step**2, 3)
        h = activated(PixelShuffle(step)(h), activation)
    if not interpolated:
        h = _convolved(h, channels, output_kernel_size)
        return network(name, (low, condition), keras.layers.Rescaling(0.5, 0.5)(h))
    # The first outputs are small beside the interpolation.
    h = _convolved(
        h,
        channels,
        output_kernel_size,
        kernel_initializer=keras.initializers.VarianceScaling(0.01),
    )
    output = keras.layers.Add()([BicubicUpsampling2D(factor)(low), h])
    return network(name, (low, condition), output)


def _convolved(h, filters, kernel_size, normalization=None, **options):
    """A feature map after a convolution, which has no bias before a normalisation."""
    options |= {"padding": "same", "use_bias": normalization is None}
    return keras.layers.Conv2D(filters, kernel_size, **options)(h)


def _block(h, width, activation, normalization):
    """A feature map plus two convolutions of it."""
    inner = _convolved(h, width * pieces(activation), 3, normalization)
    inner = activated(normalized(inner, normalization), activation)
    inner = normalized(_convolved(inner, width, 3, normalization), normalization)
    return keras.layers.Add()([h, inner])


def _prime_factors(number):
    """The prime factors, the smallest first: 12 gives 2, 2, 3."""
    factors, divisor = [], 2
    while number > 1:
        while number % divisor == 0:
            factors.append(divisor)
            number //= divisor
        divisor += 1
    return factors
