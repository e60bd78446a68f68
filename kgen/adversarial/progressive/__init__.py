"""GANs whose images grow while they learn."""

# First of all, as it registers kgen's models: see `kgen._lazy`.
import keras  # noqa: F401

from kgen.adversarial.progressive.grow import grow
from kgen.adversarial.progressive.model import ProgressiveGAN

__all__ = ["ProgressiveGAN", "grow"]
