"""Between VAE and GAN: autoencoders that train against a discriminator."""

# First of all, as it registers kgen's models: see `kgen._lazy`.
import keras  # noqa: F401

from kgen.adversarial.hybrid import priors
from kgen.adversarial.hybrid.adversarial_autoencoder import AdversarialAutoencoder
from kgen.adversarial.hybrid.factor_vae import FactorVAE
from kgen.adversarial.hybrid.vaegan import VAEGAN

__all__ = ["VAEGAN", "AdversarialAutoencoder", "FactorVAE", "priors"]
