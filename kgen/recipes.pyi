"""What type checkers see of `kgen.recipes`: the model that each recipe builds.

A recipe that stands in no list here builds a `GenerativeModel`.
"""

from collections.abc import Sequence
from typing import Any, Literal, overload

from kgen.adversarial.began import BEGAN
from kgen.adversarial.cycle.cyclegan import CycleGAN
from kgen.adversarial.gan import GAN
from kgen.adversarial.gmn import GMN
from kgen.adversarial.hybrid.adversarial_autoencoder import AdversarialAutoencoder
from kgen.adversarial.hybrid.factor_vae import FactorVAE
from kgen.adversarial.hybrid.vaegan import VAEGAN
from kgen.adversarial.progressive import ProgressiveGAN
from kgen.adversarial.restoration.inpainter import Inpainter
from kgen.adversarial.restoration.srgan import SRGAN
from kgen.adversarial.restoration.srresnet import SRResNet
from kgen.adversarial.stack import StackGAN
from kgen.adversarial.style.stylegan import StyleGAN
from kgen.adversarial.text.translation import MachineTranslation
from kgen.autoencoders.autoencoder import Autoencoder
from kgen.autoencoders.sequences import SequenceVAE
from kgen.autoencoders.vae import VAE
from kgen.autoencoders.vqvae import VQVAE
from kgen.autoregressive.model import Autoregressive
from kgen.core.model import GenerativeModel
from kgen.core.recipe import Recipe
from kgen.diffusion.ddpm import DDPM
from kgen.diffusion.vdm import VDM
from kgen.energy.model import EnergyModel
from kgen.flows.continuous import ContinuousFlow
from kgen.flows.diffflow import DiffFlow
from kgen.flows.flow import Flow

RECIPES: dict[str, Recipe]

