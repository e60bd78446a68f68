"""A GAN of images twice as large, with the weights of a smaller one."""

import keras
import tensorflow as tf

from kgen.adversarial.auxiliary import discriminator_condition
from kgen.adversarial.progressive.model import ProgressiveGAN
from kgen.core.checks.values import check_count
from kgen.core.config import constructor_arguments
from kgen.networks.gan.progressive import (
    progressive_discriminator,
    progressive_generator,
)
from kgen.networks.inputs import input_shape


def grow(gan: ProgressiveGAN, filters: int | None = None) -> ProgressiveGAN:
    """A new model of images twice as high and wide, with all weights carried over.

    Its last level is new, and starts with an `alpha` of 0: samples are at first the
    enlarged samples of `gan` for the same seeds, and the discriminator judges the
    reduced image as before. `fit` on larger data fades the level in; with
    `fade_rounds=0` it is there at once. A `gan` that has not grown up yet does so
    first. Optimizers are compiled anew with their settings.

    Args:
        gan: A `ProgressiveGAN` with networks of `kgen.networks.progressive_generator`
            and `progressive_discriminator`. It is not changed.
        filters: Channels of the new level's feature maps; by default half of the last
            level's, rounded up.

    Returns:
        The new model, of the class of `gan`, with its settings, compiled if `gan` is.

    Raises:
        ValueError: for another model, other networks, or `filters` below 1.

    Example:

    >>> small = kgen.build("progressive-gan", (8, 8, 1), filters=(4, 8))
    >>> large = kgen.adversarial.grow(small)
    >>> large.sizes
    [(4, 4), (8, 8), (16, 16)]
    >>> bool(np.all(large.sample(2, seed=0)[:, ::2, ::2] == small.sample(2, seed=0)))
    True

    References:
        [Karras et al., 2018](https://arxiv.org/abs/1710.10196)
    """
    if not isinstance(gan, ProgressiveGAN):
        raise ValueError(
            f"`grow` was given a {type(gan).__name__}, but expects a "
            "kgen.ProgressiveGAN, such as kgen.build('progressive-gan', ...)."
        )
    if filters is not None:
        filters = check_count("grow", "filters", filters)
    with gan.distribute_strategy.scope():
        generator, discriminator = larger_networks(gan, filters)
        names = constructor_arguments(type(gan))
        settings = {name: getattr(gan, name) for name in names}
        settings |= {"generator": generator, "discriminator": discriminator}
        grown = type(gan)(**settings, name=gan.name, dtype=gan.dtype_policy)
        if gan.compiled:
            grown.compile_from_config(gan.get_compile_config())
        for network in ("generator", "discriminator"):
            carry_over(getattr(gan, network), getattr(grown, network))
        for part in ("head", "augmenter"):
            if getattr(gan, part) is not None:
                getattr(grown, part).set_weights(getattr(gan, part).get_weights())
        grown.noise.set_weights(gan.noise.get_weights())
        start = grown.last_level * grown.rounds_per_level
        grown.rounds.assign(tf.minimum(tf.convert_to_tensor(gan.rounds), start))
        grown.set_alphas()
    return grown


def larger_networks(gan, filters):
    """A generator and a discriminator with one level more, and new weights.

    Args:
        gan: A `ProgressiveGAN`.
        filters: See `grow`.
    """
    widths = [widths_of(n, gan.last_level) for n in (gan.generator, gan.discriminator)]
    height, width, channels = gan.data_shape
    shape = (2 * height, 2 * width)
    condition = {"num_classes": gan.num_classes, "context_shape": gan.context_shape}
    added = [filters or -(-each[-1] // 2) for each in widths]
    generator = progressive_generator(
        *gan.latent_shape,
        (*shape, channels),
        (*widths[0], added[0]),
        **condition,
        name=gan.generator.name,
    )
    names = [layer.name for layer in gan.discriminator.layers]
    discriminator = progressive_discriminator(
        (*shape, input_shape(gan.discriminator, "x")[-1]),
        (added[1], *widths[1][::-1]),
        conditioning="projection" if "projection" in names else "concatenate",
        **discriminator_condition(gan.auxiliary, condition),
        name=gan.discriminator.name,
    )
    return generator, discriminator


def widths_of(network, last_level):
    """Channels of each level of a network, from its convolutions."""
    layers = {layer.name: layer for layer in network.layers}
    names = [f"conv_{level}" for level in range(last_level + 1)]
    if not all(isinstance(layers.get(n), keras.layers.Conv2D) for n in names):
        refuse(network)
    return [layers[name].filters for name in names]


def carry_over(network, larger):
    """Gives a larger network the weights of a smaller one, by the names of layers."""
    places = {layer.name: layer for layer in larger.layers}
    for layer in network.layers:
        if not layer.weights:
            continue
        place = places.get(layer.name)
        if place is None or shapes_of(place) != shapes_of(layer):
            refuse(network)
        place.set_weights(layer.get_weights())


def shapes_of(layer):
    """Shapes of the weights of a layer."""
    return [tuple(weight.shape) for weight in layer.weights]


def refuse(network):
    """Raises a ValueError: the network has other layers."""
    raise ValueError(
        f"`grow` was given a model whose network {network.name!r} has other layers "
        "than those of kgen.networks.progressive_generator and "
        "progressive_discriminator, so that it cannot add a level. Build the model "
        "with these, or build a larger network of your own."
    )
