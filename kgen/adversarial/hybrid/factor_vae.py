"""FactorVAE: a discriminator measures how much the coordinates of a code share."""

from __future__ import annotations

import keras
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen import likelihoods
from kgen.adversarial.hybrid.game import CodeGame
from kgen.autoencoders.bounds import DIVERGENCES, Bounded
from kgen.autoencoders.total_correlation import independent_rows
from kgen.core.checks.values import check_number
from kgen.core.verbs import verb
from kgen.likelihoods import posteriors


class FactorVAE(Bounded, CodeGame):
    r"""A VAE whose codes have coordinates that are independent of one another.

    The total correlation of z is the divergence of q(z), the mean of q(z | x) over
    data, from the product of its marginals. A discriminator tells draws of q(z), as
    real, from draws of the product, as fake: each of their coordinates is that of
    another code of the batch. Where it is optimal its logit is the log ratio of the
    two, whose mean is the total correlation.

    - Discriminator: cross-entropy
    - Encoder and decoder: `-log p(x | z) + KL(q(z | x) || N(0, I)) +
      (tc_weight - 1) * logit(z)`, in nats

    The KL term has the total correlation once, so `tc_weight=1` is the VAE. This is
    the weight of `VAE(tc_weight=)`, which takes q(z) from the batch and needs no
    discriminator. A network sees all of q(z), and needs time to follow it. Unlike in
    the paper, both kinds of codes come from the same batch, and coordinates are drawn
    with replacement.

    Args:
        encoder: Network `x[, labels] -> (batch, n)`, the parameters of `q(z | x)`, see
            `VAE`.
        decoder: Network `z[, labels] -> parameters of p(x | z)`, see `VAE`.
        discriminator: Network `z -> (batch, 1)`, logits. It takes neither labels nor
            context, as it compares codes of all data together.
        likelihood: See `VAE`.
        covariance: See `VAE`.
        tc_weight: Weight of the total correlation; the paper's gamma, plus 1.
        **kwargs: See `GenerativeModel`.

    Raises:
        ValueError: if the networks do not fit together, or settings exclude each other.

    Example:

    >>> encoder = kgen.networks.mlp_encoder((8, 8, 1), 2 * 4)
    >>> decoder = kgen.networks.mlp_decoder(4, (8, 8, 1))
    >>> discriminator = kgen.networks.mlp_discriminator((4,))
    >>> model = kgen.FactorVAE(encoder, decoder, discriminator, seed=0)
    >>> model.compile(optimizers={"discriminator": keras.optimizers.Adam(1e-4)})
    >>> model.elbo(np.zeros((3, 8, 8, 1)), seed=0).shape
    TensorShape([3])

    References:
        [Kim & Mnih, 2018](https://arxiv.org/abs/1802.05983)
    """

    terms = (
        "discriminator_loss",
        "autoencoder_loss",
        "reconstruction",
        "kl",
        "total_correlation",
        "real_score",
        "fake_score",
        "real_accuracy",
        "fake_accuracy",
        "discriminator_gradient",
        "autoencoder_gradient",
    )
    changeable = {"tc_weight": check_number}

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        discriminator: keras.Model,
        likelihood: str | likelihoods.Likelihood = "bernoulli",
        covariance: str = "diagonal",
        tc_weight: float = 7.0,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.set_networks(encoder, decoder)
        self.set_discriminator(discriminator, "non_saturating", None)
        self.likelihood = likelihoods.get(likelihood)
        self.covariance = covariance
        self.posterior_family = posteriors.get(covariance)
        self.divergence = DIVERGENCES["analytic"]
        self.tc_weight = tc_weight
        self.set_latent(posterior_flow=None, prior=None)
        self.check_judged("z", self.latent_shape)
        self._check_discriminator()

    def inferred(self, x, labels, training):
        """One draw of z from q(z | x) with its density, see `_inferred`."""
        shape = [tf.shape(x)[0], *self.latent_shape]
        noise = tf.random.stateless_normal(shape, self.noise.next(training))
        return self._inferred(x, labels, training).draw(noise[None])

    def discriminator_objective(self, x, labels=None, training=False):
        """The discriminator's loss and its other terms, `(batch,)` each."""
        z = self.inferred(x, labels, training).z[0]
        shuffled = independent_rows(z, self.noise.next(training))
        return self.discriminator_terms(z, [shuffled], None, training)

    def autoencoder_objective(self, x, labels=None, training=False):
        """The loss of encoder and decoder and its parts, nats, `(batch,)` each."""
        draws = self.inferred(x, labels, training)
        z = draws.z[0]
        reconstruction = -self.log_likelihood(x, z, labels, training)
        correlation = self.logits(z, training=training)
        loss = reconstruction + draws.kl + (self.tc_weight - 1.0) * correlation
        return {
            "autoencoder_loss": loss + sum(self.encoder.losses + self.decoder.losses),
            "reconstruction": reconstruction,
            "kl": draws.kl,
            "total_correlation": correlation,
        }

    @verb(returns="logits")
    def discriminate(self, z: ArrayLike) -> tf.Tensor:
        """The log ratio of q(z) to the product of its marginals, `(batch,)`."""
        return self.logits(z)

    def _check_discriminator(self):
        """Raises a ValueError if the discriminator takes the condition."""
        if len(self.discriminator.inputs) > 1:
            raise ValueError(
                f"The discriminator of a {type(self).__name__} takes "
                f"{[tensor.name for tensor in self.discriminator.inputs]}, but it "
                "compares codes of all data together. Build it without labels and "
                "context."
            )
