"""The recipe of the progressive GAN."""

from kgen.adversarial import auxiliary as auxiliaries
from kgen.adversarial.optimizers import with_adam
from kgen.adversarial.progressive.model import ProgressiveGAN
from kgen.core.recipe import STEPS, Recipe, kind_of
from kgen.networks.conv import check_image
from kgen.networks.gan.progressive import (
    progressive_discriminator,
    progressive_generator,
)

SMALLEST = 4  # The shorter side of images on level 0, in pixels, at most.


def progressive_gan(
    data_shape,
    num_classes=None,
    latent_dim=64,
    filters=None,
    conditioning="projection",
    packing=1,
    auxiliary=None,
    rounds_per_level=None,
    learning_rate=1e-3,
    discriminator_learning_rate=None,
    beta_1=0.0,
    beta_2=0.99,
    ema=0.999,
    context_shape=None,
    **settings,
):
    """A `ProgressiveGAN` with mirrored networks, compiled.

    Args:
        data_shape: `(height, width, channels)`.
        num_classes: If given, the GAN is conditional.
        latent_dim: Size of the latent.
        filters: Filters of the discriminator from the image down, one for each size;
            the generator mirrors them. By default sizes are halved until the shorter
            side has at most 4 pixels, and the filters double from 16, for small images
            from 32, to 64.
        conditioning: How the discriminator takes labels, `"projection"` or
            `"concatenate"`.
        packing: See `GAN`.
        auxiliary: See `GAN`. The discriminator of an ACGAN takes no labels.
        rounds_per_level: See `ProgressiveGAN`. By default the last level starts early
            enough to get two or more shares of the recipe's steps, the others one.
        learning_rate: Rate of the generator's Adam.
        discriminator_learning_rate: Rate of the discriminator's; by default the same.
        beta_1: Adam's, for both networks.
        beta_2: Adam's, for both networks.
        ema: Momentum of the average of the generator's weights, warmed up; `None` for
            no average.
        context_shape: If given, the shape of a `context` that replaces labels.
        **settings: Arguments of `ProgressiveGAN`.
    """
    check_image(data_shape)
    if filters is None:
        filters = default_filters(data_shape)
    if rounds_per_level is None:
        steps = _STEPS.get(kind_of(data_shape), STEPS[kind_of(data_shape)])
        rounds_per_level = max(1, steps // (len(filters) + 1))
    condition = {"num_classes": num_classes, "context_shape": context_shape}
    generator = progressive_generator(
        latent_dim, data_shape, tuple(filters)[::-1], **condition
    )
    auxiliary = auxiliaries.get(auxiliary)
    told = auxiliaries.discriminator_condition(auxiliary, condition)
    *size, channels = data_shape
    discriminator = progressive_discriminator(
        (*size, channels * packing), filters, conditioning, **told
    )
    model = ProgressiveGAN(
        generator,
        discriminator,
        rounds_per_level=rounds_per_level,
        packing=packing,
        auxiliary=auxiliary,
        **condition,
        **settings,
    )
    rates = (learning_rate, discriminator_learning_rate)
    return with_adam(model, *rates, beta_1, beta_2, ema)


def default_filters(data_shape):
    """Filters from the image down; each size is half of the last, rounded up."""
    side, count = -(-min(data_shape[:-1]) // 2), 2
    while side > SMALLEST:
        side, count = -(-side // 2), count + 1
    first = 32 if kind_of(data_shape) == "small image" else 16
    return tuple(min(64, first * 2**k) for k in range(count))


_STEPS = {"small image": 1_200}

RECIPES = {
    "progressive-gan": Recipe(
        progressive_gan,
        ProgressiveGAN,
        "small images first, then their size doubles",
        "https://arxiv.org/abs/1710.10196",
        {"adversarial_loss": "wasserstein", "penalty": "gradient_penalty"},
        by_kind={"small image": {"ema": 0.99}},
        steps=_STEPS,
        needs={"conditioning": ("num_classes", ())},
        networks=("generator", "discriminator"),
        # It is grown up after one round: `fit` warns if it ends earlier.
        tiny={
            "filters": (4, 5),
            "latent_dim": 3,
            "rounds_per_level": 1,
            "fade_rounds": 0,
        },
        heavy=True,
    )
}
