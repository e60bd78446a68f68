"""The public names, for the import of kgen, for editors and for type checkers."""

from . import (
    adversarial,
    autoencoders,
    autoregressive,
    callbacks,
    core,
    data,
    diffusion,
    downstream,
    flows,
    latent,
    likelihoods,
    metrics,
    mixtures,
    networks,
    plots,
    recipes,
    runs,
    serving,
    strategies,
    testing,
)
from .adversarial.began import BEGAN
from .adversarial.game import Game
from .adversarial.gan import GAN
from .adversarial.gmn import GMN
from .adversarial.player import Player
from .autoencoders.autoencoder import Autoencoder
from .autoencoders.quantizer import VectorQuantizer
from .autoencoders.vae import VAE
from .autoencoders.vqvae import VQVAE
from .autoregressive.model import Autoregressive
from .core.model import GenerativeModel
from .core.random import seed_everything
from .core.verbs import verb
from .diffusion.ddpm import DDPM
from .flows.flow import Flow
from .mixtures.categorical import CategoricalMixture
from .mixtures.gaussian import GaussianMixture
from .recipes import build
from .serving.exporting import export
from .two_stage import TwoStage

__all__ = [
    "BEGAN",
    "DDPM",
    "GAN",
    "GMN",
    "VAE",
    "VQVAE",
    "Autoencoder",
    "Autoregressive",
    "CategoricalMixture",
    "Flow",
    "Game",
    "GaussianMixture",
    "GenerativeModel",
    "Player",
    "TwoStage",
    "VectorQuantizer",
    "__version__",
    "adversarial",
    "autoencoders",
    "autoregressive",
    "build",
    "callbacks",
    "core",
    "data",
    "diffusion",
    "downstream",
    "export",
    "flows",
    "latent",
    "likelihoods",
    "metrics",
    "mixtures",
    "networks",
    "plots",
    "recipes",
    "runs",
    "seed_everything",
    "serving",
    "strategies",
    "testing",
    "verb",
]

__version__: str
