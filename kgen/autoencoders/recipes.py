"""Recipes of the autoencoder wing."""

from functools import partial

import keras

from kgen import likelihoods
from kgen.autoencoders.autoencoder import Autoencoder
from kgen.autoencoders.building import chosen_likelihood, chosen_pair
from kgen.autoencoders.latent_recipes import (
    check_latent_settings,
    named_prior,
    posterior_steps,
)
from kgen.autoencoders.latents import context_size
from kgen.autoencoders.quantizer import VectorQuantizer
from kgen.autoencoders.vae import VAE
from kgen.autoencoders.vqvae import VQVAE
from kgen.core.recipe import Recipe, over_levels
from kgen.likelihoods import posteriors
from kgen.networks.grid import grid_decoder, grid_encoder
from kgen.networks.mirrored import mirrored
from kgen.networks.tied import tied_decoder
from kgen.networks.variance import with_shared_variance


def autoencoder(
    data_shape,
    num_classes=None,
    latent_dim=32,
    network="mlp",
    hidden=(),
    filters=(32, 64),
    upsample="transpose",
    activation="relu",
    code_activation=None,
    output_activation="auto",
    tied=False,
    learning_rate=1e-3,
    weight_decay=0.0,
    context_shape=None,
    **settings,
):
    """An `Autoencoder` with mirrored networks, compiled.

    Args:
        data_shape: Shape of one example.
        num_classes: If given, both networks take labels.
        latent_dim: Size of the code.
        network: `"mlp"` or `"conv"`.
        hidden: Units of the encoder's dense hidden layers; the decoder mirrors them.
        filters: Filters of the encoder's convolutions; the decoder mirrors them.
        upsample: How a convolutional decoder enlarges images, see `conv_decoder`.
        activation: Activation of all hidden layers.
        code_activation: Activation of the code.
        output_activation: Activation of the decoder; decides the loss, see
            `Autoencoder`. `"auto"` is `"sigmoid"` for images and none for vectors.
        tied: Whether the decoder's kernels are the encoder's, transposed; for `"mlp"`.
        learning_rate: Adam's learning rate.
        weight_decay: Adam's, decoupled as in AdamW. It keeps the model from memorising
            small data sets, and costs quality on large ones.
        context_shape: If given, the shape of a `context` that replaces labels.
        **settings: Arguments of `Autoencoder`.
    """
    if output_activation == "auto":
        output_activation = "sigmoid" if len(data_shape) == 3 else None
    if activation != "relu" and network == "mlp" and not hidden:
        raise ValueError(
            f"activation={activation!r} was given, but without hidden layers it has no "
            "effect. Leave it out, or pass hidden=(64,), or code_activation."
        )
    encoder, decoder = mirrored(network, hidden, filters, upsample)
    common = {
        "activation": activation,
        "num_classes": num_classes,
        "context_shape": context_shape,
    }
    encoder = encoder(
        data_shape, latent_dim, output_activation=code_activation, **common
    )
    if tied:
        decoder = tied_decoder(encoder, output_activation)
    else:
        decoder = decoder(
            latent_dim, data_shape, output_activation=output_activation, **common
        )
    model = Autoencoder(
        encoder,
        decoder,
        num_classes=num_classes,
        context_shape=context_shape,
        **settings,
    )
    model.compile(
        keras.optimizers.Adam(learning_rate, weight_decay=weight_decay or None)
    )
    return model


