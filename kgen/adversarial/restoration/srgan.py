"""Super-resolution by a game."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import tensorflow as tf

from kgen.adversarial import augmentation as augmentations
from kgen.adversarial import losses
from kgen.adversarial.restoration.restorer import Restorer
from kgen.adversarial.restoration.super_resolution import SuperResolution
from kgen.core.checks.values import check_number
from kgen.networks.inputs import input_shape


class SRGAN(SuperResolution, Restorer):
    """Super-resolution GAN: `x = G(low)`, close to the truth, and sharp for D.

    Data is x, the sharp images. The model makes the small ones itself, see `downscale`.
    The discriminator learns to tell sharp images from enlarged ones. The generator
    minimises the content loss of `SRResNet` plus `adversarial_weight` times its
    adversarial loss. A generator that has been trained as an `SRResNet` is a good
    start: pass it as `generator`.

    Details are drawn that the small image does not have, so `psnr` is lower than that
    of an `SRResNet`. Terms are those of both players, `pixel`, `perceptual` if there is
    a `feature_network`, `psnr` in dB and `ssim`.

    Args:
        generator: Network `low[, labels] -> x`, such as `kgen.networks.srresnet`.
        discriminator: Network `x[, labels] -> (batch, 1)`, logits, for the images of
            `fit` without the rows and columns that are cut off.
        factor: Factor of height and width, 2 or larger.
        adversarial_loss: See `GAN`.
        adversarial_weight: Weight of the adversarial loss. The paper has 1e-3 beside
            features of another scale.
        pixel_loss: See `SRResNet`.
        feature_network: See `SRResNet`.
        feature_weight: See `SRResNet`.
        data_shape: See `SRResNet`; by default the shape that the discriminator takes.
        augmentation: See `GAN`.
        **kwargs: See `GenerativeModel`.

    Example:

    >>> regression = kgen.build("srresnet", (24, 24, 3), width=8, num_blocks=2)
    >>> discriminator = kgen.networks.dcgan_discriminator(
    ...     (24, 24, 3), filters=(8, 8), normalization=None
    ... )
    >>> gan = kgen.SRGAN(regression.generator, discriminator, factor=4)
    >>> gan.upscale(np.ones((1, 10, 15, 3))).shape
    TensorShape([1, 40, 60, 3])

    References:
        [Ledig et al., 2017](https://arxiv.org/abs/1609.04802)
    """

    terms = (*Restorer.terms, "pixel", "psnr", "ssim")
    augmenters = {"augmenter": ("target_shape", "{}")}
    changeable = {"feature_weight": check_number}

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        factor: int = 4,
        adversarial_loss: str | losses.AdversarialLoss = "non_saturating",
        adversarial_weight: float = 1e-2,
        pixel_loss: str = "l1",
        feature_network: keras.Model | None = None,
        feature_weight: float = 1.0,
        data_shape: Sequence[int | None] | None = None,
        augmentation: str | augmentations.Augmentation | None = None,
        **kwargs,
    ) -> None:
        judged = input_shape(discriminator, "x")
        input_shape(generator, "low")
        super().__init__(
            generator,
            discriminator,
            adversarial_loss=adversarial_loss,
            adversarial_weight=adversarial_weight,
            augmentation=augmentation,
            **kwargs,
        )
        self.set_scale(generator, factor, data_shape or judged)
        self.set_content(pixel_loss, feature_network, feature_weight)
        if not tf.TensorShape(judged).is_compatible_with(self.target_shape):
            raise ValueError(
                f"The discriminator takes images of shape {judged}, but those of an "
                f"SRGAN with factor={factor} have {self.target_shape}. Build it for "
                "them."
            )
        self.add_augmentation()

    def restored(self, x, labels, training):
        """`(real, fake, {})`: sharp images, and those from their small versions."""
        return (*self.pair(x, labels, training), {})
