"""GANs with mirrored networks, compiled."""

import keras

from kgen.adversarial import auxiliary as auxiliaries
from kgen.adversarial.began import BEGAN
from kgen.adversarial.gan import GAN
from kgen.adversarial.optimizers import with_adam
from kgen.core.config import lookup
from kgen.core.recipe import STEPS, kind_of
from kgen.networks.conv import conv_decoder, conv_encoder
from kgen.networks.gan.dcgan import dcgan_discriminator, dcgan_generator
from kgen.networks.gan.mlp import mlp_discriminator, mlp_generator
from kgen.networks.gan.resnet import resnet_discriminator, resnet_generator
from kgen.networks.inputs import condition_input
from kgen.networks.inputs import network as as_network
from kgen.networks.mlp import mlp_autoencoder


def gan(
    data_shape,
    num_classes=None,
    model=GAN,
    latent_dim=None,
    network=None,
    hidden=(256, 256),
    filters=(64, 128),
    activation="relu",
    discriminator_activation="leaky_relu",
    normalization="auto",
    upsample="transpose",
    discriminator_normalization=None,
    spectral=False,
    conditioning="projection",
    packing=1,
    auxiliary=None,
    learning_rate=None,
    discriminator_learning_rate=None,
    beta_1=0.5,
    beta_2=0.999,
    context_shape=None,
    **settings,
):
    """A `GAN` with mirrored networks and Adam, compiled.

    Args:
        data_shape: Shape of one example.
        num_classes: If given, the GAN is conditional.
        model: `GAN` or a subclass.
        latent_dim: Size of the latent; by default 64, but at most the size of a vector.
        network: `"mlp"`, `"dcgan"` or `"resnet"`; by default `"dcgan"` for images and
            `"mlp"` for vectors.
        hidden: Units of the hidden layers of both networks, for `"mlp"`.
        filters: Filters of the discriminator, for `"dcgan"` and `"resnet"`; the
            generator mirrors them.
        activation: Activation of the generator, see `kgen.networks.activated`.
        discriminator_activation: Activation of the discriminator.
        normalization: Normalisation of the generator, see `kgen.networks.normalized`;
            `"auto"` is `"batch"` for images and none for vectors.
        upsample: How the generator of `"dcgan"` enlarges images, see `conv_decoder`;
            that of `"resnet"` repeats pixels.
        discriminator_normalization: Normalisation of the discriminator. `"batch"` mixes
            examples, so it does not suit a penalty on gradients.
        spectral: Whether the discriminator's layers are spectrally normalised.
        conditioning: How the discriminator takes labels, `"projection"` or
            `"concatenate"`.
        packing: See `GAN`.
        auxiliary: See `GAN`. The default `latent_dim` grows by the codes of an InfoGAN.
            The discriminator of an ACGAN takes no labels.
        learning_rate: Rate of the generator's Adam; by default 2e-4, and 1e-3 for small
            images (16 pixels a side or fewer). For vectors it falls from 1e-3 to 5e-5
            in 10,000 steps: a rate that stays high blurs their modes.
        discriminator_learning_rate: Rate of the discriminator's; by default the same.
        beta_1: Adam's, for both networks.
        beta_2: Adam's, for both networks.
        context_shape: If given, the shape of a `context` that replaces labels.
        **settings: Arguments of the model.
    """
    kind = _kind(network, data_shape)
    sizes = hidden if kind == "mlp" else filters
    condition = {"num_classes": num_classes, "context_shape": context_shape}
    auxiliary = auxiliaries.get(auxiliary)
    told = auxiliaries.discriminator_condition(auxiliary, condition)
    if auxiliary is not None and latent_dim is None:
        latent_dim = latent_size(None, data_shape, 64) + auxiliary.num_codes
    common = (activation, normalization, upsample)
    generator = _generator(kind, data_shape, latent_dim, sizes, *common, **condition)
    *size, channels = data_shape
    discriminator = _DISCRIMINATORS[kind](
        (*size, channels * packing),
        sizes,
        activation=discriminator_activation,
        normalization=discriminator_normalization,
        spectral=spectral,
        conditioning=conditioning,
        **told,
    )
    settings |= {"packing": packing, "auxiliary": auxiliary}
    model = model(generator, discriminator, **condition, **settings)
    return _compiled(model, learning_rate, discriminator_learning_rate, beta_1, beta_2)


