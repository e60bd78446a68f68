"""Recipes of the diffusion wing."""

from kgen.core.recipe import Recipe
from kgen.diffusion.building import BUILDERS, chosen_network, compiled
from kgen.diffusion.ddpm import DDPM
from kgen.diffusion.vdm import VDM
from kgen.diffusion.vdm_recipe import vdm


def ddpm(
    data_shape,
    num_classes=None,
    network=None,
    filters=(32, 64),
    num_blocks=1,
    attention=(),
    num_groups=8,
    dropout=0.0,
    hidden=(128, 128, 128),
    activation="silu",
    schedule="linear",
    target="v",
    variance=None,
    levels=None,
    unit_interval=None,
    learning_rate=2e-4,
    ema=0.9999,
    context_shape=None,
    **settings,
):
    """A compiled `DDPM`: by default a U-Net for images, a perceptron for vectors.

    Args:
        data_shape: `(height, width, channels)` or `(size,)`.
        num_classes: If given, the network takes labels.
        network: `"unet"` or `"mlp"`; by default `"unet"` for images, else `"mlp"`.
        filters: Channels of each size of the U-Net, see `unet_denoiser`.
        num_blocks: See `unet_denoiser`.
        attention: See `unet_denoiser`.
        num_groups: See `unet_denoiser`.
        dropout: See `unet_denoiser`.
        hidden: Units of the hidden layers of a perceptron, see `mlp_denoiser`.
        activation: Activation of the hidden layers of a perceptron.
        schedule: See `DDPM`.
        target: See `DDPM`. Samplers of few steps draw no noise that could mend their
            first steps: they do better with `"v"` than with the paper's `"noise"`.
        variance: See `DDPM`; by default `"posterior"` for data in [0, 1], else
            `"beta"`.
        levels: See `DDPM`; by default 256 for data in [0, 1].
        unit_interval: See `DDPM`.
        learning_rate: Adam's learning rate.
        ema: Momentum of the average of the weights, warmed up; `None` for no average.
        context_shape: If given, the shape of a `context` that replaces labels.
        **settings: Arguments of `DDPM`.
    """
    inside = len(data_shape) == 3 if unit_interval is None else unit_interval
    network, own = chosen_network(
        network,
        data_shape,
        unet={
            "filters": filters,
            "num_blocks": num_blocks,
            "attention": attention,
            "num_groups": num_groups,
            "dropout": dropout,
        },
        mlp={"hidden": hidden, "activation": activation},
    )
    variance = variance or ("posterior" if inside else "beta")
    common = {"num_classes": num_classes, "context_shape": context_shape}
    common["num_parameters"] = 2 if variance == "learned" else 1
    model = DDPM(
        BUILDERS[network](data_shape, **own, **common),
        schedule=schedule,
        target=target,
        variance=variance,
        levels=256 if levels is None and inside else levels,
        unit_interval=unit_interval,
        num_classes=num_classes,
        context_shape=context_shape,
        **settings,
    )
    return compiled(model, learning_rate, ema)


_SMALL = {"filters": (16, 64), "learning_rate": 2e-3, "ema": 0.995}
_UNET = ("filters", "num_blocks", "attention", "num_groups", "dropout")
_MLP = ("hidden", "activation")
_COMMON = {
    "steps": {"small image": 1_050},
    "needs": {
        **dict.fromkeys(_UNET, ("network", ("unet",))),
        **dict.fromkeys(_MLP, ("network", ("mlp",))),
        "label_dropout": ("num_classes", ()),
    },
    "image_network": "unet",
    "networks": ("denoiser",),
    # Tracing a U-Net takes longer than all the rest, so `tests/diffusion` tests it.
    "tiny": {"network": "mlp", "hidden": (7,), "num_timesteps": 4},
}

RECIPES = {
    "ddpm": Recipe(
        ddpm,
        DDPM,
        "denoising diffusion",
        "https://arxiv.org/abs/2006.11239",
        by_kind={"small image": {**_SMALL, "schedule": "cosine"}},
        **_COMMON,
    ),
    "improved-ddpm": Recipe(
        ddpm,
        DDPM,
        "denoising diffusion with cosine schedule and learned variance",
        "https://arxiv.org/abs/2102.09672",
        {"schedule": "cosine", "variance": "learned", "loss_type": "hybrid"},
        by_kind={"small image": _SMALL},
        representative=True,
        **_COMMON,
    ),
    "flow-matching": Recipe(
        ddpm,
        DDPM,
        "rectified flow: diffusion along straight lines",
        "https://arxiv.org/abs/2209.03003",
        {"schedule": "rectified", "target": "velocity", "sampler": "ddim"},
        by_kind={"small image": _SMALL},
        **_COMMON,
    ),
    "vdm": Recipe(
        vdm,
        VDM,
        "diffusion in continuous time with a learned noise schedule",
        "https://arxiv.org/abs/2107.00630",
        by_kind={"small image": _SMALL},
        steps=_COMMON["steps"],
        needs={name: _COMMON["needs"][name] for name in (*_UNET, *_MLP)},
        image_network="unet",
        networks=("denoiser",),
        representative=True,
        tiny={"network": "mlp", "hidden": (7,), "num_steps": 4},
    ),
}
