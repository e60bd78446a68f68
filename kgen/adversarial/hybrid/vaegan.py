"""VAE-GAN: a VAE whose likelihood is that of a discriminator's features."""

from __future__ import annotations

import keras
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.adversarial import augmentation as augmentations
from kgen.adversarial import losses, penalties
from kgen.adversarial.augmentation.augmented import Augmented
from kgen.adversarial.hybrid.game import CHANGEABLE, HybridGame
from kgen.adversarial.judge import Judge
from kgen.adversarial.player import Player
from kgen.adversarial.regularisation import called
from kgen.core.checks.values import check_number
from kgen.core.hints import Data
from kgen.core.random import normal_rows
from kgen.core.verbs import verb
from kgen.likelihoods import posteriors
from kgen.networks.encoder_decoder import EncoderDecoder
from kgen.networks.inputs import apply, check_output
from kgen.networks.variations import Variations


class VAEGAN(Variations, Judge, EncoderDecoder, Augmented, HybridGame):
    """VAE-GAN: the decoder of a VAE is the generator of a GAN.

    A discriminator learns features that tell data from fakes. Reconstructions are
    compared with data by these features f instead of pixel by pixel, so that a shift of
    a stroke costs little and blur costs much. With `x' = decode(z)`, z a draw of
    `q(z | x)`, and `error = 1/2 |f(x) - f(x')|^2`, which is `-log N(f(x); f(x'), I)` in
    nats but for a constant:

    - Discriminator: the adversarial loss, with data as real; reconstructions and
      decoded draws of N(0, I) are fakes, half of the weight each
    - Encoder: `beta KL(q(z | x) || N(0, I)) + error`
    - Decoder: `gamma error` + the adversarial loss of the generator

    Each player takes its step with fresh noise.

    Args:
        encoder: Network `x[, labels] -> (batch, n)`, the parameters of `q(z | x)`, see
            `VAE`.
        decoder: Network `z[, labels] -> x`: a generator.
        discriminator: Network `x[, labels] -> (batch, 1)`, logits: its last layer has
            no activation.
        feature_layer: Name of the discriminator's layer that gives the features. By
            default these are the input of the layer `logits`, which kgen's
            discriminators end with.
        covariance: See `VAE`.
        beta: Weight of the KL term.
        gamma: Weight of the error in the decoder's loss: a larger one makes
            reconstructions more faithful, a smaller one samples more real.
        adversarial_loss: See `GAN`.
        penalty: See `GAN`.
        augmentation: See `GAN`. The features are those of images as they are.
        **kwargs: See `GenerativeModel`.

    Example:

    >>> encoder = kgen.networks.conv_encoder((8, 8, 1), 2 * 16)
    >>> decoder = kgen.networks.dcgan_generator(16, (8, 8, 1))
    >>> discriminator = kgen.networks.dcgan_discriminator((8, 8, 1))
    >>> model = kgen.VAEGAN(encoder, decoder, discriminator, seed=0)
    >>> model.compile(optimizers={"encoder": "adam"})  # Others get Adam, too.
    >>> model.reconstruct(np.zeros((3, 8, 8, 1))).shape
    TensorShape([3, 8, 8, 1])

    References:
        [Larsen et al., 2016](https://arxiv.org/abs/1512.09300)
    """

    terms = (
        "discriminator_loss",
        "encoder_loss",
        "decoder_loss",
        "kl",
        "feature_error",
        "adversarial",
        "real_score",
        "fake_score",
        "real_accuracy",
        "fake_accuracy",
        "discriminator_gradient",
        "encoder_gradient",
        "decoder_gradient",
    )
    changeable = {**CHANGEABLE, "beta": check_number, "gamma": check_number}

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        discriminator: keras.Model,
        feature_layer: str | None = None,
        covariance: str = "diagonal",
        beta: float = 1.0,
        gamma: float = 1.0,
        adversarial_loss: str | losses.AdversarialLoss = "non_saturating",
        penalty: str | penalties.Penalty | None = None,
        augmentation: str | augmentations.Augmentation | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.set_networks(encoder, decoder)
        self.set_discriminator(discriminator, adversarial_loss, penalty)
        self.feature_layer = feature_layer
        self.covariance = covariance
        self.posterior_family = posteriors.get(covariance)
        self.beta = beta
        self.gamma = gamma
        self.augmentation = augmentations.get(augmentation)
        self._check_networks()
        self.add_augmentation()
        self.check_settings()
        # TFP is imported now, not in the middle of the first step.
        posteriors.standard_normal(*self.latent_shape)

    @property
    def players(self):
        """The discriminator, then the encoder, then the decoder."""
        return (
            Player("discriminator", self.discriminator, self.discriminator_objective),
            Player("encoder", self.encoder, self.encoder_objective),
            Player("decoder", self.decoder, self.decoder_objective),
        )

    def posterior(self, x, labels=None, training=False):
        """q(z | x), a `tfd` distribution with events `latent_shape`."""
        parameters = apply(self.encoder, x, labels, training)
        return self.posterior_family(parameters, *self.latent_shape)

    def decoded(self, x, labels, training, q=None):
        """The decoder's output for draws of `q`, by default of the prior N(0, I)."""
        shape = [tf.shape(x)[0], *self.latent_shape]
        noise = tf.random.stateless_normal(shape, self.noise.next(training))
        z = noise if q is None else posteriors.reparameterize(q, noise)
        return apply(self.decoder, z, labels, training)

    def judged(self, value, labels, training):
        """The discriminator's logits of augmented examples, `(batch,)`."""
        return self.logits(self.augmented(value, training), labels, training)

    def discriminator_objective(self, x, labels=None, training=False):
        """The discriminator's loss and its other terms, `(batch,)` each."""
        q = self.posterior(x, labels, training)
        rebuilt = self.decoded(x, labels, training, q)
        drawn = self.decoded(x, labels, training)
        return self.discriminator_terms(x, [rebuilt, drawn], labels, training)

    def encoder_objective(self, x, labels=None, training=False):
        """The encoder's loss and its two parts in nats, `(batch,)` each."""
        q = self.posterior(x, labels, training)
        regularisation = sum(self.encoder.losses)
        kl = posteriors.kl_to_standard_normal(q)
        rebuilt = self.decoded(x, labels, training, q)
        features, _ = self.features_and_logits(x, labels, training)
        error = squared(
            features - self.features_and_logits(rebuilt, labels, training)[0]
        )
        loss = self.beta * kl + error + regularisation
        return {"encoder_loss": loss, "kl": kl, "feature_error": error}

    def decoder_objective(self, x, labels=None, training=False):
        """The decoder's loss and its adversarial part, `(batch,)` each."""
        q = self.posterior(x, labels, training)
        (rebuilt, drawn), regularisation = called(
            self.decoder, lambda q: self.decoded(x, labels, training, q), q, None
        )
        features, _ = self.features_and_logits(x, labels, training)
        rebuilt_features, on_rebuilt = self.features_and_logits(
            rebuilt, labels, training
        )
        if self.augmentation is not None:
            on_rebuilt = self.judged(rebuilt, labels, training)
        fakes = [on_rebuilt, self.judged(drawn, labels, training)]
        adversarial = self.fooling(x, fakes, labels, training)
        loss = self.gamma * squared(features - rebuilt_features) + adversarial
        return {"decoder_loss": loss + regularisation, "adversarial": adversarial}

    @verb(returns="z")
    def encode(self, x: Data, labels: ArrayLike | None = None) -> tf.Tensor:
        """The posterior mean, `(batch, *latent_shape)`."""
        return self.posterior(x, labels).mean()

    @verb(returns="x")
    def decode(self, z: ArrayLike, labels: ArrayLike | None = None) -> tf.Tensor:
        """The decoder's output for each latent, `(batch, *data_shape)`."""
        return apply(self.decoder, z, labels)

    @verb(returns="x")
    def sample(
        self,
        num_samples: int | None = None,
        labels: ArrayLike | None = None,
        seed: int | ArrayLike | None = None,
    ) -> tf.Tensor:
        """Draws samples: the decoder's output for `z ~ N(0, I)`.

        Args:
            num_samples: Number of samples; by default the number of `labels` or seeds.
            labels: int32 `(num_samples,)`, for a conditional model.
            seed: See `kgen.verb`.

        Returns:
            `(num_samples, *data_shape)`.
        """
        return self.decode(normal_rows(seed, self.latent_shape), labels)

    @verb(returns="logits")
    def discriminate(self, x: Data, labels: ArrayLike | None = None) -> tf.Tensor:
        """The discriminator's output for each example, `(batch,)`, a logit."""
        return self.logits(x, labels)

    def _check_networks(self):
        """Checks that the three networks and the posterior fit together."""
        size = self.posterior_family.num_parameters(*self.latent_shape)
        because = (
            f"a latent of shape {self.latent_shape} and a {self.covariance} covariance"
        )
        check_output("encoder", self.encoder, (size,), because)
        because = "data that the encoder takes, and that the decoder is to make,"
        check_output("decoder", self.decoder, self.data_shape, because)
        self.check_judged("x", self.data_shape)
        self.feature_network  # noqa: B018  It names a feature layer that is not there.


def squared(difference):
    """Half of the squared norm of each row."""
    return 0.5 * tf.reduce_sum(tf.square(difference), axis=-1)
