"""What a game does with an augmentation of the images that discriminators see."""

import tensorflow as tf

from kgen.adversarial.augmentation.augmenter import Augmenter


class Augmented:
    """A base class, before `Game`, that augments what discriminators see.

    1. Take `augmentation` as an argument of the constructor, with
       `kgen.adversarial.augmentation.get`. Once the shapes are set, call
       `add_augmentation`.
    2. In the objectives, call `augmented` on images, real or generated, before the
       discriminator.
    3. Return `real_accuracy` from the objective of the discriminator: whether it takes
       each real image for real, 0 or 1. The probability follows it.

    A game of several discriminators has an `Augmenter` for each, since they overfit on
    their own. `augmenters` names them: `{attribute: (shape, form)}`. `shape` is the
    attribute with the shape of the images, and `form` makes the names of the terms:
    with `"{}_x"` the objective returns `real_accuracy_x`, and `fit` logs
    `augmentation_p_x`.
    """

    augmenters = {"augmenter": ("data_shape", "{}")}
    augmentation = None

    def add_augmentation(self):
        """Makes the state of `self.augmentation`, and the terms that it logs."""
        for name, (shape, form) in self.augmenters.items():
            augmenter = None
            if self.augmentation is not None:
                shape = tuple(getattr(self, shape))
                augmenter = Augmenter(self.augmentation, shape, name=name)
                for term in ("real_accuracy", "augmentation_p"):
                    if form.format(term) not in self.trackers:
                        self.add_term(form.format(term))
            setattr(self, name, augmenter)

    def augmented(self, x, training, augmenter="augmenter"):
        """Examples as a discriminator sees them, with fresh noise.

        Args:
            x: `(batch, height, width, channels)`, or packs of examples on the last
                axis.
            training: Whether a training step draws the noise.
            augmenter: The name of the discriminator's augmenter.
        """
        if self.augmentation is None:
            return x
        return getattr(self, augmenter).augment(x, self.noise.next(training))

    def step(self, player, parts, weight, training):
        """One step of a player; one of a discriminator moves its probability."""
        terms = dict(super().step(player, parts, weight, training))
        if self.augmentation is None:
            return terms
        for name, (_, form) in self.augmenters.items():
            accuracy = terms.get(form.format("real_accuracy"))
            if accuracy is None:
                continue
            augmenter = getattr(self, name)
            if training:
                augmenter.adapt(accuracy)
            terms[form.format("augmentation_p")] = tf.identity(augmenter.p)
        return terms
