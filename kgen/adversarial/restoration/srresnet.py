"""Super-resolution by regression."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from kgen.adversarial.restoration.super_resolution import SuperResolution
from kgen.core.checks.values import check_number
from kgen.core.model import GenerativeModel
from kgen.networks.inputs import check_takers, input_shape


class SRResNet(SuperResolution, GenerativeModel):
    """Super-resolution: `x = G(low)`, trained for a small distance from the truth.

    Data is x, the sharp images. The model makes the small ones itself, see `downscale`.
    Training minimises the content loss: the distance of pixels, plus that of features
    if there is a `feature_network`. Its answer to what the small image leaves open is a
    mean or a median, which is blurred: `SRGAN` draws details instead, and may start
    from this generator.

    Beside the loss `fit` and `evaluate` log `psnr`, in dB, and `ssim` of each image and
    its truth; equal images count as 100 dB.

    Args:
        generator: Network `low[, labels] -> x`, such as `kgen.networks.srresnet`.
        factor: Factor of height and width, 2 or larger.
        pixel_loss: `"l1"`, mean absolute difference, or `"mse"`, mean squared
            difference.
        feature_network: `keras.Model` from images to one or more feature maps, such as
            the layers of a classifier. Their mean squared differences are added to the
            loss. It is frozen, and saved with the model.
        feature_weight: Weight of these differences.
        data_shape: `(height, width, channels)` of the images of `fit`; `None` for
            images of any size. Sides that are no multiples of `factor` lose their last
            rows or columns. Verbs take images of any size.
        **kwargs: See `GenerativeModel`.

    Example:

    >>> generator = kgen.networks.srresnet(3, factor=4, width=8, num_blocks=2)
    >>> model = kgen.SRResNet(generator, factor=4)
    >>> photographs = np.ones((1, 40, 60, 3))
    >>> low = model.downscale(photographs)
    >>> low.shape, model.upscale(low).shape
    (TensorShape([1, 10, 15, 3]), TensorShape([1, 40, 60, 3]))

    References:
        [Ledig et al., 2017](https://arxiv.org/abs/1609.04802),
        [Johnson et al., 2016](https://arxiv.org/abs/1603.08155) (features)
    """

    terms = ("loss", "pixel", "psnr", "ssim")
    changeable = {"feature_weight": check_number}

    def __init__(
        self,
        generator: keras.Model,
        factor: int = 4,
        pixel_loss: str = "l1",
        feature_network: keras.Model | None = None,
        feature_weight: float = 1.0,
        data_shape: Sequence[int | None] | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        channels = input_shape(generator, "low")[-1]
        self.set_scale(generator, factor, data_shape or (None, None, channels))
        self.set_content(pixel_loss, feature_network, feature_weight)
        check_takers(self, generator)

    def objective(self, x, labels=None, training=False):
        """The content loss, its parts, and figures of quality, `(batch,)` each."""
        real, fake = self.pair(x, labels, training)
        content = self.content(real, fake)
        return {"loss": sum(content.values()), **content, **self.figures(real, fake)}
