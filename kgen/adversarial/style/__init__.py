"""Style-based GANs."""

from kgen.adversarial.style.stylegan import StyleGAN

__all__ = ["StyleGAN"]
