"""Recipes of translation without pairs."""

from kgen.adversarial.cycle.building import cyclegan
from kgen.adversarial.cycle.cyclegan import CycleGAN
from kgen.core.recipe import Recipe

RECIPES = {
    "cyclegan": Recipe(
        cyclegan,
        CycleGAN,
        "translation between two domains without pairs",
        "https://arxiv.org/abs/1703.10593",
        takes_condition=False,
        steps={"small image": 1_500, "image": 3_000},
        networks=("forward", "backward", "discriminator_x", "discriminator_y", "model"),
        tiny={
            "filters": (4, 5),
            "discriminator_filters": (4, 5),
            "num_blocks": 1,
            "pool_size": 7,
        },
        representative=True,
        heavy=True,
    ),
}
