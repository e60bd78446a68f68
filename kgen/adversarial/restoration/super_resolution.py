"""What all models of super-resolution share: sizes, losses and verbs."""

from __future__ import annotations

import dataclasses

import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core.checks.values import check_count
from kgen.core.config import lookup
from kgen.core.distances import absolute_error, psnr, squared_error, ssim
from kgen.core.hints import Data
from kgen.core.resizing import bicubic_down, cropped_to_multiple
from kgen.core.specs import Real
from kgen.core.verbs import verb
from kgen.networks.conv import check_image
from kgen.networks.inputs import apply, input_shape
from kgen.networks.perceptual import check_features, feature_distance

PIXEL_LOSSES = {"l1": absolute_error, "mse": squared_error}


class SuperResolution:
    """Adds `upscale` and `downscale` to a model whose generator enlarges images.

    The small image is made from the sharp one by `downscale`, the same in training,
    in validation and as a verb. A base class before `GenerativeModel`.
    """

    def set_scale(self, generator, factor, data_shape):
        """Assigns `generator`, `factor` and `data_shape`, which have to fit.

        Args:
            generator: Network `low[, labels] -> x`.
            factor: Factor of height and width, 2 or larger.
            data_shape: Shape of training images; a side may be `None`, for any.

        Raises:
            ValueError: for data that are no images, images smaller than `factor`, or a
                generator with another factor.
        """
        kind = type(self).__name__
        self.generator = generator
        self.factor = check_count(kind, "factor", factor, fewest=2)
        self.data_shape = tuple(data_shape)
        check_image(self.data_shape)
        if any(side is not None and side < factor for side in self.data_shape[:2]):
            raise ValueError(
                f"A {kind} was given factor={factor} for images of shape "
                f"{self.data_shape}: no pixel would be left. Take larger images, or a "
                "smaller factor."
            )
        check_enlarges(generator, self.factor, self.data_shape)

    def set_content(self, pixel_loss, feature_network, feature_weight):
        """Assigns the settings of the loss; adds the term of a feature network.

        Args:
            pixel_loss: `"l1"` or `"mse"`.
            feature_network: `keras.Model` from images to feature maps, or `None`.
            feature_weight: Weight of the distance of these features.
        """
        lookup("pixel_loss", pixel_loss, PIXEL_LOSSES)
        self.pixel_loss = pixel_loss
        self.feature_network = feature_network
        self.feature_weight = feature_weight
        if feature_network is None and feature_weight != 1.0:
            raise ValueError(
                f"A {type(self).__name__} was given feature_weight={feature_weight}, "
                "but no feature_network, so that it has no effect. Pass both."
            )
        if feature_network is not None:
            check_features(feature_network, self.target_shape)
            feature_network.trainable = False
            self.add_term("perceptual")

    @property
    def target_shape(self):
        """Shape of the images that the generator makes in training.

        Sides that are no multiples of `factor` lose their last rows or columns.
        """
        *size, channels = self.data_shape
        factor = self.factor
        size = (None if side is None else side // factor * factor for side in size)
        return (*size, channels)

    @property
    def data_specs(self):
        """Images of `factor` pixels a side or more, and their condition."""
        specs = super().data_specs
        x = dataclasses.replace(specs["x"], smallest=self.factor)
        return {**specs, "x": x}

    @property
    def argument_specs(self):
        """Verbs take images of any size."""
        low = Real((None, None, self.data_shape[-1]), (0.0, 1.0))
        x = dataclasses.replace(low, smallest=self.factor)
        return {**super().argument_specs, "x": x, "low": low}

    def pair(self, x, labels, training):
        """Sharp images, and the generator's from their small versions."""
        real = cropped_to_multiple(x, self.factor)
        return real, apply(self.generator, self.small(x), labels, training)

    def small(self, x):
        """The small versions of images."""
        small = bicubic_down(cropped_to_multiple(x, self.factor), self.factor)
        return tf.clip_by_value(small, 0.0, 1.0)

    def content(self, real, fake):
        """The distance from the truth: `pixel`, and `perceptual` by features."""
        terms = {"pixel": PIXEL_LOSSES[self.pixel_loss](real, fake)}
        if self.feature_network is not None:
            distance = feature_distance(self.feature_network, real, fake)
            terms["perceptual"] = self.feature_weight * distance
        return terms

    def figures(self, real, fake):
        """`psnr` in dB and `ssim` of the images as `upscale` gives them."""
        shown = tf.stop_gradient(tf.clip_by_value(fake, 0.0, 1.0))
        return {"psnr": psnr(real, shown), "ssim": ssim(real, shown)}

    @verb(returns="x")
    def upscale(self, low: ArrayLike, labels: ArrayLike | None = None) -> tf.Tensor:
        """Images `factor` times as high and wide, in [0, 1].

        Args:
            low: Small images in [0, 1], `(batch, height, width, channels)`, of any
                size.
            labels: int32 `(batch,)`, for a conditional model.

        Returns:
            `(batch, factor * height, factor * width, channels)`.
        """
        return tf.clip_by_value(apply(self.generator, low, labels), 0.0, 1.0)

    @verb(returns="low")
    def downscale(self, x: Data) -> tf.Tensor:
        """Images `1 / factor` as high and wide, in [0, 1]: the input in training.

        Each pixel is a mean with the weights of a bicubic kernel that is `factor` times
        as wide as for an interpolation, so there is no aliasing
        (`PIL.Image.resize(size, BICUBIC)`). Values are clipped to [0, 1]. Sides that
        are no multiples of `factor` lose their last rows or columns.

        Args:
            x: Images in [0, 1], `(batch, height, width, channels)`, of any size from
                `factor` pixels on.
        """
        return self.small(x)


def check_enlarges(generator, factor, data_shape):
    """Raises a ValueError unless a generator enlarges images by `factor`."""
    low = input_shape(generator, "low")
    small = (None if n is None else n // factor for n in data_shape[:2])
    expected = (*small, data_shape[-1])
    if not tf.TensorShape(low).is_compatible_with(expected):
        raise ValueError(
            f"The generator takes images of shape {low}, but for factor={factor} and "
            f"data of shape {tuple(data_shape)} it is given {expected}. Build it for "
            "them, or for any size: kgen.networks.srresnet(channels, factor)."
        )
    tried = [4 if side is None else side for side in low]
    shapes = [
        (1, *(tried if tensor.name not in ("labels", "context") else tensor.shape[1:]))
        for tensor in generator.inputs
    ]
    found = generator.compute_output_shape(shapes if len(shapes) > 1 else shapes[0])
    wanted = (tried[0] * factor, tried[1] * factor, tried[2])
    if tuple(found[1:]) != wanted:
        raise ValueError(
            f"The generator makes {tuple(found[1:])} of an image {tuple(tried)}, but "
            f"factor={factor} needs {wanted}. Build it with the same factor."
        )
