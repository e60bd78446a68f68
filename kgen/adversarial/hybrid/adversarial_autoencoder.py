"""The adversarial autoencoder."""

from __future__ import annotations

import keras
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen import likelihoods
from kgen.adversarial import losses, penalties
from kgen.adversarial.hybrid import priors
from kgen.adversarial.hybrid.game import CHANGEABLE, CodeGame
from kgen.core.checks.values import check_number
from kgen.core.verbs import verb
from kgen.likelihoods import posteriors
from kgen.networks.latent_variable import LatentVariable


class AdversarialAutoencoder(LatentVariable, CodeGame):
    """Adversarial autoencoder: a discriminator makes the codes follow a prior.

    It is a VAE whose KL term is replaced by a game. The discriminator tells draws of
    the prior from codes of the data; the encoder makes codes that it takes for draws.
    So the prior may be anything that can be drawn from, and the codes of all data
    together follow it, not those of each example.

    - Discriminator: the adversarial loss, with draws of the prior as real and codes as
      fake
    - Encoder and decoder: `-log p(x | z)` in nats, plus `adversarial_weight` times the
      adversarial loss of the generator, which is the encoder

    The paper takes two steps in turn for the two parts of the second line. Here one
    step takes their sum, so the encoder has one optimizer, with one rate.

    A conditional model gives labels to the networks that take them. If the
    discriminator does, the codes of each class follow the prior, and z holds what the
    label does not tell, such as the handwriting.

    Args:
        encoder: Network `x[, labels] -> (batch, n)`: the code, `n = latent_dim`. With a
            covariance, the parameters of `q(z | x)`, see `VAE`.
        decoder: Network `z[, labels] -> parameters of p(x | z)`, see `VAE`.
        discriminator: Network `z[, labels] -> (batch, 1)`, logits.
        likelihood: See `VAE`.
        covariance: `None` for a deterministic encoder, or the covariance of a Gaussian
            posterior, `"diagonal"` or `"full"`.
        prior: `"normal"`, N(0, I), or an instance of a class in
            `kgen.adversarial.hybrid.priors`.
        adversarial_loss: See `GAN`.
        adversarial_weight: Weight of the adversarial loss of the encoder. The
            reconstruction, in nats, has the weight 1.
        penalty: See `GAN`.
        **kwargs: See `GenerativeModel`.

    Example:

    >>> encoder = kgen.networks.mlp_encoder((8, 8, 1), 2)
    >>> decoder = kgen.networks.mlp_decoder(2, (8, 8, 1))
    >>> discriminator = kgen.networks.mlp_discriminator((2,))
    >>> model = kgen.AdversarialAutoencoder(encoder, decoder, discriminator, seed=0)
    >>> model.compile(optimizers={"autoencoder": keras.optimizers.Adam(1e-3)})
    >>> model.sample(16, seed=0).shape
    TensorShape([16, 8, 8, 1])

    References:
        [Makhzani et al., 2016](https://arxiv.org/abs/1511.05644),
        [Tolstikhin et al., 2018](https://arxiv.org/abs/1711.01558) (the sum as one
        objective)
    """

    terms = (
        "discriminator_loss",
        "autoencoder_loss",
        "reconstruction",
        "adversarial",
        "real_score",
        "fake_score",
        "real_accuracy",
        "fake_accuracy",
        "discriminator_gradient",
        "autoencoder_gradient",
    )
    changeable = {**CHANGEABLE, "adversarial_weight": check_number}

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        discriminator: keras.Model,
        likelihood: str | likelihoods.Likelihood = "bernoulli",
        covariance: str | None = None,
        prior: str | priors.Prior = "normal",
        adversarial_loss: str | losses.AdversarialLoss = "non_saturating",
        adversarial_weight: float = 1.0,
        penalty: str | penalties.Penalty | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.set_networks(encoder, decoder)
        self.set_discriminator(discriminator, adversarial_loss, penalty)
        self.likelihood = likelihoods.get(likelihood)
        self.covariance = covariance
        self.posterior_family = (
            posteriors.Point() if covariance is None else posteriors.get(covariance)
        )
        self.adversarial_weight = adversarial_weight
        self.set_scaling()
        self.prior = priors.get(prior)
        self.prior.check(self)
        self.check_judged("z", self.latent_shape)
        self.check_settings()

    def codes(self, x, labels=None, training=False):
        """The code of each example, a draw of the posterior if there is one."""
        q = self.posterior(x, labels, training)
        if self.covariance is None:
            return q.mean()
        shape = [tf.shape(x)[0], *self.latent_shape]
        noise = tf.random.stateless_normal(shape, self.noise.next(training))
        return posteriors.reparameterize(q, noise)

    def prior_rows(self, keys, labels=None):
        """A draw of z from the prior for each key, `(batch, *latent_shape)`."""
        return self.prior.draw(keys, *self.latent_shape, labels)

    def prior_codes(self, x, labels, training):
        """Draws of the prior, one for each row of `x`."""
        shape = [tf.shape(x)[0], 2]
        seed = self.noise.next(training)
        bits = {"minval": None, "maxval": None, "dtype": tf.int32}
        keys = tf.random.stateless_uniform(shape, seed, **bits)
        return self.prior_rows(keys, labels)

    def discriminator_objective(self, x, labels=None, training=False):
        """The discriminator's loss and its other terms, `(batch,)` each."""
        codes = self.codes(x, labels, training)
        real = self.prior_codes(x, labels, training)
        return self.discriminator_terms(real, [codes], labels, training)

    def autoencoder_objective(self, x, labels=None, training=False):
        """The loss of encoder and decoder and its two parts, `(batch,)` each."""
        codes = self.codes(x, labels, training)
        reconstruction = -self.log_likelihood(x, codes, labels, training)
        on_codes = self.logits(codes, labels, training)
        real = None
        if self.adversarial_loss.relativistic:
            real = self.prior_codes(x, labels, training)
        adversarial = self.fooling(real, [on_codes], labels, training)
        loss = reconstruction + self.adversarial_weight * adversarial
        return {
            "autoencoder_loss": loss + sum(self.encoder.losses + self.decoder.losses),
            "reconstruction": reconstruction,
            "adversarial": adversarial,
        }

    @verb(returns="logits")
    def discriminate(self, z: ArrayLike, labels: ArrayLike | None = None) -> tf.Tensor:
        """The discriminator's output for each code, `(batch,)`, a logit."""
        return self.logits(z, labels)
