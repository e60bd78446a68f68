"""Completion of images with holes."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.adversarial import augmentation as augmentations
from kgen.adversarial import losses
from kgen.adversarial.restoration.holes import around, filled, random_rectangles
from kgen.adversarial.restoration.restorer import Restorer
from kgen.core.checks.values import is_number
from kgen.core.config import lookup
from kgen.core.distances import absolute_error, squared_error
from kgen.core.hints import Data
from kgen.core.specs import Mask
from kgen.core.verbs import verb
from kgen.networks.conv import check_image
from kgen.networks.inputs import apply, check_output, input_shape

RECONSTRUCTION_LOSSES = {"l1": absolute_error, "mse": squared_error}


class Inpainter(Restorer):
    """Completes images: the generator fills a hole, the discriminator judges the whole.

    A mask is true in the hole. The generator gets the image, with the mean of the other
    pixels in the hole, and the mask. What it makes is used in the hole only: completed
    images have the given pixels, bit by bit. The generator minimises the reconstruction
    error, a mean over the hole, plus `adversarial_weight` times its adversarial loss.
    The discriminator sees the whole image, and the patch around the hole if it has an
    input named `patch`.

    In training each example gets a random rectangle as its hole, anew in each step. Or
    the data has holes: `fit({"x": images, "mask": masks})`.

    Args:
        generator: Network `x, mask[, labels] -> x`, such as
            `kgen.networks.completion_generator`; `mask` is float32
            `(batch, height, width, 1)`, 1 in the hole.
        discriminator: Network `x[, patch][, labels] -> (batch, 1)`, logits, such as
            `kgen.networks.completion_discriminator`.
        adversarial_loss: See `GAN`.
        adversarial_weight: Weight of the adversarial loss.
        reconstruction_loss: `"l1"`, absolute difference, or `"mse"`, squared
            difference.
        hole: The smallest and the largest side of a random hole, as shares of the
            image's side.
        augmentation: See `GAN`. An image and the patch around its hole are changed
            each on its own.
        **kwargs: See `GenerativeModel`.

    Example:

    >>> inpainter = kgen.build("inpainter", (9, 8, 1), filters=(4, 8), features=8)
    >>> image = np.full((1, 9, 8, 1), 0.5, "float32")
    >>> mask = np.zeros((1, 9, 8, 1), bool)
    >>> mask[:, 2:5, 3:6] = True  # The hole.
    >>> completed = inpainter.complete(image, mask)
    >>> bool(np.all(completed[~mask] == image[~mask]))
    True

    References:
        [Iizuka et al., 2017](https://doi.org/10.1145/3072959.3073659),
        [Pathak et al., 2016](https://arxiv.org/abs/1604.07379)
    """

    terms = (*Restorer.terms, "reconstruction")
    changeable = {}

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        adversarial_loss: str | losses.AdversarialLoss = "non_saturating",
        adversarial_weight: float = 1e-2,
        reconstruction_loss: str = "l1",
        hole: Sequence[float] = (0.25, 0.5),
        augmentation: str | augmentations.Augmentation | None = None,
        **kwargs,
    ) -> None:
        data_shape = input_shape(generator, "x", beside=("mask",))
        super().__init__(
            generator,
            discriminator,
            adversarial_loss=adversarial_loss,
            adversarial_weight=adversarial_weight,
            augmentation=augmentation,
            **kwargs,
        )
        lookup("reconstruction_loss", reconstruction_loss, RECONSTRUCTION_LOSSES)
        self.reconstruction_loss = reconstruction_loss
        self.hole = check_shares(hole)
        self.data_shape = data_shape
        check_image(data_shape)
        check_output("generator", generator, data_shape, "the images")
        check_mask(generator, data_shape)
        check_judge(discriminator, data_shape)
        self.add_augmentation()

    @property
    def data_specs(self):
        """Beside images and their condition, an optional mask of the holes."""
        mask = Mask((*self.data_shape[:2], 1), optional=True)
        return {**super().data_specs, "mask": mask}

    @property
    def argument_specs(self):
        """Verbs need the mask."""
        return {**super().argument_specs, "mask": Mask((*self.data_shape[:2], 1))}

    def restored(self, x, labels, training, mask=None):
        """`(real, fake, {"mask": mask})`: images, and the same completed."""
        if mask is None:
            size, key = self.data_shape[:2], self.noise.next(training)
            mask = random_rectangles(tf.shape(x)[0], size, self.hole, key)
        return x, self.completed(x, mask, labels, training), {"mask": mask}

    def completed(self, x, mask, labels=None, training=False):
        """Images with the generator's pixels in the hole."""
        given, hole = filled(x, mask), tf.cast(mask, tf.float32)
        made = apply(self.generator, given, labels, training, mask=hole)
        return tf.where(mask, made, x)

    def logits(self, image, labels=None, training=False, mask=None):
        """The discriminator's output, `(batch,)`, for images with this hole."""
        size, beside = patch_size(self.discriminator), {}
        if size is not None:
            patch = around(image, mask, size)
            beside["patch"] = self.augmented(patch, training)
        return super().logits(image, labels, training, **beside)

    def content(self, real, fake, mask):
        """`reconstruction`, the error as a mean over the hole."""
        share = tf.reduce_mean(tf.cast(mask, tf.float32), [1, 2, 3])
        error = RECONSTRUCTION_LOSSES[self.reconstruction_loss](real, fake)
        return {"reconstruction": tf.math.divide_no_nan(error, share)}

    @verb(returns="x")
    def complete(
        self, x: Data, mask: ArrayLike, labels: ArrayLike | None = None
    ) -> tf.Tensor:
        """Images without their holes; all other pixels are those of `x`.

        Args:
            x: Images in [0, 1]. The values in the hole have no effect.
            mask: bool `(batch, height, width, 1)`, true in the hole.
            labels: int32 `(batch,)`, for a conditional model.

        Returns:
            `(batch, height, width, channels)`.
        """
        return self.completed(x, mask, labels)


def check_shares(hole):
    """`hole` as a tuple, if it has two shares of a side, the smaller one first."""
    pair = tuple(hole) if isinstance(hole, (list, tuple)) else ()
    numbers = len(pair) == 2 and all(map(is_number, pair))
    if not numbers or not 0 < pair[0] <= pair[1] <= 1:
        raise ValueError(
            f"`Inpainter` was given hole={hole!r}, but expects the smallest and the "
            "largest share of an image's side, such as (0.25, 0.5)."
        )
    return pair


def check_mask(generator, data_shape):
    """Raises a ValueError unless a generator takes the mask of a hole."""
    found = {tensor.name: tuple(tensor.shape[1:]) for tensor in generator.inputs}
    wanted = (*data_shape[:2], 1)
    if found.get("mask") != wanted:
        raise ValueError(
            f"The generator of an Inpainter has the inputs {found}, but expects one "
            f"named 'mask' of shape {wanted}: kgen.networks.completion_generator."
        )


def check_judge(discriminator, data_shape):
    """Raises a ValueError unless a discriminator takes images, and patches of them."""
    found = input_shape(discriminator, "x", beside=("patch",))
    size = patch_size(discriminator) or data_shape[:2]
    fits = all(side <= most for side, most in zip(size, data_shape[:2], strict=True))
    if found != data_shape or not fits:
        raise ValueError(
            f"The discriminator takes images of shape {found} and patches of size "
            f"{tuple(size)}, but the generator makes images of shape {data_shape}. "
            "Build it for them."
        )


def patch_size(discriminator):
    """Height and width of the patches that a discriminator takes, or `None`."""
    shapes = (t.shape[1:3] for t in discriminator.inputs if t.name == "patch")
    return next(shapes, None)
