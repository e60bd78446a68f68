"""The discriminator's side of an autoencoder that trains against one."""

import tensorflow as tf

from kgen.adversarial import losses, penalties
from kgen.adversarial.game import Game
from kgen.adversarial.player import Player
from kgen.adversarial.regularisation import called
from kgen.core.settings import check_logged
from kgen.networks.inputs import apply, check_output, check_takers, input_shape

CHANGEABLE = {"penalty": lambda _, value: penalties.get(value)}


class HybridGame(Game):
    """An encoder and a decoder against a discriminator; a base class.

    A subclass has the players. Its constructor calls `set_networks`, and then
    `set_discriminator`. Its `changeable` has the entries of `CHANGEABLE`.
    """

    def set_discriminator(self, discriminator, adversarial_loss, penalty):
        """Assigns the discriminator, its loss and its penalty."""
        self.discriminator = discriminator
        self.adversarial_loss = losses.get(adversarial_loss)
        self.penalty = penalty
        if self.penalty is not None:
            self.add_term("penalty")
        check_output(
            "discriminator",
            discriminator,
            (1,),
            "the adversarial losses",
            "It gives one logit for each row: keras.layers.Dense(1) at its end.",
        )
        check_takers(self, discriminator, self.encoder, self.decoder)

    def check_judged(self, name, shape):
        """Raises a ValueError unless the discriminator takes tensors of this shape.

        Args:
            name: What it judges, `"x"` or `"z"`.
            shape: Their shape, that of the other two networks.
        """
        found = input_shape(self.discriminator, name)
        if found != shape:
            raise ValueError(
                f"The discriminator of a {type(self).__name__} takes {name} of shape "
                f"{found}, but encoder and decoder have {name} of shape {shape}. Build "
                "all three for the same shape."
            )

    def check_settings(self):
        """Raises a ValueError for a penalty that was added or removed later."""
        check_logged(self, "penalty", self.penalty)

    def logits(self, value, labels=None, training=False):
        """The discriminator's output for data or codes, `(batch,)`."""
        return apply(self.discriminator, value, labels, training)[:, 0]

    def judged(self, value, labels, training):
        """The logits in the objectives, `(batch,)`; a subclass may change `value`."""
        return self.logits(value, labels, training)

    def discriminator_terms(self, real, fakes, labels, training):
        """The discriminator's loss and its other terms, `(batch,)` each.

        Fakes of several kinds share their weight: real and fake count the same, so that
        the discriminator's equilibrium is that of a GAN.

        Args:
            real: What the discriminator should take for real.
            fakes: List of tensors of the same shape, one for each kind of fake.
            labels: The condition, or `None`.
            training: Whether networks run in training mode.
        """
        (on_real, *on_fakes), regularisation = called(
            self.discriminator,
            lambda value: self.judged(value, labels, training),
            real,
            *fakes,
        )
        found = []
        for fake, on_fake in zip(fakes, on_fakes, strict=True):
            loss = self.adversarial_loss.discriminator(on_real, on_fake)
            scores = self.adversarial_loss.scores(on_real, on_fake)
            found.append({"discriminator_loss": loss, **scores})
            if self.penalty is not None:
                penalty = self.penalty(
                    lambda value: self.judged(value, labels, training),
                    real,
                    fake,
                    self.noise.next(training),
                )
                found[-1] |= {"penalty": penalty, "discriminator_loss": loss + penalty}
        terms = {name: mean([one[name] for one in found]) for name in found[0]}
        terms["discriminator_loss"] += regularisation
        return terms

    def fooling(self, real, fakes, labels, training):
        """The generator's adversarial loss, a mean over kinds of fakes, `(batch,)`.

        Args:
            real: See `discriminator_terms`.
            fakes: List of the discriminator's logits for each kind of fake.
            labels: The condition, or `None`.
            training: Whether networks run in training mode.
        """
        on_real = None
        if self.adversarial_loss.relativistic:
            on_real = self.judged(real, labels, training)
        return mean([self.adversarial_loss.generator(on_real, fake) for fake in fakes])


class CodeGame(HybridGame):
    """A `HybridGame` of two players whose discriminator judges codes; a base class.

    A subclass has `discriminator_objective` and `autoencoder_objective`.
    """

    @property
    def players(self):
        """The discriminator, then the encoder with the decoder."""
        networks = (self.encoder, self.decoder)
        return (
            Player("discriminator", self.discriminator, self.discriminator_objective),
            Player("autoencoder", networks, self.autoencoder_objective),
        )


def mean(values):
    """The mean of a list of tensors."""
    return tf.add_n([tf.convert_to_tensor(v, "float32") for v in values]) / len(values)
