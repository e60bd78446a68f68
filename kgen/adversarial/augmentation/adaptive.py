"""Augmentation whose probability follows the overfitting of the discriminator."""

from collections.abc import Sequence
from functools import partial

import tensorflow as tf

from kgen.adversarial.augmentation.augmentation import Augmentation
from kgen.core.checks.values import check_count, check_fraction


class AdaptiveAugmentation(Augmentation):
    """An `Augmentation` that is as strong as the discriminator's overfitting.

    The measure of overfitting is `r = E[sign(D(x))]` over real images: 0 if D is right
    about half of them, 1 if it is right about all. After each `every` steps of the
    discriminator p rises if `r > target`, else it falls: by the number of images that D
    has seen since, divided by `adapt_images`.

    Where the boundary of a loss is not 0 (least squares, critics), `r` is
    `2 * real_accuracy - 1`, with the accuracy that a `GAN` logs; `target=0.6` is an
    accuracy of 80 %.

    Args:
        target: The wanted r, in 0..1.
        adapt_images: Images over which p rises from 0 to 1. The paper's 500,000 suit
            runs of millions; about a tenth of the images that a run shows suits others.
        every: Steps of the discriminator from a change of p to the next.
        limit: The largest p, in 0..1. Near 1 augmentations leak into samples.
        p: The first p.
        geometric: See `Augmentation`.
        colour: See `Augmentation`.

    Raises:
        ValueError: for values out of their ranges, or a p above `limit`.

    Example:

    >>> augmentation = kgen.adversarial.AdaptiveAugmentation(adapt_images=20_000)
    >>> gan = kgen.build("dcgan", (8, 8, 1), augmentation=augmentation)
    >>> gan.augmenter.p.numpy()
    np.float32(0.0)

    References:
        [Karras et al., 2020](https://arxiv.org/abs/2006.06676)
    """

    adaptive = True

    def __init__(
        self,
        target: float = 0.6,
        adapt_images: int = 500_000,
        every: int = 4,
        limit: float = 0.8,
        p: float = 0.0,
        geometric: str | Sequence[str] = "all",
        colour: str | Sequence[str] = "all",
    ) -> None:
        super().__init__(p, geometric, colour)
        count = partial(check_count, "AdaptiveAugmentation")
        self.target = check_fraction("target", target)
        self.adapt_images = count("adapt_images", adapt_images)
        self.every = count("every", every)
        self.limit = check_fraction("limit", limit)
        if p > limit:
            raise ValueError(
                f"AdaptiveAugmentation was given p={p} and limit={limit}, but p is at "
                "most its limit. Pass a smaller p."
            )

    def adapted(self, p, overfitting, images):
        """The next p.

        Args:
            p: The present one, a scalar.
            overfitting: The r of the last `every` steps, a scalar.
            images: Number of real images in them.
        """
        change = tf.sign(overfitting - self.target) * images / self.adapt_images
        return tf.clip_by_value(p + change, 0.0, self.limit)