def began(
    data_shape,
    num_classes=None,
    latent_dim=None,
    network=None,
    hidden=(256, 256),
    filters=(64, 128),
    activation="relu",
    normalization="auto",
    upsample="transpose",
    code_dim=None,
    learning_rate=None,
    discriminator_learning_rate=None,
    beta_1=0.5,
    beta_2=0.999,
    context_shape=None,
    **settings,
):
    """A `BEGAN` with Adam, compiled; its discriminator is a small autoencoder.

    Args:
        data_shape: Shape of one example.
        num_classes: If given, the GAN is conditional.
        latent_dim: See `gan`.
        network: See `gan`; `"mlp"` builds the autoencoder from dense layers, too.
        hidden: See `gan`; the autoencoder's encoder has them, its decoder mirrors them.
        filters: See `gan`; the autoencoder's encoder has them, its decoder mirrors
            them.
        activation: Activation of all hidden layers.
        normalization: See `gan`.
        upsample: See `gan`; of the generator and of the autoencoder's decoder.
        code_dim: Size of the autoencoder's code; by default 32, but at most half the
            size of a vector.
        learning_rate: See `gan`.
        discriminator_learning_rate: Rate of the discriminator's; by default the same.
        beta_1: Adam's, for both networks.
        beta_2: Adam's, for both networks.
        context_shape: If given, the shape of a `context` that replaces labels.
        **settings: Arguments of `BEGAN`.
    """
    kind = _kind(network, data_shape)
    sizes = hidden if kind == "mlp" else filters
    condition = {"num_classes": num_classes, "context_shape": context_shape}
    common = (activation, normalization, upsample)
    generator = _generator(kind, data_shape, latent_dim, sizes, *common, **condition)
    if code_dim is None:
        code_dim = max(1, latent_size(None, data_shape, 64) // 2)
    discriminator = _autoencoder(
        kind, data_shape, code_dim, sizes, activation, upsample, **condition
    )
    model = BEGAN(generator, discriminator, **condition, **settings)
    return _compiled(model, learning_rate, discriminator_learning_rate, beta_1, beta_2)


_GENERATORS = {
    "dcgan": dcgan_generator,
    "mlp": mlp_generator,
    "resnet": resnet_generator,
}
_DISCRIMINATORS = {
    "dcgan": dcgan_discriminator,
    "mlp": mlp_discriminator,
    "resnet": resnet_discriminator,
}


def latent_size(given, data_shape, most):
    """`given`, or else `most`, but no more than the size of a vector."""
    if given is not None:
        return given
    return min(most, data_shape[0]) if len(data_shape) == 1 else most


def _kind(network, data_shape):
    kind = network or ("dcgan" if len(data_shape) == 3 else "mlp")
    lookup("network", kind, _GENERATORS)
    return kind


def _generator(
    kind,
    data_shape,
    latent_dim,
    sizes,
    activation,
    normalization,
    upsample,
    **condition,
):
    if normalization == "auto":
        normalization = "batch" if len(data_shape) == 3 else None
    return _GENERATORS[kind](
        latent_size(latent_dim, data_shape, 64),
        data_shape,
        sizes if kind == "mlp" else tuple(sizes)[::-1],
        activation=activation,
        normalization=normalization,
        **({"upsample": upsample} if kind == "dcgan" else {}),
        **condition,
    )


def _autoencoder(kind, data_shape, code_dim, sizes, activation, upsample, **condition):
    common = {"activation": activation, **condition}
    output = "sigmoid" if len(data_shape) == 3 else None
    if kind == "mlp":
        encoder, decoder = mlp_autoencoder(
            data_shape, code_dim, sizes, output_activation=output, **common
        )
    else:
        sizes = tuple(sizes)
        encoder = conv_encoder(data_shape, code_dim, sizes, **common)
        decoder = conv_decoder(
            code_dim,
            data_shape,
            sizes[::-1],
            upsample=upsample,
            output_activation=output,
            **common,
        )
    x = keras.Input(tuple(data_shape), name="x")
    given = condition_input(**condition)
    beside = [] if given is None else [given]

    def through(network, value):
        return network([value, *beside] if beside else value)

    output = through(decoder, through(encoder, x))
    return as_network("discriminator", (x, given), output)


def _compiled(model, learning_rate, discriminator_learning_rate, beta_1, beta_2):
    if learning_rate is None:
        learning_rate = _rate(model.data_shape)
        if discriminator_learning_rate is None:
            steps = model.discriminator_steps
            discriminator_learning_rate = _rate(model.data_shape, steps)
    return with_adam(model, learning_rate, discriminator_learning_rate, beta_1, beta_2)


def _rate(data_shape, steps=1):
    """The learning rate of an optimizer that takes `steps` in a round."""
    if len(data_shape) == 1:
        steps = steps * STEPS["vector"]
        return keras.optimizers.schedules.CosineDecay(1e-3, steps, alpha=0.05)
    return {"small image": 1e-3}.get(kind_of(data_shape), 2e-4)
