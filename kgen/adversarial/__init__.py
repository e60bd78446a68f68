"""Adversarial models: games of players, such as a generator and a discriminator."""

# First of all, as it registers kgen's models: see `kgen._lazy`.
import keras  # noqa: F401

from kgen.adversarial import augmentation, auxiliary, hybrid, losses, penalties
from kgen.adversarial.augmentation import (
    AdaptiveAugmentation,
    Augmentation,
    Augmented,
    Augmenter,
)
from kgen.adversarial.auxiliary import ACGAN, InfoGAN
from kgen.adversarial.began import BEGAN
from kgen.adversarial.cycle import CycleGAN
from kgen.adversarial.game import Game
from kgen.adversarial.gan import GAN
from kgen.adversarial.gap import duality_gap
from kgen.adversarial.gmn import GMN
from kgen.adversarial.player import Player
from kgen.adversarial.progressive import ProgressiveGAN, grow
from kgen.adversarial.restoration import SRGAN, Inpainter, Restorer, SRResNet
from kgen.adversarial.stack import StackGAN
from kgen.adversarial.style import StyleGAN
from kgen.adversarial.text import MachineTranslation

__all__ = [
    "ACGAN",
    "BEGAN",
    "GAN",
    "GMN",
    "SRGAN",
    "AdaptiveAugmentation",
    "Augmentation",
    "Augmented",
    "Augmenter",
    "CycleGAN",
    "Game",
    "InfoGAN",
    "Inpainter",
    "MachineTranslation",
    "Player",
    "ProgressiveGAN",
    "Restorer",
    "SRResNet",
    "StackGAN",
    "StyleGAN",
    "augmentation",
    "auxiliary",
    "duality_gap",
    "grow",
    "hybrid",
    "losses",
    "penalties",
]
