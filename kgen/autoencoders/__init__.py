"""Autoencoders: models with a code `z` that an encoder infers from `x`."""

# First of all, as it registers kgen's models: see `kgen._lazy`.
import keras  # noqa: F401

from kgen.autoencoders.autoencoder import Autoencoder
from kgen.autoencoders.ladder import Ladder
from kgen.autoencoders.priors import VampPrior
from kgen.autoencoders.quantizer import VectorQuantizer
from kgen.autoencoders.sequences import SequenceVAE
from kgen.autoencoders.vae import VAE
from kgen.autoencoders.vqvae import VQVAE

__all__ = [
    "VAE",
    "VQVAE",
    "Autoencoder",
    "Ladder",
    "SequenceVAE",
    "VampPrior",
    "VectorQuantizer",
]
