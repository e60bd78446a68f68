"""Recipes of the energy wing."""

from kgen.core.config import lookup
from kgen.core.recipe import Recipe
from kgen.core.training.averaging import AdamWithWarmEMA
from kgen.energy.model import EnergyModel
from kgen.networks.conv import conv_encoder
from kgen.networks.mlp import mlp_encoder

NETWORKS = dict.fromkeys(("conv", "mlp"))


def energy(
    data_shape,
    num_classes=None,
    network="mlp",
    filters=(32, 64),
    hidden=(256, 256, 256),
    activation="silu",
    learning_rate=1e-3,
    beta_1=0.0,
    ema=0.995,
    context_shape=None,
    **settings,
):
    """A compiled `EnergyModel`.

    Args:
        data_shape: Shape of an example.
        num_classes: None: an `EnergyModel` has no classes.
        network: `"mlp"`, or `"conv"`, strided convolutions.
        filters: Filters of each convolution, see `conv_encoder`.
        hidden: Units of the dense hidden layers.
        activation: Activation of all hidden layers; a smooth one.
        learning_rate: Adam's learning rate.
        beta_1: Adam's, 0 by default: the chains answer each step, and momentum goes on
            against their answer.
        ema: Momentum of the average of the weights, warmed up; `None` for no average.
            Without it the shares of modes go up and down from step to step.
        context_shape: None: an `EnergyModel` has no context.
        **settings: Arguments of `EnergyModel`.
    """
    lookup("network", network, NETWORKS)
    common = {"hidden": hidden, "activation": activation, "name": "energy"}
    if network == "conv":
        made = conv_encoder(data_shape, 1, filters, kernel_size=3, **common)
    else:
        made = mlp_encoder(data_shape, 1, **common)
    model = EnergyModel(
        made, num_classes=num_classes, context_shape=context_shape, **settings
    )
    average = {} if ema is None else {"use_ema": True, "ema_momentum": ema}
    model.compile(AdamWithWarmEMA(learning_rate, beta_1=beta_1, **average))
    return model


RECIPES = {
    "energy": Recipe(
        energy,
        EnergyModel,
        "energy-based model, trained by chains of Langevin dynamics",
        "https://arxiv.org/abs/1903.08689",
        by_kind={
            "vector": {"hidden": (128, 128, 128), "step_size": 0.05, "data_noise": 0.1},
            "image": {"network": "conv", "hidden": (128,)},
        },
        # A step has 20 gradients of the network for the chains.
        steps={"vector": 6_000, "sequence": 1_500, "image": 3_000},
        needs={"filters": ("network", ("conv",))},
        networks=("energy_network",),
        tiny={"hidden": (7,), "num_chains": 16, "num_steps": 3},
        takes_condition=False,
        representative=True,
    ),
}