def vae(
    data_shape,
    num_classes=None,
    latent_dim=16,
    network=None,
    hidden=None,
    filters=(32, 64),
    upsample="transpose",
    activation="relu",
    likelihood=None,
    levels=None,
    stddev=None,
    covariance="diagonal",
    shared_variance=False,
    learning_rate=2e-3,
    weight_decay=0.1,
    context_shape=None,
    posterior_flow=None,
    prior=None,
    groups=None,
    num_components=50,
    num_latent_steps=None,
    latent_hidden=None,
    **settings,
):
    """A `VAE` with mirrored networks, compiled.

    Args:
        data_shape: Shape of one example.
        num_classes: If given, the VAE is conditional.
        latent_dim: Size of the latent.
        network: `"mlp"` or `"conv"`; by default `"conv"` for images and `"mlp"` for
            vectors.
        hidden: Units of the encoder's dense hidden layers; the decoder mirrors them.
            By default `(512,)` for `"mlp"` and none for `"conv"`.
        filters: Filters of the encoder's convolutions; the decoder mirrors them.
        upsample: How a convolutional decoder enlarges images, see `conv_decoder`.
        activation: Activation of all hidden layers.
        likelihood: See `VAE`; by default `"discretized_logistic"` for more than two
            `levels`, else `"bernoulli"` for images and `"learned_gaussian"` for
            vectors.
        levels: Number of levels of the data if it has levels, such as `train.levels`.
        stddev: Standard deviation, for `"gaussian"`.
        covariance: See `VAE`.
        shared_variance: Whether `"learned_gaussian"` learns one variance for all values
            instead of one for each, see `with_shared_variance`.
        learning_rate: AdamW's learning rate.
        weight_decay: AdamW's. It keeps the model from memorising small data sets.
        context_shape: If given, the shape of a `context` that replaces labels.
        posterior_flow: `"iaf"`, inverse autoregressive steps, `"nsf"`, couplings by
            splines, or a list of steps, see `VAE`.
        prior: `"ladder"`, `"vamp"`, a flow, `"maf"`, `"nsf"` or `"realnvp"`, or an
            object, see `VAE`. A flow takes the condition, too: it is p(z | labels).
        groups: Sizes of the groups of a `"ladder"`, see `kgen.autoencoders.Ladder`; by
            default a quarter of z and the rest.
        num_components: See `kgen.autoencoders.VampPrior`.
        num_latent_steps: Steps with a network of each flow of z, by default 2.
        latent_hidden: Units of the hidden layers of networks of a flow or a ladder, by
            default `(64,)`.
        **settings: Arguments of `VAE`.
    """
    likelihood = chosen_likelihood(likelihood, levels, stddev, data_shape)
    if shared_variance and not isinstance(likelihood, likelihoods.LearnedGaussian):
        raise ValueError(
            "shared_variance=True shares the variance of the likelihood "
            f"'learned_gaussian', but was given with {type(likelihood).__name__}. "
            "Pass likelihood='learned_gaussian'."
        )
    family = posteriors.get(covariance)
    encoder, decoder = chosen_pair(network, hidden, filters, upsample, data_shape)
    conditions = {"num_classes": num_classes, "context_shape": context_shape}
    common = {"activation": activation, **conditions}
    num_parameters = 1 if shared_variance else likelihood.num_parameters
    check_latent_settings(posterior_flow, prior, latent_hidden, num_latent_steps)
    of_flows = (latent_dim, latent_hidden, num_latent_steps)
    steps = posterior_steps(posterior_flow, *of_flows)
    size = family.num_parameters(latent_dim) + context_size(steps)
    encoder = encoder(data_shape, size, **common)
    decoder = decoder(latent_dim, data_shape, num_parameters=num_parameters, **common)
    model = VAE(
        encoder,
        with_shared_variance(decoder) if shared_variance else decoder,
        likelihood=likelihood,
        covariance=covariance,
        posterior_flow=steps,
        prior=named_prior(prior, *of_flows, groups, num_components, **conditions),
        **conditions,
        **settings,
    )
    model.compile(keras.optimizers.AdamW(learning_rate, weight_decay))
    return model


def vqvae(
    data_shape,
    num_classes=None,
    num_codes=64,
    latent_dim=16,
    filters=(32, 64),
    upsample="transpose",
    activation="relu",
    likelihood=None,
    levels=None,
    stddev=None,
    ema_decay=0.99,
    learning_rate=2e-3,
    context_shape=None,
    **settings,
):
    """A `VQVAE` with mirrored convolutions, compiled.

    Args:
        data_shape: Shape of one image.
        num_classes: If given, both networks take labels.
        num_codes: Number of words.
        latent_dim: Size of each word.
        filters: Filters of the encoder's convolutions. Each one halves the grid; the
            decoder mirrors them.
        upsample: How the decoder enlarges grids, see `conv_decoder`.
        activation: Activation of all hidden layers.
        likelihood: See `VAE`; by default `"discretized_logistic"` for more than two
            `levels`, else `"bernoulli"`.
        levels: Number of levels of the data if it has levels, such as `train.levels`.
        stddev: Standard deviation, for `"gaussian"`.
        ema_decay: See `VectorQuantizer`.
        learning_rate: Adam's learning rate.
        context_shape: If given, the shape of a `context` that replaces labels.
        **settings: Arguments of `VQVAE`.
    """
    if likelihood is None:
        names = ("discretized_logistic", "bernoulli")
        likelihood, levels = over_levels(levels, *names)
    likelihood = likelihoods.get(likelihood, levels=levels, stddev=stddev)
    common = {
        "activation": activation,
        "num_classes": num_classes,
        "context_shape": context_shape,
    }
    model = VQVAE(
        grid_encoder(data_shape, latent_dim, filters, **common),
        VectorQuantizer(num_codes, latent_dim, ema_decay),
        grid_decoder(
            latent_dim,
            data_shape,
            tuple(filters)[::-1],
            upsample=upsample,
            num_parameters=likelihood.num_parameters,
            **common,
        ),
        likelihood=likelihood,
        num_classes=num_classes,
        context_shape=context_shape,
        **settings,
    )
    model.compile(keras.optimizers.Adam(learning_rate))
    return model


