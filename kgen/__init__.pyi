"""The public names, for the import of kgen, for editors and for type checkers.

`as` tells type checkers that a name is public.
"""

from . import adversarial as adversarial
from . import autoencoders as autoencoders
from . import autoregressive as autoregressive
from . import callbacks as callbacks
from . import core as core
from . import data as data
from . import diffusion as diffusion
from . import downstream as downstream
from . import energy as energy
from . import estimators as estimators
from . import explore as explore
from . import flows as flows
from . import hub as hub
from . import inference as inference
from . import latent as latent
from . import likelihoods as likelihoods
from . import loggers as loggers
from . import metrics as metrics
from . import mixtures as mixtures
from . import networks as networks
from . import plots as plots
from . import recipes as recipes
from . import runs as runs
from . import server as server
from . import serving as serving
from . import strategies as strategies
from . import testing as testing
from .adversarial.began import BEGAN as BEGAN
from .adversarial.cycle.cyclegan import CycleGAN as CycleGAN
from .adversarial.game import Game as Game
from .adversarial.gan import GAN as GAN
from .adversarial.gmn import GMN as GMN
from .adversarial.hybrid.adversarial_autoencoder import (
    AdversarialAutoencoder as AdversarialAutoencoder,
)
from .adversarial.hybrid.factor_vae import FactorVAE as FactorVAE
from .adversarial.hybrid.vaegan import VAEGAN as VAEGAN
from .adversarial.player import Player as Player
from .adversarial.progressive import ProgressiveGAN as ProgressiveGAN
from .adversarial.restoration.inpainter import Inpainter as Inpainter
from .adversarial.restoration.srgan import SRGAN as SRGAN
from .adversarial.restoration.srresnet import SRResNet as SRResNet
from .adversarial.stack import StackGAN as StackGAN
from .adversarial.style.stylegan import StyleGAN as StyleGAN
from .adversarial.text.translation import MachineTranslation as MachineTranslation
from .autoencoders.autoencoder import Autoencoder as Autoencoder
from .autoencoders.quantizer import VectorQuantizer as VectorQuantizer
from .autoencoders.sequences import SequenceVAE as SequenceVAE
from .autoencoders.vae import VAE as VAE
from .autoencoders.vqvae import VQVAE as VQVAE
from .autoregressive.model import Autoregressive as Autoregressive
from .core.model import GenerativeModel as GenerativeModel
from .core.random import seed_everything as seed_everything
from .core.verbs import verb as verb
from .diffusion.ddpm import DDPM as DDPM
from .diffusion.vdm import VDM as VDM
from .energy.model import EnergyModel as EnergyModel
from .flows.continuous import ContinuousFlow as ContinuousFlow
from .flows.diffflow import DiffFlow as DiffFlow
from .flows.flow import Flow as Flow
from .hub.fetching import load as load
from .inference.variational import VariationalInference as VariationalInference
from .metrics.evaluation import evaluate as evaluate
from .mixtures.categorical import CategoricalMixture as CategoricalMixture
from .mixtures.gaussian import GaussianMixture as GaussianMixture
from .recipes import build as build
from .serving.exporting import export as export
from .two_stage import TwoStage as TwoStage

__all__ = [
    "BEGAN",
    "DDPM",
    "GAN",
    "GMN",
    "SRGAN",
    "VAE",
    "VAEGAN",
    "VDM",
    "VQVAE",
    "AdversarialAutoencoder",
    "Autoencoder",
    "Autoregressive",
    "CategoricalMixture",
    "ContinuousFlow",
    "CycleGAN",
    "DiffFlow",
    "EnergyModel",
    "FactorVAE",
    "Flow",
    "Game",
    "GaussianMixture",
    "GenerativeModel",
    "Inpainter",
    "MachineTranslation",
    "Player",
    "ProgressiveGAN",
    "SRResNet",
    "SequenceVAE",
    "StackGAN",
    "StyleGAN",
    "TwoStage",
    "VariationalInference",
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
    "energy",
    "evaluate",
    "export",
    "flows",
    "hub",
    "inference",
    "latent",
    "likelihoods",
    "load",
    "loggers",
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
