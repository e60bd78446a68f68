"""Generators and discriminators."""

# First of all, as it registers kgen's models: see `kgen._lazy`.
import keras  # noqa: F401

from kgen.networks.gan.dcgan import dcgan_discriminator, dcgan_generator
from kgen.networks.gan.mlp import mlp_discriminator, mlp_generator
from kgen.networks.gan.progressive import (
    progressive_discriminator,
    progressive_generator,
)
from kgen.networks.gan.resnet import resnet_discriminator, resnet_generator

__all__ = [
    "dcgan_discriminator",
    "dcgan_generator",
    "mlp_discriminator",
    "mlp_generator",
    "progressive_discriminator",
    "progressive_generator",
    "resnet_discriminator",
    "resnet_generator",
]
