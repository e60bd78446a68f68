"""Games that restore images: super-resolution and completion."""

# First of all, as it registers kgen's models: see `kgen._lazy`.
import keras  # noqa: F401

from kgen.adversarial.restoration.inpainter import Inpainter
from kgen.adversarial.restoration.restorer import Restorer
from kgen.adversarial.restoration.srgan import SRGAN
from kgen.adversarial.restoration.srresnet import SRResNet

__all__ = ["SRGAN", "Inpainter", "Restorer", "SRResNet"]