_NEEDS = {name: ("network", ("conv",)) for name in ("filters", "upsample")}
_PAIR = {
    "networks": ("encoder", "decoder"),
    "tiny": {"hidden": (7,), "filters": (4, 5), "latent_dim": 3},
}
_autoencoder = partial(
    Recipe,
    autoencoder,
    Autoencoder,
    needs={**_NEEDS, "feature_weight": ("feature_network", ())},
    **_PAIR,
)
_NEEDS_OF_VAE = {
    **_NEEDS,
    "groups": ("prior", ("ladder",)),
    "num_components": ("prior", ("vamp",)),
}
_vae = partial(
    Recipe,
    vae,
    VAE,
    needs=_NEEDS_OF_VAE,
    image_network="conv",
    **_PAIR,
)
_SMALL_FLOW = {**_PAIR["tiny"], "latent_hidden": (5,)}

_HINTON = "https://doi.org/10.1126/science.1127647"

RECIPES = {
    "autoencoder": _autoencoder(
        "one dense layer each way, code of 32",
        _HINTON,
        representative=True,
    ),
    "conv-autoencoder": _autoencoder(
        "strided and transposed convolutions, code of 10",
        "https://doi.org/10.1007/978-3-642-21735-7_7",
        {"network": "conv", "hidden": (16,), "latent_dim": 10},
    ),
    "deep-autoencoder": _autoencoder(
        "dense layers 128-64-32-64-128",
        _HINTON,
        {"hidden": (128, 64), "code_activation": "relu"},
    ),
    "sparse-autoencoder": _autoencoder(
        "an L1 penalty on the code of a deep autoencoder",
        "https://web.stanford.edu/class/cs294a/sparseAutoencoder.pdf",
        {"hidden": (128, 64), "code_activation": "relu", "code_penalty": "l1"},
    ),
    "denoising-autoencoder": _autoencoder(
        "clean images from noisy ones",
        "https://doi.org/10.1145/1390156.1390294",
        {"network": "conv", "latent_dim": 64, "corruption": "gaussian_noise"},
    ),
    "contractive-autoencoder": _autoencoder(
        "a penalty on the Jacobian of the code",
        "https://icml.cc/2011/papers/455_icmlpaper.pdf",
        {"code_activation": "sigmoid", "code_penalty": "contractive"},
        # A sigmoid code carries little information at first, so it learns faster.
        by_kind={"small image": {"learning_rate": 5e-3}},
        representative=True,
    ),
    "linear-autoencoder": _autoencoder(
        "no activations, squared error: the subspace of PCA",
        "https://doi.org/10.1016/0893-6080(89)90014-2",
        # At a rate of 1e-3 it is far from PCA after a thousand steps.
        {"output_activation": None, "latent_dim": 10, "learning_rate": 1e-2},
    ),
    "vae": _vae(
        "Bernoulli likelihood for images, Gaussian for vectors",
        "https://arxiv.org/abs/1312.6114",
        representative=True,
    ),
    "beta-vae": _vae(
        "the KL term weighted by beta = 4, of small images 2",
        "https://openreview.net/forum?id=Sy2fzU9gl",
        {"beta": 4.0},
        # With few pixels, a weight of 4 makes the posterior collapse.
        by_kind={"small image": {"beta": 2.0}},
    ),
    "cvae": _vae(
        "labels given to both networks",
        "https://papers.nips.cc/paper/5775",
        conditional=True,
        representative=True,
    ),
    "iwae": _vae(
        "the importance-weighted bound of 8 draws",
        "https://arxiv.org/abs/1509.00519",
        {"bound": "iwae", "num_samples": 8},
    ),
    "sigma-vae": _vae(
        "a Gaussian likelihood, one learned variance for all pixels",
        "https://arxiv.org/abs/2006.13202",
        {"likelihood": "learned_gaussian", "shared_variance": True},
    ),
    "tc-vae": _vae(
        "the total correlation of the code weighted by 6",
        "https://arxiv.org/abs/1802.04942",
        {"tc_weight": 6.0},
    ),
    "flow-vae": _vae(
        "inverse autoregressive steps behind the posterior, MAF as the prior",
        "https://arxiv.org/abs/1606.04934",
        {"posterior_flow": "iaf", "prior": "maf"},
        tiny=_SMALL_FLOW,
    ),
    "vamp-vae": _vae(
        "the mean of the posteriors of 50 learned examples as the prior",
        "https://arxiv.org/abs/1705.07120",
        {"prior": "vamp"},
        tiny={**_PAIR["tiny"], "num_components": 4},
        takes_condition=False,
    ),
    "ladder-vae": _vae(
        "two groups of latents, the second given the first",
        "https://arxiv.org/abs/1602.02282",
        # Without free bits the posterior collapses for the first hundreds of steps.
        {"prior": "ladder", "free_bits": 0.2},
        tiny=_SMALL_FLOW,
    ),
    "vq-vae": Recipe(
        vqvae,
        VQVAE,
        "a grid of 64 code words, learned by moving averages",
        "https://arxiv.org/abs/1711.00937",
        networks=("encoder", "quantizer", "decoder"),
        tiny={"filters": (4, 5), "latent_dim": 3},
        representative=True,
    ),
}
