"""StyleGANs with mirrored networks, compiled."""

from kgen.adversarial import auxiliary as auxiliaries
from kgen.adversarial.optimizers import with_adam
from kgen.adversarial.style.stylegan import StyleGAN
from kgen.networks.conv import check_image
from kgen.networks.gan.style import style_generator, style_mapping, style_synthesis
from kgen.networks.gan.style_discriminator import style_discriminator

SMALLEST = 7  # The shorter side of the first feature map, in pixels, at most.
WIDEST, NARROWEST = 64, 16  # Channels of small feature maps, and of large ones.
SMALL = 10  # The shorter side of a small map, in pixels, at most.


def stylegan(
    data_shape,
    num_classes=None,
    latent_dim=64,
    w_dim=64,
    num_layers=8,
    mapping_rate=0.01,
    filters=None,
    activation="leaky_relu",
    conditioning="projection",
    packing=1,
    auxiliary=None,
    learning_rate=2e-3,
    discriminator_learning_rate=None,
    beta_1=0.0,
    beta_2=0.99,
    ema=0.999,
    context_shape=None,
    **settings,
):
    """A `StyleGAN` with mirrored networks and Adam, compiled.

    Args:
        data_shape: `(height, width, channels)`, any sizes.
        num_classes: If given, the GAN is conditional.
        latent_dim: Size of `z`.
        w_dim: Size of a style, see `style_mapping`.
        num_layers: Number of layers of the mapping network.
        mapping_rate: Factor of the learning rate of the mapping network.
        filters: Channels of each size, from the image's own size down, for both
            networks. By default there are as many sizes as halve the image to 7 pixels
            or fewer. Maps of up to 10 pixels have 64 channels, those of twice that size
            32, larger ones 16.
        activation: Activation of all networks, see `kgen.networks.activated`.
        conditioning: How the discriminator takes labels, `"projection"` or
            `"concatenate"`.
        packing: See `GAN`.
        auxiliary: See `GAN`. The discriminator of an ACGAN takes no labels.
        learning_rate: Rate of the generator's Adam.
        discriminator_learning_rate: Rate of the discriminator's; by default the same.
        beta_1: Adam's, for both networks.
        beta_2: Adam's, for both networks.
        ema: Momentum of the average of the generator's weights, warmed up; `None` for
            no average.
        context_shape: If given, the shape of a `context` that replaces labels.
        **settings: Arguments of `StyleGAN`.
    """
    check_image(data_shape)
    condition = {"num_classes": num_classes, "context_shape": context_shape}
    filters = tuple(filters or default_filters(data_shape))
    mapping = style_mapping(
        latent_dim, w_dim, num_layers, mapping_rate, activation, **condition
    )
    synthesis = style_synthesis(data_shape, filters[::-1], w_dim, activation)
    auxiliary = auxiliaries.get(auxiliary)
    *size, channels = data_shape
    discriminator = style_discriminator(
        (*size, channels * packing),
        filters,
        activation,
        conditioning,
        **auxiliaries.discriminator_condition(auxiliary, condition),
    )
    settings |= {"packing": packing, "auxiliary": auxiliary}
    generator = style_generator(mapping, synthesis)
    model = StyleGAN(generator, discriminator, **condition, **settings)
    rates = (learning_rate, discriminator_learning_rate)
    return with_adam(model, *rates, beta_1, beta_2, ema)


def default_filters(data_shape):
    """Channels of each size of an image, from its own size down.

    Args:
        data_shape: `(height, width, channels)`.
    """
    sides = [min(data_shape[:-1])]
    while sides[-1] > SMALLEST:
        sides.append(-(-sides[-1] // 2))
    larger = [sum(other <= side for other in sides if other > SMALL) for side in sides]
    return [max(NARROWEST, WIDEST >> doublings) for doublings in larger]
