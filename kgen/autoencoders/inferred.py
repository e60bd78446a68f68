"""The latent side of a VAE: how z is inferred, drawn, and scored by its prior."""

from __future__ import annotations

import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.autoencoders.ladder import Ladder, LadderPosterior
from kgen.autoencoders.latents import (
    FlowPosterior,
    NormalPosterior,
    connected_steps,
    context_size,
)
from kgen.autoencoders.priors import ModelPrior, StandardNormal, VampPrior
from kgen.core.checks.models import check_model
from kgen.core.hints import Data
from kgen.core.random import normal_rows
from kgen.core.verbs import verb
from kgen.networks.latent_variable import LatentVariable


class Inferred(LatentVariable):
    """Adds a flow behind the posterior and a prior to a `LatentVariable`.

    A model assigns what that asks for, and then calls `set_latent`.
    """

    def set_latent(self, posterior_flow, prior):
        """Connects the flow and the prior, and checks that all parts fit together."""
        self._context_size = context_size(posterior_flow)
        self.posterior_flow = connected_steps(
            posterior_flow, *self.latent_shape, self._context_size
        )
        self.set_scaling()
        self.prior = prior
        self._other_prior = connected_prior(prior, self)

    @property
    def _prior(self):
        """The prior, with `log_prob` and `draw`."""
        # Keras saves a layer under one name.
        return self._other_prior or self.prior

    @property
    def has_closed_kl(self):
        """Whether the KL of posterior and prior has a closed form."""
        normal = self.prior is None or isinstance(self.prior, Ladder)
        return self.posterior_flow is None and normal

    @property
    def num_posterior_parameters(self):
        """Size of the encoder's output."""
        return super().num_posterior_parameters + self._context_size

    def adapt(self, data):
        """Takes from the first data what the scaling and the prior start from."""
        super().adapt(data)
        if isinstance(self.prior, VampPrior):
            self.prior.adapt(self, data)

    def posterior(self, x, labels=None, training=False):
        """The normal that the encoder gives, a `tfd` distribution.

        It is q(z | x), or what a `posterior_flow` or a `Ladder` starts from.
        """
        return self._normal(self.encoded(x, labels, training))

    def posterior_draws(self, x, labels, noise):
        """Draws of z from N(0, I) noise, both `(num_samples, batch, latent_dim)`."""
        return self._inferred(x, labels).draw(noise).z

    def prior_rows(self, keys, labels=None, temperature=1.0):
        """A draw of z from the prior for each key, `(batch, *latent_shape)`."""
        return self._prior.draw(keys, labels, temperature)

    def infer(self, x, labels, keys):
        """A draw of z from q(z | x) for each key, and its log q(z | x), `(batch,)`."""
        noise = normal_rows(keys, self.latent_shape)
        draws = self._inferred(x, labels).draw(noise[None])
        return draws.z[0], draws.log_q[0]

    def _inferred(self, x, labels=None, training=False):
        """q(z | x), with `draw` and `center`."""
        parameters = self.encoded(x, labels, training)
        q = self._normal(parameters)
        if isinstance(self.prior, Ladder):
            return LadderPosterior(self.prior, q, training)
        if self.posterior_flow is None:
            return NormalPosterior(q)
        size = self._context_size
        context = parameters[:, -size:] if size else None
        return FlowPosterior(q, self.posterior_flow, context, training)

    def _normal(self, parameters):
        size = self.posterior_family.num_parameters(*self.latent_shape)
        return self.posterior_family(parameters[:, :size], *self.latent_shape)

    def _log_prior(self, z, labels=None, training=False):
        """log p(z) of `(num_samples, batch, latent_dim)`, `(num_samples, batch)`."""
        if labels is not None:
            labels = repeated(labels, z.shape[0])
        rows = tf.reshape(z, [-1, *self.latent_shape])
        log_prior = self._prior.log_prob(rows, labels, training)
        return tf.reshape(log_prior, [z.shape[0], -1])

    @verb(returns="z")
    def encode(self, x: Data, labels: ArrayLike | None = None) -> tf.Tensor:
        """The posterior mean, `(batch, *latent_shape)`.

        With a `posterior_flow` it is the z of the mean of u, with a `Ladder` each
        group's mean, given the means above it.
        """
        return self._inferred(x, labels).center()

    @verb(returns="x")
    def sample(
        self,
        num_samples: int | None = None,
        labels: ArrayLike | None = None,
        seed: int | ArrayLike | None = None,
        observe: bool = False,
        temperature: float = 1.0,
    ) -> tf.Tensor:
        """Draws from the model, `(num_samples, *data_shape)`.

        Args:
            num_samples: Number of draws; by default the number of `labels` or seeds.
            labels: Class of each draw, if the model is conditional.
            seed: An int, a vector of one int per draw, or `None`.
            observe: Whether to draw an observation from `p(x | z)`. By default the
                result is its mean, which is smoother than real examples.
            temperature: Factor of the deviation of z, in each group of a `Ladder`; of a
                model as the prior, its own `temperature`. Below 1 draws keep to what is
                likely; 1 is the model.
        """
        z = self.prior_rows(seed, labels, temperature)
        return self.decoded(z, labels, seed, observe)


def repeated(values, times):
    """Rows `times` times, one batch after the other."""
    return tf.tile(values, [times, *[1] * (len(values.shape) - 1)])


def connected_prior(prior, model):
    """Connects the prior of a VAE to it.

    Returns:
        The object with `log_prob` and `draw`, or `None` if that is `prior` itself.

    Raises:
        ValueError: if it is no prior, or does not fit the model.
    """
    if prior is None:
        return StandardNormal(*model.latent_shape)
    if isinstance(prior, (VampPrior, Ladder)):
        if prior.built:
            raise ValueError(
                f"This {type(prior).__name__} is part of a VAE already. Make another "
                "one: each has weights of its own."
            )
        prior.connect(model)
        return None
    check_model("VAE", prior, "log_prob", "sample", key="prior")
    return ModelPrior(prior, model)
