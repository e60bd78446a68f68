"""The variational autoencoder."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import keras
import tensorflow as tf

from kgen import likelihoods
from kgen.autoencoders import corruptions
from kgen.autoencoders.bounds import DIVERGENCES, Bounded
from kgen.autoencoders.inferred import repeated
from kgen.autoencoders.ladder import Ladder
from kgen.autoencoders.priors import VampPrior
from kgen.autoencoders.total_correlation import total_correlation
from kgen.core.checks.limits import ABOVE_0
from kgen.core.checks.values import check_count, check_number
from kgen.core.config import lookup
from kgen.core.distribution.batch import batch_mean
from kgen.core.model import GenerativeModel
from kgen.core.specs import Number
from kgen.flows.steps import Step
from kgen.likelihoods import posteriors


class VAE(Bounded, GenerativeModel):
    r"""Variational autoencoder: `p(x) = \int p(x | z) p(z) dz`, p(z) = N(0, I).

    Training maximises `E_q[log p(x | z)] - beta * KL(q(z | x) || p(z))`, in nats
    per example. `beta != 1` gives the beta-VAE, `bound="iwae"` the importance-weighted
    autoencoder, and `num_classes` the conditional VAE: both networks then take
    `labels`.

    With `"learned_gaussian"`, data other than images may have any units: the first
    `fit` on arrays or a data set takes mean and standard deviation of each channel, and
    the networks see standardised data. With `with_shared_variance` all channels have
    one deviation, so their common variance is that of probabilistic PCA. Densities are
    those of the original data. With a fixed `stddev`, in units of the data, the data is
    not standardised.

    A `corruption` gives the denoising VAE: training infers z from damaged data x', and
    the decoder explains the clean x. For each x' this is a bound on log p(x), as any
    distribution of z gives one; it is lower than that of the mixture of
    `q(z | x')` over x'. Training and `evaluate` log it. The verbs damage nothing:
    `elbo` and `iwae_bound` are bounds with the posterior `q(z | x)` of the clean x.

    Args:
        encoder: Network `x -> (batch, n)`, the parameters of `q(z | x)`: `mean` and
            `log_var` side by side, `n = 2 * latent_dim`, for a diagonal covariance.
        decoder: Network `z -> parameters of p(x | z)`, `(batch, ..., channels * p)`,
            where `p` is the number of parameters that the likelihood needs for each
            value. It ends without an activation.
        likelihood: `"bernoulli"` (logits, binary data), `"gaussian"` (fixed standard
            deviation), `"learned_gaussian"` (mean and log variance),
            `"categorical"` and `"discretized_logistic"` (256 levels), or an instance
            of a class in `kgen.likelihoods`.
        covariance: Covariance of the posterior, `"diagonal"` or `"full"`. The full one
            takes `mean` and the `d (d + 1) / 2` entries of a triangular factor.
        kl: `"analytic"`, or `"monte_carlo"`: a mean over the draws of z that the
            reconstruction uses. By default it is analytic where there is a closed form.
        beta: Weight of the KL term in the training loss; `elbo` ignores it.
        kl_warmup_steps: Training steps over which that weight rises from 0 to `beta`.
            The optimizer counts them, so `compile` starts anew.
        free_bits: Nats of KL that each latent dimension may have for free, in the mean
            over the batch, so that it does not collapse: the loss then has
            `sum_j max(free_bits, KL_j)`.
        bound: The bound that training maximises: `"elbo"`, or `"iwae"`, the tighter
            `log 1/K sum_k p(x, z_k) / q(z_k | x)`.
        num_samples: Number of draws of z for each example in training, the K above;
            the loss of the ELBO is a mean over them.
        corruption: Damage of the data that the encoder sees in training, drawn anew in
            each step: `"gaussian_noise"`, `"erasure"`, `"salt_and_pepper"`,
            `"patch_mask"`, `"blur"`, or an instance from
            `kgen.autoencoders.corruptions`.
        tc_weight: Weight, within the KL term of the loss, of the total correlation of
            z, the divergence of q(z), the mean of q(z | x) over data, from the product
            of its marginals: above 1 it gives the beta-TC-VAE. q(z) is that of the
            batch.
        posterior_flow: List of `kgen.flows.Step`s, from z to a vector u that has the
            normal posterior: `z = f^-1(u)`. Networks of steps may take a `context` of
            some size. The encoder's output then ends with as many numbers more.
        prior: p(z): `None` for N(0, I), a `kgen.autoencoders.VampPrior`, a
            `kgen.autoencoders.Ladder` of groups, or a model of vectors with `log_prob`
            that is trained jointly, such as a `kgen.Flow`.
        **kwargs: See `GenerativeModel`.

    Example:

    >>> encoder = kgen.networks.mlp_encoder((8, 8, 1), 4)
    >>> decoder = kgen.networks.mlp_decoder(2, (8, 8, 1))
    >>> vae = kgen.VAE(encoder, decoder, seed=0)
    >>> vae.compile("adam")
    >>> vae.sample(16, seed=0).shape
    TensorShape([16, 8, 8, 1])

    References:
        [Kingma & Welling, 2014](https://arxiv.org/abs/1312.6114),
        [Higgins et al., 2017](https://openreview.net/forum?id=Sy2fzU9gl) (beta-VAE),
        [Sohn et al., 2015](https://papers.nips.cc/paper/5775) (conditional),
        [Kingma et al., 2016](https://arxiv.org/abs/1606.04934) (free bits),
        [Burda et al., 2016](https://arxiv.org/abs/1509.00519) (IWAE),
        [Im et al., 2017](https://arxiv.org/abs/1511.06406) (denoising),
        [Chen et al., 2018](https://arxiv.org/abs/1802.04942) (beta-TC-VAE),
        [Rezende & Mohamed, 2015](https://arxiv.org/abs/1505.05770) (posterior flow),
        [Chen et al., 2017](https://arxiv.org/abs/1611.02731) (flow as the prior)
    """

    terms = ("loss", "reconstruction", "kl")
    row_options = {"temperature": Number(ABOVE_0)}
    changeable = {
        **dict.fromkeys(
            ("beta", "kl_warmup_steps", "free_bits", "tc_weight"), check_number
        ),
        "num_samples": partial(check_count, "VAE"),
        "corruption": lambda _, value: corruptions.get(value),
    }

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        likelihood: str | likelihoods.Likelihood = "bernoulli",
        covariance: str = "diagonal",
        kl: str | None = None,
        beta: float = 1.0,
        kl_warmup_steps: int = 0,
        free_bits: float = 0.0,
        bound: str = "elbo",
        num_samples: int = 1,
        corruption: str | corruptions.Corruption | None = None,
        tc_weight: float = 1.0,
        posterior_flow: Sequence[Step] | None = None,
        prior: VampPrior | Ladder | GenerativeModel | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.set_networks(encoder, decoder)
        self.likelihood = likelihoods.get(likelihood)
        self.covariance = covariance
        self.kl = kl
        self.beta = beta
        self.kl_warmup_steps = kl_warmup_steps
        self.free_bits = free_bits
        self.bound = lookup("bound", bound, {name: name for name in ("elbo", "iwae")})
        self.num_samples = num_samples
        self.corruption = corruption
        self.tc_weight = tc_weight
        self.posterior_family = posteriors.get(covariance)
        self.set_latent(posterior_flow, prior)
        self._kl = kl or ("analytic" if self.has_closed_kl else "monte_carlo")
        self.divergence = lookup("kl", self._kl, DIVERGENCES)
        self.check_settings()

    def objective(self, x, labels=None, training=False):
        """The negative bound and its parts, nats, `(batch,)` each.

        With a `corruption` that of the damaged data, see the class.
        """
        # Rows first: the noise of a row depends on its position in the batch.
        shape = (tf.shape(x)[0], self.num_samples, *self.latent_shape)
        noise = tf.random.stateless_normal(shape, self.noise.next(training))
        given = x
        if self.corruption is not None:
            given = self.corruption(x, self.noise.next(training))
        q = self._inferred(given, labels, training)
        draws = q.draw(tf.transpose(noise, [1, 0, 2]))
        log_likelihood = self._log_likelihoods(x, draws.z, labels, training)
        reconstruction = -tf.reduce_mean(log_likelihood, axis=0)
        log_ratio = draws.log_q - self._log_prior(draws.z, labels, training)
        kl = self.divergence(draws, log_ratio)
        if self.bound == "iwae":
            log_weights = log_likelihood - log_ratio
            loss = math.log(self.num_samples) - tf.reduce_logsumexp(log_weights, 0)
        else:
            costly = self._costly(kl, draws)
            if self.tc_weight != 1.0:
                correlations = [total_correlation(q.q, z) for z in tf.unstack(draws.z)]
                surplus = self.tc_weight - 1.0
                costly += surplus * tf.reduce_mean(correlations, axis=0)
            loss = reconstruction + self.kl_weight(training) * costly
        return {"loss": loss, "reconstruction": reconstruction, "kl": kl}

    def _log_likelihoods(self, x, z, labels, training):
        """log p(x | z) for draws `(num_samples, batch, latent_dim)` of z."""
        num_samples = z.shape[0]
        values = self.log_likelihood(
            repeated(x, num_samples),
            tf.reshape(z, [-1, *self.latent_shape]),
            None if labels is None else repeated(labels, num_samples),
            training,
        )
        return tf.reshape(values, [num_samples, -1])

    def _costly(self, kl, draws):
        """The KL term of the loss: `kl`, at least `free_bits` in each dimension."""
        if not self.free_bits:
            return kl
        by_dimension = batch_mean(draws.kl_by_dimension)
        costly = tf.reduce_sum(tf.maximum(self.free_bits, by_dimension))
        return tf.fill(tf.shape(kl), costly)

    def kl_weight(self, training=False):
        """`beta`, reached linearly over the warm-up in training."""
        if not (training and self.kl_warmup_steps):
            return self.beta
        progress = tf.cast(self.optimizer.iterations, tf.float32) / self.kl_warmup_steps
        return self.beta * tf.minimum(progress, 1.0)

    def check_settings(self):
        """Raises a ValueError for settings of the loss that exclude one another."""
        if self._kl == "analytic" and not self.has_closed_kl:
            raise ValueError(
                "kl='analytic' is for a normal posterior with the prior N(0, I) or a "
                "Ladder. Leave it out, or set kl='monte_carlo'."
            )
        if self.free_bits and (self.covariance, self._kl) != ("diagonal", "analytic"):
            raise ValueError(
                f"free_bits={self.free_bits} needs the KL of each latent dimension, "
                "which covariance='diagonal' and kl='analytic' have. Set these, or "
                "leave free_bits out."
            )
        weighed = self.beta != 1 or self.kl_warmup_steps or self.free_bits
        if self.bound == "iwae" and (weighed or self.tc_weight != 1):
            raise ValueError(
                "bound='iwae' has no KL term of its own to weigh: leave out beta, "
                "kl_warmup_steps, free_bits and tc_weight, or set bound='elbo'."
            )
        normal = self.posterior_flow is None and self.prior is None
        if self.tc_weight != 1 and not (normal and self.covariance == "diagonal"):
            raise ValueError(
                f"tc_weight={self.tc_weight} is for a normal posterior with a diagonal "
                "covariance and the prior N(0, I): leave out covariance, posterior_flow"
                " and prior, or tc_weight."
            )
