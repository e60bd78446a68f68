"""Autoencoders: models with a code `z` that an encoder infers from `x`."""

from kgen.autoencoders.autoencoder import Autoencoder
from kgen.autoencoders.vae import VAE

__all__ = ["VAE", "Autoencoder"]
