"""Functions that build Functional `keras.Model`s; they know no loss."""

# First of all, as it registers kgen's models: see `kgen._register_models`.
import keras  # noqa: F401

from kgen.networks.activations import Gated, Maxout, activated
from kgen.networks.conditioners import conv_conditioner, mlp_conditioner
from kgen.networks.conv import conv_decoder, conv_encoder
from kgen.networks.dcgan import dcgan_discriminator, dcgan_generator
from kgen.networks.denoisers import TimeEmbedding, mlp_denoiser, unet_denoiser
from kgen.networks.dropout import Dropout
from kgen.networks.grid import grid_decoder, grid_encoder
from kgen.networks.group_norm import GroupNorm
from kgen.networks.inputs import apply, input_shape, output_activation
from kgen.networks.made import MADE
from kgen.networks.mlp import mlp_autoencoder, mlp_decoder, mlp_encoder
from kgen.networks.mlp_gan import mlp_discriminator, mlp_generator
from kgen.networks.normalization import BatchNorm, normalized
from kgen.networks.pooled import pooled_decoder, pooled_encoder
from kgen.networks.resnet_gan import resnet_discriminator, resnet_generator
from kgen.networks.spectral import SpectralConv2D, SpectralDense
from kgen.networks.squeeze_excite import SqueezeExcite
from kgen.networks.tied import tied_decoder
from kgen.networks.unet import unet
from kgen.networks.unpooling import MaxPoolWithArgmax2D, MaxUnpool2D
from kgen.networks.variance import with_shared_variance

__all__ = [
    "MADE",
    "BatchNorm",
    "Dropout",
    "Gated",
    "GroupNorm",
    "MaxPoolWithArgmax2D",
    "MaxUnpool2D",
    "Maxout",
    "SpectralConv2D",
    "SpectralDense",
    "SqueezeExcite",
    "TimeEmbedding",
    "activated",
    "apply",
    "conv_conditioner",
    "conv_decoder",
    "conv_encoder",
    "dcgan_discriminator",
    "dcgan_generator",
    "grid_decoder",
    "grid_encoder",
    "input_shape",
    "mlp_autoencoder",
    "mlp_conditioner",
    "mlp_decoder",
    "mlp_denoiser",
    "mlp_discriminator",
    "mlp_encoder",
    "mlp_generator",
    "normalized",
    "output_activation",
    "pooled_decoder",
    "pooled_encoder",
    "resnet_discriminator",
    "resnet_generator",
    "tied_decoder",
    "unet",
    "unet_denoiser",
    "with_shared_variance",
]
