"""The part that models of `p(x | z)` with an encoder of x share."""

from __future__ import annotations

import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core.hints import Data
from kgen.core.random import fold_rows
from kgen.core.scaling import scaling_for
from kgen.core.verbs import verb
from kgen.likelihoods import check_logits, posteriors
from kgen.networks.encoder_decoder import EncoderDecoder
from kgen.networks.inputs import apply, check_output, output_activation
from kgen.networks.variance import shares_variance
from kgen.networks.variations import Variations


class LatentVariable(Variations, EncoderDecoder):
    """Adds a posterior, a likelihood, and `encode`, `decode`, `sample` and `vary`.

    A model assigns its networks, its `likelihood`, its `covariance` and its
    `posterior_family`, and then calls `set_scaling`.
    """

    def set_scaling(self):
        """Checks that the parts fit together, and makes the scaling of the data."""
        self._check_networks()
        self.scaling = scaling_for(self)
        # TFP is imported now, not in the middle of the first step.
        posteriors.standard_normal(*self.latent_shape)

    def adapt(self, data):
        """Takes mean and deviation of the first data, if the model standardises it."""
        self.scaling.adapt(self, data, one_spread=shares_variance(self.decoder))

    def posterior(self, x, labels=None, training=False):
        """q(z | x), a `tfd` distribution with events `latent_shape`."""
        parameters = self.encoded(x, labels, training)
        return self.posterior_family(parameters, *self.latent_shape)

    def encoded(self, x, labels=None, training=False):
        """The encoder's output, the parameters of q(z | x)."""
        x = self.scaling.scale(self.likelihood.nearest(x))
        return apply(self.encoder, x, labels, training)

    def log_likelihood(self, x, z, labels=None, training=False):
        """log p(x | z), nats, `(batch,)`."""
        parameters = apply(self.decoder, z, labels, training)
        log_prob = self.likelihood.log_prob(parameters, self.scaling.scale(x))
        return log_prob - self.scaling.log_det_scaling()

    @verb(returns="z")
    def encode(self, x: Data, labels: ArrayLike | None = None) -> tf.Tensor:
        """The posterior mean, `(batch, *latent_shape)`."""
        return self.posterior(x, labels).mean()

    @verb(returns="x")
    def decode(self, z: ArrayLike, labels: ArrayLike | None = None) -> tf.Tensor:
        """E[x | z], `(batch, *data_shape)`."""
        x = self.likelihood.mean(apply(self.decoder, z, labels))
        return self.scaling.unscale(x)

    @verb(returns="x")
    def sample(
        self,
        num_samples: int | None = None,
        labels: ArrayLike | None = None,
        seed: int | ArrayLike | None = None,
        observe: bool = False,
    ) -> tf.Tensor:
        """Draws from the model, `(num_samples, *data_shape)`.

        Args:
            num_samples: Number of draws; by default the number of `labels` or seeds.
            labels: Class of each draw, if the model is conditional.
            seed: An int, a vector of one int per draw, or `None`.
            observe: Whether to draw an observation from `p(x | z)`. By default the
                result is its mean, which is smoother than real examples.
        """
        return self.decoded(self.prior_rows(seed, labels), labels, seed, observe)

    def decoded(self, z, labels, keys, observe):
        """x of each z: the mean of p(x | z), or a draw for each key."""
        parameters = apply(self.decoder, z, labels)
        if observe:
            x = self.likelihood.sample(parameters, fold_rows(keys, 1))
        else:
            x = self.likelihood.mean(parameters)
        return self.scaling.unscale(x)

    @property
    def num_posterior_parameters(self):
        """Size of the encoder's output."""
        return self.posterior_family.num_parameters(*self.latent_shape)

    def _check_networks(self):
        """Checks that networks, posterior and likelihood fit together."""
        kind = type(self).__name__
        if len(self.latent_shape) != 1:
            raise ValueError(
                f"The decoder takes z of shape {self.latent_shape}, but the latent of "
                f"a {kind} is a vector. Start the decoder with a Reshape."
            )
        name = type(self.likelihood).__name__
        *shape, channels = self.data_shape
        wanted = {
            "encoder": (self.num_posterior_parameters,),
            "decoder": (*shape, channels * self.likelihood.num_parameters),
        }
        because = (
            f"a latent of shape {self.latent_shape}, a {self.covariance} covariance, "
            f"data of shape {self.data_shape} and the likelihood {name}"
        )
        for role, expected in wanted.items():
            check_output(role, getattr(self, role), expected, because)
        check_logits(self.likelihood, output_activation(self.decoder))
