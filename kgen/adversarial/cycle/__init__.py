"""Translation between two domains without pairs."""

# First of all, as it registers kgen's models: see `kgen._lazy`.
import keras  # noqa: F401

from kgen.adversarial.cycle.cyclegan import CycleGAN
from kgen.adversarial.cycle.pool import Pool

__all__ = ["CycleGAN", "Pool"]
