"""Layers that networks are built from."""

# First of all, as it registers kgen's models: see `kgen._lazy`.
import keras  # noqa: F401

from kgen.networks.layers.activations import Gated, Maxout, activated
from kgen.networks.layers.adain import AdaIN
from kgen.networks.layers.clipping import UnitClip
from kgen.networks.layers.dropout import Dropout
from kgen.networks.layers.equalized import EqualizedConv2D, EqualizedDense
from kgen.networks.layers.fade_in import FadeIn
from kgen.networks.layers.gradient_reversal import GradientReversal
from kgen.networks.layers.group_norm import GroupNorm
from kgen.networks.layers.instance_norm import InstanceNorm
from kgen.networks.layers.learned_constant import LearnedConstant
from kgen.networks.layers.minibatch_stddev import MinibatchStddev
from kgen.networks.layers.noise_injection import NoiseInjection
from kgen.networks.layers.normalization import BatchNorm, normalized
from kgen.networks.layers.pixel_norm import PixelNorm
from kgen.networks.layers.reflection import ReflectionPadding2D
from kgen.networks.layers.resizing import Resized, ResizedLike
from kgen.networks.layers.spectral import SpectralConv2D, SpectralDense
from kgen.networks.layers.squeeze_excite import SqueezeExcite
from kgen.networks.layers.time_embedding import TimeEmbedding
from kgen.networks.layers.unpooling import MaxPoolWithArgmax2D, MaxUnpool2D, Unpool2D
from kgen.networks.layers.upsampling import BicubicUpsampling2D, PixelShuffle

__all__ = [
    "AdaIN",
    "BatchNorm",
    "BicubicUpsampling2D",
    "Dropout",
    "EqualizedConv2D",
    "EqualizedDense",
    "FadeIn",
    "Gated",
    "GradientReversal",
    "GroupNorm",
    "InstanceNorm",
    "LearnedConstant",
    "MaxPoolWithArgmax2D",
    "MaxUnpool2D",
    "Maxout",
    "MinibatchStddev",
    "NoiseInjection",
    "PixelNorm",
    "PixelShuffle",
    "ReflectionPadding2D",
    "Resized",
    "ResizedLike",
    "SpectralConv2D",
    "SpectralDense",
    "SqueezeExcite",
    "TimeEmbedding",
    "UnitClip",
    "Unpool2D",
    "activated",
    "normalized",
]
