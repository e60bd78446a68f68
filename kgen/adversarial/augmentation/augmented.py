"""What a game with one discriminator of images does with an augmentation."""

import tensorflow as tf

from kgen.adversarial.augmentation.augmenter import Augmenter


class Augmented:
    """A base class, before `Game`, that augments what a discriminator sees.

    1. Take `augmentation` as an argument of the constructor, with
       `kgen.adversarial.augmentation.get`. Once `data_shape` is set, call
       `add_augmentation`.
    2. In the objectives, call `augmented` on images, real or generated, before the
       discriminator.
    3. Return `real_accuracy` from the objective of the discriminator: whether it takes
       each real image for real, 0 or 1. The probability follows it.

    A game of several discriminators has an `Augmenter` for each instead.
    """

    augmenter = None

    def add_augmentation(self):
        """Makes the state of `self.augmentation`, and its term `augmentation_p`."""
        if self.augmentation is not None:
            self.augmenter = Augmenter(
                self.augmentation, self.data_shape, name="augmenter"
            )
            self.add_term("augmentation_p")

    def augmented(self, x, training):
        """Examples as the discriminator sees them, with fresh noise.

        Args:
            x: `(batch, *data_shape)`, or packs of examples on the last axis.
            training: Whether a training step draws the noise.
        """
        if self.augmenter is None:
            return x
        return self.augmenter.augment(x, self.noise.next(training))

    def step(self, player, parts, weight, training):
        """One step of a player; one of the discriminator moves the probability."""
        terms = super().step(player, parts, weight, training)
        if self.augmenter is None or "real_accuracy" not in terms:
            return terms
        if training:
            self.augmenter.adapt(terms["real_accuracy"])
        return {**terms, "augmentation_p": tf.identity(self.augmenter.p)}
