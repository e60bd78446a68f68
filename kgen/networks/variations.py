"""The verb that models with a random code of an example share."""

from __future__ import annotations

import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core.hints import Data
from kgen.core.random import normal_rows
from kgen.core.specs import Real
from kgen.core.verbs import verb
from kgen.likelihoods import posteriors


def has_random_codes(model):
    """Whether q(z | x) of a model is more than one point."""
    return not isinstance(model.posterior_family, posteriors.Point)


class Variations:
    """Adds `vary`, for a model with `posterior`, `posterior_family` and `decode`."""

    @property
    def argument_specs(self):
        """Those of the model, and the shape of `vary`'s result."""
        variations = Real((None, *self.data_shape), optional=True)
        return {**super().argument_specs, "variations": variations}

    def posterior_draws(self, x, labels, noise):
        """Draws of z from N(0, I) noise, both `(num_samples, batch, latent_dim)`."""
        return posteriors.reparameterize(self.posterior(x, labels), noise)

    @verb(returns="variations", available_if=has_random_codes)
    def vary(
        self,
        x: Data,
        labels: ArrayLike | None = None,
        num_samples: int = 8,
        seed: int | ArrayLike | None = None,
    ) -> tf.Tensor:
        """Variations of each example: draws of z from q(z | x), decoded.

        `reconstruct` decodes the mean of q(z | x). Draws differ from it by what the
        posterior leaves open.

        Args:
            x: Data `(batch, *data_shape)`.
            labels: Class of each example, if the model is conditional.
            num_samples: Number of variations of each example.
            seed: An int, a vector of one int per example, or `None`.

        Returns:
            `(batch, num_samples, *data_shape)`.
        """
        noise = normal_rows(seed, (num_samples, *self.latent_shape))
        z = self.posterior_draws(x, labels, tf.transpose(noise, [1, 0, 2]))
        # Rows first: the variations of an example follow one another.
        z = tf.reshape(tf.transpose(z, [1, 0, 2]), [-1, *self.latent_shape])
        each = None if labels is None else tf.repeat(labels, num_samples, axis=0)
        return tf.reshape(self.decode(z, each), [-1, num_samples, *self.data_shape])