@overload
def build(
    name: Literal[
        "autoencoder",
        "conv-autoencoder",
        "deep-autoencoder",
        "sparse-autoencoder",
        "denoising-autoencoder",
        "contractive-autoencoder",
        "linear-autoencoder",
    ],
    /,
    data_shape: Sequence[int],
    num_classes: int | None = None,
    **settings: Any,
) -> Autoencoder: ...
@overload
def build(
    name: Literal[
        "vae",
        "beta-vae",
        "cvae",
        "iwae",
        "sigma-vae",
        "tc-vae",
        "flow-vae",
        "vamp-vae",
        "ladder-vae",
    ],
    /,
    data_shape: Sequence[int],
    num_classes: int | None = None,
    **settings: Any,
) -> VAE: ...
@overload
def build(
    name: Literal["vq-vae",],
    /,
    data_shape: Sequence[int],
    num_classes: int | None = None,
    **settings: Any,
) -> VQVAE: ...
@overload
def build(
    name: Literal["music-vae",],
    /,
    data_shape: Sequence[int],
    num_classes: int | None = None,
    **settings: Any,
) -> SequenceVAE: ...
@overload
def build(
    name: Literal[
        "gan",
        "minimax-gan",
        "dcgan",
        "lsgan",
        "wgan",
        "wgan-gp",
        "dragan",
        "hinge-gan",
        "r1-gan",
        "relativistic-gan",
    ],
    /,
    data_shape: Sequence[int],
    num_classes: int | None = None,
    **settings: Any,
) -> GAN: ...
@overload
def build(
    name: Literal["began",],
    /,
    data_shape: Sequence[int],
    num_classes: int | None = None,
    **settings: Any,
) -> BEGAN: ...
@overload
def build(
    name: Literal["gmn",],
    /,
    data_shape: Sequence[int],
    num_classes: int | None = None,
    **settings: Any,
) -> GMN: ...
@overload
def build(
    name: Literal["progressive-gan",],
    /,
    data_shape: Sequence[int],
    num_classes: int | None = None,
    **settings: Any,
) -> ProgressiveGAN: ...
@overload
def build(
    name: Literal["vae-gan",],
    /,
    data_shape: Sequence[int],
    num_classes: int | None = None,
    **settings: Any,
) -> VAEGAN: ...
@overload
def build(
    name: Literal["adversarial-autoencoder",],
    /,
    data_shape: Sequence[int],
    num_classes: int | None = None,
    **settings: Any,
) -> AdversarialAutoencoder: ...
@overload
def build(
    name: Literal["factor-vae",],
    /,
    data_shape: Sequence[int],
    num_classes: int | None = None,
    **settings: Any,
) -> FactorVAE: ...
@overload
def build(
    name: Literal[
        "unsupervised-translation",
        "supervised-translation",
    ],
    /,
    data_shape: Sequence[int],
    num_classes: int | None = None,
    **settings: Any,
) -> MachineTranslation: ...
@overload
def build(
    name: Literal["inpainter",],
    /,
    data_shape: Sequence[int],
    num_classes: int | None = None,
    **settings: Any,
) -> Inpainter: ...
@overload
def build(
    name: Literal["srgan",],
    /,
    data_shape: Sequence[int],
    num_classes: int | None = None,
    **settings: Any,
) -> SRGAN: ...
@overload
def build(
    name: Literal["srresnet",],
    /,
    data_shape: Sequence[int],
    num_classes: int | None = None,
    **settings: Any,
) -> SRResNet: ...
@overload
def build(
    name: Literal["cyclegan",],
    /,
    data_shape: Sequence[int],
    num_classes: int | None = None,
    **settings: Any,
) -> CycleGAN: ...
@overload
def build(
    name: Literal["stylegan",],
    /,
    data_shape: Sequence[int],
    num_classes: int | None = None,
    **settings: Any,
) -> StyleGAN: ...
@overload
def build(
    name: Literal["stackgan",],
    /,
    data_shape: Sequence[int],
    num_classes: int | None = None,
    **settings: Any,
) -> StackGAN: ...
@overload
def build(
    name: Literal[
        "made",
        "pixelcnn",
        "gated-pixelcnn",
        "pixelrnn",
        "lstm",
        "transformer",
    ],
    /,
    data_shape: Sequence[int],
    num_classes: int | None = None,
    **settings: Any,
) -> Autoregressive: ...
@overload
def build(
    name: Literal[
        "nice",
        "realnvp",
        "maf",
        "iaf",
        "nsf",
        "nsf-ar",
        "glow",
    ],
    /,
    data_shape: Sequence[int],
    num_classes: int | None = None,
    **settings: Any,
) -> Flow: ...
@overload
def build(
    name: Literal["ffjord",],
    /,
    data_shape: Sequence[int],
    num_classes: int | None = None,
    **settings: Any,
) -> ContinuousFlow: ...
@overload
def build(
    name: Literal["diffflow",],
    /,
    data_shape: Sequence[int],
    num_classes: int | None = None,
    **settings: Any,
) -> DiffFlow: ...
@overload
def build(
    name: Literal[
        "ddpm",
        "improved-ddpm",
        "flow-matching",
    ],
    /,
    data_shape: Sequence[int],
    num_classes: int | None = None,
    **settings: Any,
) -> DDPM: ...
@overload
def build(
    name: Literal["vdm",],
    /,
    data_shape: Sequence[int],
    num_classes: int | None = None,
    **settings: Any,
) -> VDM: ...
@overload
def build(
    name: Literal["energy",],
    /,
    data_shape: Sequence[int],
    num_classes: int | None = None,
    **settings: Any,
) -> EnergyModel: ...
@overload
def build(
    name: str,
    /,
    data_shape: Sequence[int],
    num_classes: int | None = None,
    **settings: Any,
) -> GenerativeModel: ...
def register(name: str, recipe: Recipe) -> None: ...
def defaults_of(recipe: Recipe) -> dict[str, Any]: ...
def settings_of(recipe: Recipe) -> list[str]: ...
