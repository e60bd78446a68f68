"""Adversarial models: a generator that learns from a discriminator."""

# First of all, as it registers kgen's models: see `kgen._lazy`.
import keras  # noqa: F401

from kgen.adversarial.began import BEGAN
from kgen.adversarial.gan import GAN
from kgen.adversarial.gap import duality_gap
from kgen.adversarial.gmn import GMN

__all__ = ["BEGAN", "GAN", "GMN", "duality_gap"]
