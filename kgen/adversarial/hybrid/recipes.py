"""Recipes between VAE and GAN."""

from functools import partial

import keras

from kgen.adversarial.building import latent_size
from kgen.adversarial.hybrid.adversarial_autoencoder import AdversarialAutoencoder
from kgen.adversarial.hybrid.factor_vae import FactorVAE
from kgen.adversarial.hybrid.vaegan import VAEGAN
from kgen.adversarial.optimizers import with_adam
from kgen.autoencoders.building import chosen_likelihood, chosen_pair
from kgen.core.config import lookup
from kgen.core.recipe import Recipe
from kgen.likelihoods import posteriors
from kgen.networks.gan import (
    dcgan_discriminator,
    dcgan_generator,
    mlp_discriminator,
    mlp_generator,
)
from kgen.networks.mirrored import mirrored


def _judged_codes(kind, default_dim, default_covariance, judges_condition):
    """The recipe of a game whose discriminator judges codes.

    Args:
        kind: Class of the model.
        default_dim: Size of the code by default.
        default_covariance: `covariance` by default.
        judges_condition: Whether the discriminator takes labels or context, too.
    """

    def build(
        data_shape,
        num_classes=None,
        latent_dim=None,
        network=None,
        hidden=None,
        filters=(32, 64),
        upsample="transpose",
        activation="relu",
        discriminator_hidden=(256, 256),
        likelihood=None,
        levels=None,
        stddev=None,
        covariance=default_covariance,
        learning_rate=2e-3,
        discriminator_learning_rate=1e-3,
        weight_decay=0.1,
        context_shape=None,
        **settings,
    ):
        """A model with mirrored networks and a perceptron as discriminator, compiled.

        Args:
            data_shape: Shape of one example.
            num_classes: If given, encoder and decoder take labels; so does the
                discriminator of an `AdversarialAutoencoder`.
            latent_dim: Size of the code; by default 8 for an `AdversarialAutoencoder`
                and 16 for a `FactorVAE`, but at most the size of a vector.
            network: `"mlp"` or `"conv"`; by default `"conv"` for images and `"mlp"` for
                vectors.
            hidden: Units of the encoder's dense hidden layers; the decoder mirrors
                them. By default `(512,)` for `"mlp"` and none for `"conv"`.
            filters: Filters of the encoder's convolutions; the decoder mirrors them.
            upsample: How a convolutional decoder enlarges images, see `conv_decoder`.
            activation: Activation of the hidden layers of encoder and decoder.
            discriminator_hidden: Units of the discriminator's hidden layers.
            likelihood: See `VAE`; by default `"discretized_logistic"` for more than two
                `levels`, else `"bernoulli"` for images and `"learned_gaussian"` for
                vectors.
            levels: Number of levels of the data if it has levels, such as
                `train.levels`.
            stddev: Standard deviation, for `"gaussian"`.
            covariance: See the model.
            learning_rate: AdamW's learning rate, for encoder and decoder.
            discriminator_learning_rate: Adam's, for the discriminator.
            weight_decay: AdamW's. It keeps the model from memorising small data sets.
            context_shape: If given, the shape of a `context` that replaces labels.
            **settings: Arguments of the model.
        """
        likelihood = chosen_likelihood(likelihood, levels, stddev, data_shape)
        encoder, decoder = chosen_pair(network, hidden, filters, upsample, data_shape)
        condition = {"num_classes": num_classes, "context_shape": context_shape}
        common = {"activation": activation, **condition}
        size = latent_dim = latent_size(latent_dim, data_shape, default_dim)
        if covariance is not None:
            size = posteriors.get(covariance).num_parameters(latent_dim)
        judged = condition if judges_condition else {}
        model = kind(
            encoder(data_shape, size, **common),
            decoder(
                latent_dim,
                data_shape,
                num_parameters=likelihood.num_parameters,
                **common,
            ),
            mlp_discriminator((latent_dim,), discriminator_hidden, **judged),
            likelihood=likelihood,
            covariance=covariance,
            **condition,
            **settings,
        )
        optimizers = {
            "autoencoder": keras.optimizers.AdamW(learning_rate, weight_decay),
            "discriminator": keras.optimizers.Adam(discriminator_learning_rate, 0.5),
        }
        model.compile(optimizers=optimizers)
        return model

    return build


