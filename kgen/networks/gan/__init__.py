"""Generators and discriminators."""

# First of all, as it registers kgen's models: see `kgen._lazy`.
import keras  # noqa: F401

from kgen.networks.gan.completion import (
    completion_discriminator,
    completion_generator,
)
from kgen.networks.gan.dcgan import dcgan_discriminator, dcgan_generator
from kgen.networks.gan.mlp import mlp_discriminator, mlp_generator
from kgen.networks.gan.patch import patch_discriminator
from kgen.networks.gan.progressive import (
    progressive_discriminator,
    progressive_generator,
)
from kgen.networks.gan.resnet import resnet_discriminator, resnet_generator
from kgen.networks.gan.stack import stack_augmenter, stack_generator
from kgen.networks.gan.style import style_generator, style_mapping, style_synthesis
from kgen.networks.gan.style_discriminator import style_discriminator
from kgen.networks.gan.translator import resnet_translator

__all__ = [
    "completion_discriminator",
    "completion_generator",
    "dcgan_discriminator",
    "dcgan_generator",
    "mlp_discriminator",
    "mlp_generator",
    "patch_discriminator",
    "progressive_discriminator",
    "progressive_generator",
    "resnet_discriminator",
    "resnet_generator",
    "resnet_translator",
    "stack_augmenter",
    "stack_generator",
    "style_discriminator",
    "style_generator",
    "style_mapping",
    "style_synthesis",
]
