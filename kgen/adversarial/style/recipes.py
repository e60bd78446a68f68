"""Recipes of style-based GANs."""

from kgen.adversarial.penalties import R1
from kgen.adversarial.style.building import stylegan
from kgen.adversarial.style.stylegan import StyleGAN
from kgen.core.recipe import Recipe

RECIPES = {
    "stylegan": Recipe(
        stylegan,
        StyleGAN,
        "styles from a mapping network, noise in each layer, lazy R1",
        "https://arxiv.org/abs/1812.04948",
        {"penalty": R1(1.0), "penalty_every": 16},
        needs={"conditioning": ("num_classes", ())},
        networks=("generator", "discriminator"),
        tiny={
            "filters": (4, 5),
            "latent_dim": 3,
            "w_dim": 4,
            "num_layers": 2,
            "penalty_every": 2,
        },
        heavy=True,
    ),
}
