"""How the recipe of a variational diffusion model builds it."""

from kgen.core.config import lookup
from kgen.diffusion.building import chosen_network, compiled
from kgen.diffusion.fourier import check_exponents, exponents_for, fourier_denoiser
from kgen.diffusion.vdm import TARGETS, VDM

MOST_LEVELS = 32  # More logits for each value would cost too much by default.


def vdm(
    data_shape,
    num_classes=None,
    network=None,
    filters=(32, 64),
    num_blocks=1,
    attention=(),
    num_groups=8,
    dropout=0.1,
    hidden=(128, 128, 128),
    activation="silu",
    fourier=None,
    schedule="learned",
    target=None,
    levels=None,
    unit_interval=None,
    learning_rate=2e-4,
    ema=0.9999,
    context_shape=None,
    **settings,
):
    """A compiled `VDM`: by default a U-Net for images, a perceptron for vectors.

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
        fourier: Exponents of the `FourierFeatures` that the network sees; by default
            two that suit the number of levels, and none without levels.
        schedule: See `VDM`.
        target: See `VDM`; by default `"levels"` for up to 32 levels, else `"v"`.
        levels: See `VDM`; by default 256 for data in [0, 1].
        unit_interval: See `VDM`.
        learning_rate: Adam's learning rate.
        ema: Momentum of the average of the weights, warmed up; `None` for no average.
        context_shape: If given, the shape of a `context` that replaces labels.
        **settings: Arguments of `VDM`.
    """
    inside = len(data_shape) == 3 if unit_interval is None else unit_interval
    if inside and levels is None:
        levels = 256
    if target is None:
        target = "levels" if levels is not None and levels <= MOST_LEVELS else "v"
    lookup("target", target, TARGETS)
    if fourier is None:
        fourier = exponents_for(levels)
    check_exponents("vdm", "fourier", fourier)
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
    denoiser = fourier_denoiser(
        data_shape,
        tuple(fourier),
        network,
        num_parameters=levels if target == "levels" and levels else 1,
        num_classes=num_classes,
        context_shape=context_shape,
        **own,
    )
    model = VDM(
        denoiser,
        schedule=schedule,
        target=target,
        levels=levels,
        unit_interval=unit_interval,
        num_classes=num_classes,
        context_shape=context_shape,
        **settings,
    )
    return compiled(model, learning_rate, ema)
