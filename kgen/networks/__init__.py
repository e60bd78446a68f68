"""Functions that build Functional `keras.Model`s; they know no loss."""

# First of all, as it registers kgen's models: see `kgen._lazy`.
import keras  # noqa: F401

from kgen.networks.causal import gated_pixelcnn, lstm, pixelcnn, pixelrnn, transformer
from kgen.networks.conditioners import conv_conditioner, mlp_conditioner
from kgen.networks.conv import conv_decoder, conv_encoder
from kgen.networks.denoisers import mlp_denoiser, unet_denoiser
from kgen.networks.gan import (
    dcgan_discriminator,
    dcgan_generator,
    mlp_discriminator,
    mlp_generator,
    patch_discriminator,
    resnet_discriminator,
    resnet_generator,
    resnet_translator,
)
from kgen.networks.grid import grid_decoder, grid_encoder
from kgen.networks.inputs import apply, input_shape, output_activation
from kgen.networks.layers import (
    BatchNorm,
    Dropout,
    EqualizedConv2D,
    EqualizedDense,
    Gated,
    GradientReversal,
    GroupNorm,
    Maxout,
    MaxPoolWithArgmax2D,
    MaxUnpool2D,
    MinibatchStddev,
    PixelNorm,
    ReflectionPadding2D,
    SpectralConv2D,
    SpectralDense,
    SqueezeExcite,
    TimeEmbedding,
    UnitClip,
    activated,
    normalized,
)
from kgen.networks.made import MADE
from kgen.networks.mlp import mlp_autoencoder, mlp_decoder, mlp_encoder
from kgen.networks.pooled import pooled_decoder, pooled_encoder
from kgen.networks.tied import tied_decoder
from kgen.networks.unet import unet
from kgen.networks.variance import with_shared_variance

__all__ = [
    "MADE",
    "BatchNorm",
    "Dropout",
    "EqualizedConv2D",
    "EqualizedDense",
    "Gated",
    "GradientReversal",
    "GroupNorm",
    "MaxPoolWithArgmax2D",
    "MaxUnpool2D",
    "Maxout",
    "MinibatchStddev",
    "PixelNorm",
    "ReflectionPadding2D",
    "SpectralConv2D",
    "SpectralDense",
    "SqueezeExcite",
    "TimeEmbedding",
    "UnitClip",
    "activated",
    "apply",
    "conv_conditioner",
    "conv_decoder",
    "conv_encoder",
    "dcgan_discriminator",
    "dcgan_generator",
    "gated_pixelcnn",
    "grid_decoder",
    "grid_encoder",
    "input_shape",
    "lstm",
    "mlp_autoencoder",
    "mlp_conditioner",
    "mlp_decoder",
    "mlp_denoiser",
    "mlp_discriminator",
    "mlp_encoder",
    "mlp_generator",
    "normalized",
    "output_activation",
    "patch_discriminator",
    "pixelcnn",
    "pixelrnn",
    "pooled_decoder",
    "pooled_encoder",
    "resnet_discriminator",
    "resnet_generator",
    "resnet_translator",
    "tied_decoder",
    "transformer",
    "unet",
    "unet_denoiser",
    "with_shared_variance",
]
