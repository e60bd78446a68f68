"""What a GAN with an auxiliary task does beside: judging, and further verbs."""

import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.adversarial.auxiliary.acgan import ACGAN
from kgen.adversarial.auxiliary.infogan import InfoGAN
from kgen.core.hints import Data
from kgen.core.random import normal_rows
from kgen.core.specs import Real
from kgen.core.verbs import verb
from kgen.networks.inputs import apply


def has_codes(gan):
    """Whether a `GAN` has codes."""
    return isinstance(gan.auxiliary, InfoGAN)


class WithAuxiliary:
    """A base class of `GAN`: the head of `self.auxiliary`, and verbs that use it."""

    head = None

    def add_auxiliary(self):
        """Makes the head of the auxiliary task, and its terms."""
        if self.auxiliary is not None:
            self.auxiliary.check(self)
            self.head = self.auxiliary.head(self)
            for term in self.auxiliary.terms:
                self.add_term(term)

    @property
    def argument_specs(self):
        """Tensor arguments of verbs, with the codes if there are any."""
        specs = super().argument_specs
        if has_codes(self):
            specs["codes"] = Real((self.auxiliary.num_codes,))
        return specs

    def judged(self, x, labels, training):
        """The discriminator's logits, and the output of the head, if there is one.

        Args:
            x: Examples as the discriminator sees them.
            labels: Their condition.
            training: Whether networks run in training mode.
        """
        if self.auxiliary is None:
            return self.logits(x, labels, training), None
        features, logits = self.features_and_logits(x, labels, training)
        return logits, apply(self.head, features, training=training)

    def latents(self, noise):
        """Latents z from standard normal noise."""
        return noise if self.auxiliary is None else self.auxiliary.latents(noise)

    @verb(returns="x", available_if=has_codes)
    def sample_codes(
        self,
        codes: ArrayLike,
        labels: ArrayLike | None = None,
        seed: int | ArrayLike | None = None,
    ) -> tf.Tensor:
        """Draws samples with given codes; the rest of z is noise.

        Args:
            codes: float32 `(batch, num_codes)`, from `InfoGAN.codes`. Continuous codes
                beyond -1..1 extrapolate.
            labels: int32 `(batch,)`, for a conditional model.
            seed: See `kgen.verb`.

        Returns:
            `(batch, *data_shape)`.
        """
        noise = normal_rows(seed, self.latent_shape)
        z = tf.concat([codes, noise[:, self.auxiliary.num_codes :]], axis=-1)
        return self.made(z, labels, seed)

    @verb(returns="codes", available_if=has_codes)
    def infer_codes(self, x: Data, labels: ArrayLike | None = None) -> tf.Tensor:
        """The codes of examples: probabilities of categories, means of the others.

        Returns:
            float32 `(batch, num_codes)`.
        """
        return self.auxiliary.estimate(self.judged(x, labels, False)[1])

    @verb(returns="labels", available_if=lambda gan: isinstance(gan.auxiliary, ACGAN))
    def classify(self, x: Data) -> tf.Tensor:
        """The most probable class of each example, int32 `(batch,)`."""
        return tf.argmax(self.judged(x, None, False)[1], -1, tf.int32)
