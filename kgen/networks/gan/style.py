"""The style-based generator: a mapping network and a synthesis network."""

import math
from collections.abc import Callable, Sequence

import keras
import numpy as np

from kgen.networks.conv import check_image, cropped, steps_down
from kgen.networks.gan.heads import data_output
from kgen.networks.inputs import (
    check_output,
    condition_input,
    condition_vector,
    input_shape,
    network,
)
from kgen.networks.layers.activations import activated, pieces
from kgen.networks.layers.adain import AdaIN
from kgen.networks.layers.equalized import EqualizedConv2D, EqualizedDense
from kgen.networks.layers.learned_constant import LearnedConstant
from kgen.networks.layers.noise_injection import NoiseInjection
from kgen.networks.layers.pixel_norm import PixelNorm
from kgen.networks.settings import checked

GAIN = math.sqrt(2.0)  # Keeps the variance before a leaky ReLU.
PARTS = ("mapping", "synthesis")


@checked
def style_mapping(
    latent_dim: int,
    w_dim: int = 64,
    num_layers: int = 8,
    rate: float = 0.01,
    activation: str | Callable | None = "leaky_relu",
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "mapping",
) -> keras.Model:
    """Dense layers from a latent `z` to a style `w`.

    `z` is scaled to the root mean square 1. A condition is embedded as a vector of the
    same size, scaled in the same way and appended. Layers are equalised.

    Args:
        latent_dim: Size of `z`.
        w_dim: Size of `w`, and of all hidden layers.
        num_layers: Number of layers, 8 in the paper.
        rate: Factor of the learning rate of all layers: a small one keeps so deep a
            perceptron stable.
        activation: Activation of all layers, also the last, see `activated`.
        num_classes: If given, the network takes `labels`.
        context_shape: If given, the network takes a `context` instead of labels.
        name: Name of the network.

    Returns:
        `keras.Model` `z[, condition] -> (batch, w_dim)`.

    Example:

    >>> kgen.networks.style_mapping(16, w_dim=32)(np.ones((3, 16))).shape
    TensorShape([3, 32])

    References:
        [Karras et al., 2019](https://arxiv.org/abs/1812.04948)
    """
    z = keras.Input((latent_dim,), name="z")
    condition = condition_input(num_classes, context_shape)
    h = PixelNorm()(z)
    if condition is not None:
        vector = condition_vector(condition, num_classes)
        embedded = EqualizedDense(latent_dim, name="embedding")(vector)
        h = keras.layers.Concatenate()([h, PixelNorm()(embedded)])
    for _ in range(num_layers):
        h = EqualizedDense(w_dim * pieces(activation), gain=GAIN, rate=rate)(h)
        h = activated(h, activation)
    return network(name, (z, condition), h)


@checked
def style_synthesis(
    data_shape: Sequence[int],
    filters: Sequence[int] = (64, 64, 32),
    w_dim: int = 64,
    activation: str | Callable | None = "leaky_relu",
    name: str = "synthesis",
) -> keras.Model:
    """Convolutions from a learned constant to an image, guided by styles and noise.

    Each size has two 3x3 convolutions; at the smallest size the constant takes the
    place of the first. Noise, activation and `AdaIN` follow each. So there are `2 *
    len(filters)` styles, two for each size, the coarsest first. Between sizes the map
    is doubled, bilinearly. A 1x1 convolution and tanh, rescaled to [0, 1], end the
    network. Layers are equalised.

    Args:
        data_shape: `(height, width, channels)`, any sizes.
        filters: Channels of each size, from the smallest map up. The last is the
            image's size, and each doubles the one before.
        w_dim: Size of a style.
        activation: Activation of each convolution, see `activated`.
        name: Name of the network.

    Returns:
        `keras.Model` `w, noise -> (batch, height, width, channels)`, with inputs `w`
        `(batch, num_styles, w_dim)` and `noise` `(batch, noise_dim)`.

    Raises:
        ValueError: if the smallest map has one pixel only.

    Example:

    >>> synthesis = kgen.networks.style_synthesis((8, 8, 1), filters=(16, 16), w_dim=8)
    >>> synthesis.input_shape
    [(None, 4, 8), (None, 160)]

    References:
        [Karras et al., 2019](https://arxiv.org/abs/1812.04948)
    """
    check_image(data_shape)
    *size, channels = data_shape
    sizes = steps_down(size, len(filters) - 1, 2)[::-1]
    noise_dim = 2 * sum(math.prod(each) for each in sizes)
    w = keras.Input((2 * len(filters), w_dim), name="w")
    noise = keras.Input((noise_dim,), name="noise")
    index, start = 0, 0

    def styled(h):
        """Noise, activation and the next style."""
        nonlocal index, start
        layer = NoiseInjection(start)
        h = activated(layer(h, noise), activation)
        style = w[:, index]
        scale = EqualizedDense(h.shape[-1], bias_initializer="ones")(style)
        shift = EqualizedDense(h.shape[-1])(style)
        index, start = index + 1, start + layer.size
        return AdaIN()(h, scale, shift)

    for each, width in zip(sizes, filters, strict=True):
        wide = width * pieces(activation)
        if index == 0:
            h = styled(LearnedConstant((*each, wide))(w))
        else:
            h = keras.layers.UpSampling2D(2, interpolation="bilinear")(h)
            h = EqualizedConv2D(wide, 3, padding="same", gain=GAIN)(cropped(h, each))
            h = styled(h)
        h = styled(EqualizedConv2D(wide, 3, padding="same", gain=GAIN)(h))
    h = EqualizedConv2D(channels, 1, padding="same")(h)
    return network(name, (w, noise), data_output(h, "tanh"))


