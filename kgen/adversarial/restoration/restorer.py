"""The game of restoring: to be close to the truth, and to look like it."""

import keras

from kgen.adversarial import augmentation as augmentations
from kgen.adversarial import losses
from kgen.adversarial.augmentation.augmented import Augmented
from kgen.adversarial.game import Game
from kgen.adversarial.player import Player
from kgen.adversarial.regularisation import called
from kgen.core.checks.values import check_number
from kgen.networks.inputs import apply, check_output, check_takers


class Restorer(Augmented, Game):
    """A generator restores damaged data, and a discriminator judges what it makes.

    In each step the discriminator learns to tell the data from restored data. Then the
    generator learns: it minimises its distance from the data, the content, plus
    `adversarial_weight` times its adversarial loss. A base class; `SRGAN` and
    `Inpainter` say what is damaged and how close is close.

    To write another one, define `restored(x, labels, training, **parts)`, which returns
    `(real, fake, beside)`, and `content(real, fake, **beside)`, the terms that are
    added to the generator's loss. `figures(real, fake, **beside)` may give others to
    log. `beside` holds further inputs of the discriminator and of these methods, by
    name.

    Args:
        generator: Network that restores.
        discriminator: Network `x[, labels] -> (batch, 1)`, logits.
        adversarial_loss: See `GAN`.
        adversarial_weight: Weight of the adversarial loss, 0 or larger.
        augmentation: See `GAN`. A subclass calls `add_augmentation` once its
            `augmenters` find the shape of the images.
        **kwargs: See `GenerativeModel`.
    """

    terms = (
        "discriminator_loss",
        "generator_loss",
        "adversarial",
        "real_score",
        "fake_score",
        "real_accuracy",
        "fake_accuracy",
        "discriminator_gradient",
        "generator_gradient",
    )

    changeable = {"adversarial_weight": check_number}

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        adversarial_loss: str | losses.AdversarialLoss = "non_saturating",
        adversarial_weight: float = 1e-2,
        augmentation: str | augmentations.Augmentation | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.augmentation = augmentations.get(augmentation)
        self.generator = generator
        self.discriminator = discriminator
        self.adversarial_loss = losses.get(adversarial_loss)
        self.adversarial_weight = adversarial_weight
        for network in (generator, discriminator):
            check_takers(self, network)
        check_output(
            "discriminator",
            discriminator,
            (1,),
            "adversarial losses",
            "It gives one logit for each example: keras.layers.Dense(1) at its end.",
        )

    @property
    def players(self):
        """The discriminator, then the generator."""
        return (
            Player("discriminator", self.discriminator, self.discriminator_objective),
            Player("generator", self.generator, self.generator_objective),
        )

    def restored(self, x, labels, training, **parts):
        """`(real, fake, beside)`: data, the same restored, and what judges get, too.

        Args:
            x: Data `(batch, *data_shape)`.
            labels: The condition, or `None`.
            training: Whether networks run in training mode.
            **parts: Further parts of the data, by name.
        """
        raise TypeError(f"{type(self).__name__} does not define `restored`.")

    def content(self, real, fake, **beside):
        """Terms of the distance from the truth by name, `(batch,)` each."""
        raise TypeError(f"{type(self).__name__} does not define `content`.")

    def figures(self, real, fake, **beside):
        """Terms to log, `(batch,)` each, that are no part of the loss; here none."""
        return {}

    def logits(self, image, labels=None, training=False, **beside):
        """The discriminator's output for augmented images, `(batch,)`."""
        image = self.augmented(image, training)
        return apply(self.discriminator, image, labels, training, **beside)[:, 0]

    def discriminator_objective(self, x, labels=None, training=False, **parts):
        """The discriminator's loss, its scores and accuracies, `(batch,)` each."""
        real, fake, beside = self.restored(x, labels, training, **parts)
        (on_real, on_fake), regularisation = called(
            self.discriminator,
            lambda image: self.logits(image, labels, training, **beside),
            real,
            fake,
        )
        loss = self.adversarial_loss.discriminator(on_real, on_fake)
        scores = self.adversarial_loss.scores(on_real, on_fake)
        return {"discriminator_loss": loss + regularisation, **scores}

    def generator_objective(self, x, labels=None, training=False, **parts):
        """The generator's loss and its parts, and figures, `(batch,)` each."""
        real, fake, beside = self.restored(x, labels, training, **parts)
        regularisation = sum(self.generator.losses)
        on_fake = self.logits(fake, labels, training, **beside)
        on_real = None
        if self.adversarial_loss.relativistic:
            on_real = self.logits(real, labels, training, **beside)
        adversarial = self.adversarial_loss.generator(on_real, on_fake)
        content = self.content(real, fake, **beside)
        loss = sum(content.values()) + self.adversarial_weight * adversarial
        return {
            "generator_loss": loss + regularisation,
            "adversarial": adversarial,
            **content,
            **self.figures(real, fake, **beside),
        }
