"""Recipes of super-resolution and completion."""

import keras

from kgen.adversarial.optimizers import with_adam
from kgen.adversarial.restoration.inpainter import Inpainter
from kgen.adversarial.restoration.srgan import SRGAN
from kgen.adversarial.restoration.srresnet import SRResNet
from kgen.core.recipe import Recipe
from kgen.networks.conv import check_image
from kgen.networks.gan.completion import (
    completion_discriminator,
    completion_generator,
)
from kgen.networks.gan.dcgan import dcgan_discriminator
from kgen.networks.srresnet import srresnet as srresnet_network

_LEDIG = "https://arxiv.org/abs/1609.04802"


def srresnet(
    data_shape,
    num_classes=None,
    factor=4,
    width=32,
    num_blocks=6,
    activation="relu",
    normalization=None,
    interpolated=True,
    learning_rate=5e-4,
    context_shape=None,
    **settings,
):
    """An `SRResNet` with Adam, compiled.

    Args:
        data_shape: `(height, width, channels)` of the images of `fit`.
        num_classes: If given, the model is conditional.
        factor: Factor of height and width; 2 in the recipe for small images.
        width: See `kgen.networks.srresnet`; 64 in the paper.
        num_blocks: See `kgen.networks.srresnet`; 16 in the paper.
        activation: See `kgen.networks.srresnet`.
        normalization: See `kgen.networks.srresnet`.
        interpolated: See `kgen.networks.srresnet`.
        learning_rate: Adam's learning rate.
        context_shape: If given, the shape of a `context` that replaces labels.
        **settings: Arguments of `SRResNet`.
    """
    condition = {"num_classes": num_classes, "context_shape": context_shape}
    generator = _enlarging(
        data_shape,
        factor,
        width=width,
        num_blocks=num_blocks,
        activation=activation,
        normalization=normalization,
        interpolated=interpolated,
        **condition,
    )
    model = SRResNet(generator, factor, data_shape=data_shape, **condition, **settings)
    model.compile(keras.optimizers.Adam(learning_rate))
    return model