def vae_gan(
    data_shape,
    num_classes=None,
    latent_dim=None,
    network=None,
    hidden=(256, 256),
    filters=(64, 128),
    activation="relu",
    discriminator_activation="leaky_relu",
    normalization="auto",
    upsample="transpose",
    discriminator_normalization=None,
    conditioning="projection",
    covariance="diagonal",
    learning_rate=1e-3,
    discriminator_learning_rate=None,
    beta_1=0.5,
    context_shape=None,
    **settings,
):
    """A `VAEGAN` with mirrored networks and Adam, compiled.

    Args:
        data_shape: Shape of one example.
        num_classes: If given, all three networks take labels.
        latent_dim: Size of the latent; by default 16, but at most the size of a vector.
        network: `"dcgan"` or `"mlp"`; by default `"dcgan"` for images and `"mlp"` for
            vectors.
        hidden: Units of the hidden layers of all networks, for `"mlp"`; the decoder
            mirrors them.
        filters: Filters of encoder and discriminator, for `"dcgan"`; the decoder
            mirrors them.
        activation: Activation of encoder and decoder.
        discriminator_activation: Activation of the discriminator.
        normalization: Normalisation of the decoder, see `kgen.networks.normalized`;
            `"auto"` is `"batch"` for images and none for vectors.
        upsample: How the decoder of `"dcgan"` enlarges images, see `conv_decoder`.
        discriminator_normalization: Normalisation of the discriminator.
        conditioning: How the discriminator takes labels, `"projection"` or
            `"concatenate"`.
        covariance: See `VAEGAN`.
        learning_rate: Adam's, for encoder and decoder.
        discriminator_learning_rate: Adam's, for the discriminator; by default the same.
        beta_1: Adam's, for all networks.
        context_shape: If given, the shape of a `context` that replaces labels.
        **settings: Arguments of `VAEGAN`.
    """
    image = len(data_shape) == 3
    network = network or ("dcgan" if image else "mlp")
    kind, generator, discriminator = lookup("network", network, _KINDS)
    sizes = tuple(filters if kind == "conv" else hidden)
    encoder, _ = mirrored(kind, hidden if kind == "mlp" else (), filters, "transpose")
    if normalization == "auto":
        normalization = "batch" if image else None
    condition = {"num_classes": num_classes, "context_shape": context_shape}
    latent_dim = latent_size(latent_dim, data_shape, 16)
    size = posteriors.get(covariance).num_parameters(latent_dim)
    model = VAEGAN(
        encoder(data_shape, size, activation=activation, **condition),
        generator(
            latent_dim,
            data_shape,
            sizes[::-1],
            activation=activation,
            normalization=normalization,
            **({"upsample": upsample} if network == "dcgan" else {}),
            **condition,
        ),
        discriminator(
            data_shape,
            sizes,
            activation=discriminator_activation,
            normalization=discriminator_normalization,
            conditioning=conditioning,
            **condition,
        ),
        covariance=covariance,
        **condition,
        **settings,
    )
    return with_adam(model, learning_rate, discriminator_learning_rate, beta_1)


_KINDS = {
    "dcgan": ("conv", dcgan_generator, dcgan_discriminator),
    "mlp": ("mlp", mlp_generator, mlp_discriminator),
}

_TINY = {"hidden": (7,), "filters": (4, 5), "latent_dim": 3}
_codes = partial(
    Recipe,
    needs={name: ("network", ("conv",)) for name in ("filters", "upsample")},
    image_network="conv",
    networks=("encoder", "decoder", "discriminator"),
    tiny={**_TINY, "discriminator_hidden": (6,)},
    heavy=True,
)

RECIPES = {
    "adversarial-autoencoder": _codes(
        _judged_codes(AdversarialAutoencoder, 8, None, judges_condition=True),
        AdversarialAutoencoder,
        "a discriminator makes the codes follow N(0, I)",
        "https://arxiv.org/abs/1511.05644",
    ),
    "factor-vae": _codes(
        _judged_codes(FactorVAE, 16, "diagonal", judges_condition=False),
        FactorVAE,
        "a discriminator measures the total correlation of the code",
        "https://arxiv.org/abs/1802.05983",
    ),
    "vae-gan": Recipe(
        vae_gan,
        VAEGAN,
        "a VAE that compares features of a discriminator",
        "https://arxiv.org/abs/1512.09300",
        # The features are no data of unit variance: with a weight of 1 the posterior
        # tells too little.
        {"beta": 0.1},
        needs={
            "hidden": ("network", ("mlp",)),
            **{name: ("network", ("dcgan",)) for name in ("filters", "upsample")},
            "conditioning": ("num_classes", ()),
        },
        image_network="dcgan",
        networks=("encoder", "decoder", "discriminator"),
        tiny=_TINY,
        heavy=True,
    ),
}