def style_generator(
    mapping: keras.Model, synthesis: keras.Model, name: str = "generator"
) -> keras.Model:
    """A generator of a mapping and a synthesis network: all styles are the same `w`.

    The two networks are layers of the generator, by their names.

    Args:
        mapping: Network `z[, condition] -> (batch, w_dim)`, named `"mapping"`, such as
            that of `style_mapping`.
        synthesis: Network of the inputs `w` `(batch, num_styles, w_dim)` and `noise`
            `(batch, noise_dim)`, named `"synthesis"`, such as that of
            `style_synthesis`.
        name: Name of the network.

    Returns:
        `keras.Model` `z[, condition], noise -> (batch, *data_shape)`.

    Raises:
        ValueError: for networks with other names, inputs or sizes.

    Example:

    >>> mapping = kgen.networks.style_mapping(16, w_dim=8)
    >>> synthesis = kgen.networks.style_synthesis((8, 8, 1), w_dim=8)
    >>> kgen.networks.style_generator(mapping, synthesis).output_shape
    (None, 8, 8, 1)
    """
    num_styles, _ = _check_parts(mapping, synthesis)
    of_mapping, of_synthesis = {}, {}
    for tensor in mapping.inputs:
        of_mapping[tensor.name] = _input_like(tensor)
    w = _called(mapping, of_mapping)
    of_synthesis["w"] = keras.layers.RepeatVector(num_styles, name="w")(w)
    for tensor in synthesis.inputs:
        if tensor.name != "w":
            of_synthesis[tensor.name] = _input_like(tensor)
    x = _called(synthesis, of_synthesis)
    noise = of_synthesis["noise"]
    return network(name, (*of_mapping.values(), noise), x)


def style_of_noise(synthesis):
    """The index of the style beside which each value of the noise is used.

    Args:
        synthesis: Network as for `style_generator`; its layers `NoiseInjection`, one
            for each style, share the noise.

    Returns:
        int array `(noise_dim,)`.

    Raises:
        ValueError: if it is not one layer for each style, each with its own part.
    """
    shapes = _shapes(synthesis)
    layers = [la for la in synthesis.layers if isinstance(la, NoiseInjection)]
    layers = sorted(layers, key=lambda layer: layer.start)
    ends = [0, *(layer.start + layer.size for layer in layers)]
    (num_styles, _), (noise_dim,) = shapes["w"], shapes["noise"]
    apart = [layer.start for layer in layers] == ends[:-1] and ends[-1] == noise_dim
    if not apart or len(layers) != num_styles:
        raise ValueError(
            f"The network {synthesis.name!r} takes {num_styles} styles and {noise_dim} "
            f"values of noise, but its {len(layers)} layers NoiseInjection use the "
            f"values up to {ends[1:]}. Each style needs one such layer, and each layer "
            "a `start` where the one before ends."
        )
    return np.repeat(np.arange(num_styles), [layer.size for layer in layers])


def _check_parts(mapping, synthesis):
    """`(num_styles, w_dim)`, if two networks can be the parts of a generator."""
    names = tuple(getattr(part, "name", None) for part in (mapping, synthesis))
    if names != PARTS:
        raise ValueError(
            f"`style_generator` was given networks named {names[0]!r} and "
            f"{names[1]!r}, but expects {PARTS[0]!r} and {PARTS[1]!r}: "
            "keras.Model(..., name=...)."
        )
    input_shape(mapping, "z")
    shapes = _shapes(synthesis)
    ranks = {name: len(shape) for name, shape in shapes.items()}
    if ranks != {"w": 2, "noise": 1}:
        raise ValueError(
            f"The network 'synthesis' has inputs of the shapes {shapes}, but expects w "
            "(num_styles, w_dim) and noise (noise_dim,), both beside the batch axis."
        )
    num_styles, w_dim = shapes["w"]
    advice = "Build both networks for one w_dim."
    check_output("mapping", mapping, (w_dim,), "the styles of the synthesis", advice)
    style_of_noise(synthesis)
    return num_styles, w_dim


def _shapes(network):
    """Shapes of the inputs of a network by name, without the batch axis."""
    return {tensor.name: tuple(tensor.shape[1:]) for tensor in network.inputs}


def _input_like(tensor):
    return keras.Input(tensor.shape[1:], name=tensor.name, dtype=tensor.dtype)


def _called(network, inputs):
    """A network's output, from inputs by name."""
    inputs = [inputs[tensor.name] for tensor in network.inputs]
    return network(keras.tree.pack_sequence_as(network.input, inputs))
