"""What recipes of diffusion have in common: the kind of network, and the optimizer."""

from kgen.core.config import lookup
from kgen.core.training.averaging import AdamWithWarmEMA
from kgen.networks.denoisers import mlp_denoiser, unet_denoiser

BUILDERS = {"mlp": mlp_denoiser, "unet": unet_denoiser}


def chosen_network(network, data_shape, unet, mlp):
    """The kind of network, and its own settings.

    Args:
        network: `"unet"`, `"mlp"`, or `None` for a U-Net of images, else a perceptron.
        data_shape: Shape of an example.
        unet: Settings of a U-Net.
        mlp: Settings of a perceptron.
    """
    network = network or ("unet" if len(data_shape) == 3 else "mlp")
    lookup("network", network, BUILDERS)
    return network, unet if network == "unet" else mlp


def compiled(model, learning_rate, ema):
    """The model with Adam and, unless `ema` is `None`, an average of its weights."""
    average = {} if ema is None else {"use_ema": True, "ema_momentum": ema}
    model.compile(AdamWithWarmEMA(learning_rate, **average))
    return model
