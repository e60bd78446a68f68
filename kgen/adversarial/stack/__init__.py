"""The StackGAN: images from captions in two stages."""

# First of all, as it registers kgen's models: see `kgen._lazy`.
import keras  # noqa: F401

from kgen.adversarial.stack.stackgan import StackGAN

__all__ = ["StackGAN"]
