"""Adversarial models: games of players, such as a generator and a discriminator."""

# First of all, as it registers kgen's models: see `kgen._lazy`.
import keras  # noqa: F401

from kgen.adversarial import losses, penalties
from kgen.adversarial.began import BEGAN
from kgen.adversarial.game import Game
from kgen.adversarial.gan import GAN
from kgen.adversarial.gap import duality_gap
from kgen.adversarial.gmn import GMN
from kgen.adversarial.player import Player
from kgen.adversarial.progressive import ProgressiveGAN, grow

__all__ = [
    "BEGAN",
    "GAN",
    "GMN",
    "Game",
    "Player",
    "ProgressiveGAN",
    "duality_gap",
    "grow",
    "losses",
    "penalties",
]