def srgan(
    data_shape,
    num_classes=None,
    generator=None,
    factor=4,
    width=32,
    num_blocks=6,
    filters=(32, 64, 128),
    activation="relu",
    discriminator_activation="leaky_relu",
    normalization=None,
    discriminator_normalization=None,
    spectral=False,
    interpolated=True,
    conditioning="projection",
    learning_rate=2e-4,
    discriminator_learning_rate=None,
    beta_1=0.5,
    context_shape=None,
    **settings,
):
    """An `SRGAN` with Adam, compiled.

    Args:
        data_shape: `(height, width, channels)` of the images of `fit`.
        num_classes: If given, the model is conditional.
        generator: A generator to start from, `SRResNet.generator`; by default a new
            one.
        factor: Factor of height and width.
        width: See `srresnet`.
        num_blocks: See `srresnet`.
        filters: Filters of the discriminator, see `kgen.networks.dcgan_discriminator`.
        activation: Activation of the generator.
        discriminator_activation: Activation of the discriminator.
        normalization: Normalisation of the generator.
        discriminator_normalization: Normalisation of the discriminator; `"batch"` in
            the paper.
        spectral: Whether the discriminator's layers are spectrally normalised.
        interpolated: See `kgen.networks.srresnet`.
        conditioning: How the discriminator takes labels, `"projection"` or
            `"concatenate"`.
        learning_rate: Rate of the generator's Adam.
        discriminator_learning_rate: Rate of the discriminator's; by default the same.
        beta_1: Adam's, for both networks.
        context_shape: If given, the shape of a `context` that replaces labels.
        **settings: Arguments of `SRGAN`.
    """
    condition = {"num_classes": num_classes, "context_shape": context_shape}
    if generator is None:
        generator = _enlarging(
            data_shape,
            factor,
            width=width,
            num_blocks=num_blocks,
            activation=activation,
            normalization=normalization,
            interpolated=interpolated,
            **condition,
        )
    check_image(data_shape)
    *size, channels = data_shape
    target_shape = (*(max(1, side // factor) * factor for side in size), channels)
    discriminator = dcgan_discriminator(
        target_shape,
        filters,
        discriminator_activation,
        discriminator_normalization,
        spectral,
        conditioning,
        **condition,
    )
    model = SRGAN(
        generator, discriminator, factor, data_shape=data_shape, **condition, **settings
    )
    return with_adam(model, learning_rate, discriminator_learning_rate, beta_1)


def inpainter(
    data_shape,
    num_classes=None,
    filters=(32, 64),
    dilations=(2, 4),
    features=128,
    activation="relu",
    discriminator_activation="leaky_relu",
    normalization=None,
    upsample="transpose",
    discriminator_normalization=None,
    conditioning="projection",
    learning_rate=5e-4,
    discriminator_learning_rate=None,
    beta_1=0.5,
    context_shape=None,
    **settings,
):
    """An `Inpainter` with Adam, compiled; its patches have half the image's sides.

    Args:
        data_shape: `(height, width, channels)` of the images.
        num_classes: If given, the model is conditional.
        filters: Filters of both networks, see `kgen.networks.completion_generator`.
        dilations: See `kgen.networks.completion_generator`.
        features: See `kgen.networks.completion_discriminator`.
        activation: Activation of the generator.
        discriminator_activation: Activation of the discriminator.
        normalization: Normalisation of the generator.
        upsample: How the generator enlarges the map, see `resnet_translator`.
        discriminator_normalization: Normalisation of the discriminator.
        conditioning: How the discriminator takes labels, `"projection"` or
            `"concatenate"`.
        learning_rate: Rate of the generator's Adam.
        discriminator_learning_rate: Rate of the discriminator's; by default the same.
        beta_1: Adam's, for both networks.
        context_shape: If given, the shape of a `context` that replaces labels.
        **settings: Arguments of `Inpainter`.
    """
    check_image(data_shape)
    condition = {"num_classes": num_classes, "context_shape": context_shape}
    layers = (filters, dilations, activation, normalization, upsample)
    generator = completion_generator(data_shape, *layers, **condition)
    *size, channels = data_shape
    discriminator = completion_discriminator(
        data_shape,
        (*(-(-side // 2) for side in size), channels),
        filters,
        features,
        discriminator_activation,
        discriminator_normalization,
        conditioning,
        **condition,
    )
    model = Inpainter(generator, discriminator, **condition, **settings)
    return with_adam(model, learning_rate, discriminator_learning_rate, beta_1)


def _enlarging(data_shape, factor, **options):
    """A generator of super-resolution with small kernels."""
    check_image(data_shape)
    kernels = {"first_kernel_size": 3, "output_kernel_size": 3}
    return srresnet_network(data_shape[-1], factor, **kernels, **options)


_FEATURES = {"feature_weight": ("feature_network", ())}
_NEW = {
    name: ("generator", (None,))
    for name in ("width", "num_blocks", "activation", "normalization", "interpolated")
}
_CONDITIONING = {"conditioning": ("num_classes", ())}
_SMALL = {"small image": {"factor": 2}}
_TINY = {"factor": 2, "width": 3, "num_blocks": 1}

RECIPES = {
    "srresnet": Recipe(
        srresnet,
        SRResNet,
        "super-resolution by a residual network and sub-pixel convolutions",
        _LEDIG,
        by_kind=_SMALL,
        needs=_FEATURES,
        networks=("generator", "model"),
        tiny=_TINY,
        heavy=True,
    ),
    "srgan": Recipe(
        srgan,
        SRGAN,
        "super-resolution that a discriminator takes for sharp images",
        _LEDIG,
        by_kind=_SMALL,
        needs={**_FEATURES, **_NEW, **_CONDITIONING},
        networks=("discriminator", "model"),
        tiny={**_TINY, "filters": (4,)},
        heavy=True,
    ),
    "inpainter": Recipe(
        inpainter,
        Inpainter,
        "completion of holes, judged as a whole and around the hole",
        "https://doi.org/10.1145/3072959.3073659",
        needs=_CONDITIONING,
        networks=("generator", "discriminator", "model"),
        tiny={"filters": (4, 5), "dilations": (2,), "features": 3},
        heavy=True,
    ),
}
