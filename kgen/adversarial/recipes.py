"""Recipes of the adversarial wing."""

from kgen.adversarial.began import BEGAN
from kgen.adversarial.building import began, gan
from kgen.adversarial.gan import GAN
from kgen.adversarial.gmn import GMN
from kgen.adversarial.penalties import DRAGAN, R1, R1R2, GradientPenalty
from kgen.core.recipe import Recipe

_GOODFELLOW = "https://arxiv.org/abs/1406.2661"
# Momentum harms a critic, as the generator changes between the critic's steps.
_CRITIC = {"adversarial_loss": "wasserstein", "discriminator_steps": 5, "beta_1": 0.0}

_CRITIC_STEPS = {"small image": 700}
_TINY_CRITIC = {"discriminator_steps": 2}


def _recipe(
    build,
    model,
    summary,
    paper,
    settings=(),
    vectors=(),
    images=(),
    small_images=(),
    steps=(),
    tiny=(),
    **tests,
):
    """A recipe with the settings that all games over vectors share."""
    vector = {"hidden": (128, 128, 128), "beta_1": 0.0, "beta_2": 0.99}
    by_kind = {
        "vector": {**vector, **dict(vectors)},
        "image": dict(images),
        "small image": {**dict(images), **dict(small_images)},
    }
    needs = {
        "hidden": ("network", ("mlp",)),
        "filters": ("network", ("dcgan", "resnet")),
        "upsample": ("network", ("dcgan",)),
        "conditioning": ("num_classes", ()),
    }
    return Recipe(
        build,
        model,
        summary,
        paper,
        dict(settings),
        by_kind=by_kind,
        steps=dict(steps),
        needs=needs,
        image_network="dcgan",
        networks=("generator", "discriminator", "model"),
        tiny={"hidden": (7,), "filters": (4, 5), "latent_dim": 3, **dict(tiny)},
        **tests,
    )


# Penalties for vectors suit values with a standard deviation of about 1.
RECIPES = {
    "gan": _recipe(
        gan, GAN, "the non-saturating loss", _GOODFELLOW, representative=True
    ),
    "minimax-gan": _recipe(
        gan, GAN, "the zero-sum game", _GOODFELLOW, {"adversarial_loss": "minimax"}
    ),
    "dcgan": _recipe(
        gan,
        GAN,
        "strided convolutions, batch normalisation in both networks",
        "https://arxiv.org/abs/1511.06434",
        {"network": "dcgan", "discriminator_normalization": "batch"},
        images={"learning_rate": 2e-4},
    ),
    "lsgan": _recipe(
        gan,
        GAN,
        "squared errors",
        "https://arxiv.org/abs/1611.04076",
        {"adversarial_loss": "least_squares"},
    ),
    "wgan": _recipe(
        gan,
        GAN,
        "a critic of clipped weights, 5 steps to one",
        "https://arxiv.org/abs/1701.07875",
        {**_CRITIC, "weight_clip": 0.01},
        vectors={"weight_clip": 0.1},
        images={"learning_rate": 5e-4},
        steps=_CRITIC_STEPS,
        tiny=_TINY_CRITIC,
    ),
    "wgan-gp": _recipe(
        gan,
        GAN,
        "a gradient penalty on the critic, 5 steps to one",
        "https://arxiv.org/abs/1704.00028",
        {**_CRITIC, "penalty": "gradient_penalty", "beta_2": 0.9},
        vectors={"penalty": GradientPenalty(0.1)},
        steps=_CRITIC_STEPS,
        tiny=_TINY_CRITIC,
        representative=True,
    ),
    "dragan": _recipe(
        gan,
        GAN,
        "a gradient penalty around the data, minimax loss",
        "https://arxiv.org/abs/1705.07215",
        {"adversarial_loss": "minimax", "penalty": "dragan"},
        vectors={"penalty": DRAGAN(1.0, stddev=0.5)},
    ),
    "began": _recipe(
        began,
        BEGAN,
        "an autoencoder as discriminator, held in balance",
        "https://arxiv.org/abs/1703.10717",
        # At the paper's slow rate of `k` a short run ends before the balance matters.
        # With a discriminator as fast as the generator, samples miss some modes.
        small_images={
            "network": "mlp",
            "latent_dim": 16,
            "code_dim": 16,
            "discriminator_learning_rate": 3e-4,
            "k_learning_rate": 0.02,
            "gamma": 1.0,
        },
        steps={"small image": 5_750},
        tiny={"network": "dcgan"},  # For small images the default is "mlp".
        representative=True,
        heavy=True,
    ),
    "hinge-gan": _recipe(
        gan,
        GAN,
        "the hinge loss, spectral normalisation",
        "https://arxiv.org/abs/1802.05957",
        {"adversarial_loss": "hinge", "spectral": True},
        # Spectrally normalised layers learn slowly.
        small_images={
            "learning_rate": 5e-4,
            "discriminator_learning_rate": 2e-3,
            "beta_1": 0.0,
        },
    ),
    "r1-gan": _recipe(
        gan,
        GAN,
        "the non-saturating loss, a gradient penalty on the data",
        "https://arxiv.org/abs/1801.04406",
        {"penalty": "r1"},
        vectors={"penalty": R1(0.00625)},
    ),
    "relativistic-gan": _recipe(
        gan,
        GAN,
        "real more real than fake on average, penalties on both gradients",
        "https://arxiv.org/abs/1807.00734",
        {"adversarial_loss": "relativistic_average", "penalty": "r1_r2"},
        vectors={"penalty": R1R2(0.00625)},
        representative=True,
        heavy=True,
    ),
    "gmn": _recipe(
        gan,
        GMN,
        "minimises the duality gap of the zero-sum game",
        "https://arxiv.org/abs/2103.12685",
        {"model": GMN, "adversarial_loss": "minimax"},
        tiny={"worst_steps": 1},
        representative=True,
        heavy=True,
    ),
}
