"""The bounds on log p(x) of a model that infers z."""

from __future__ import annotations

import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.autoencoders.inferred import Inferred
from kgen.core.hints import Data
from kgen.core.importance import log_mean_weight
from kgen.core.random import normal_rows
from kgen.core.verbs import verb


class Bounded(Inferred):
    """Adds `elbo`, its parts and `iwae_bound` to an `Inferred`.

    A model assigns its `divergence`, one of `DIVERGENCES`, besides what that asks for.
    """

    @verb
    def elbo(
        self,
        x: Data,
        labels: ArrayLike | None = None,
        seed: int | ArrayLike | None = None,
    ) -> tf.Tensor:
        """Evidence lower bound on log p(x) from one draw of z, nats, `(batch,)`.

        z comes from `q(z | x)`, x as it is, also if training has a `corruption`.
        """
        parts = self._elbo_parts(x, labels, seed)
        return -(parts["reconstruction"] + parts["kl"])

    @verb
    def elbo_parts(
        self,
        x: Data,
        labels: ArrayLike | None = None,
        seed: int | ArrayLike | None = None,
    ) -> dict[str, tf.Tensor]:
        """The parts of `elbo`, nats, `(batch,)` each.

        Returns:
            Dictionary: `reconstruction`, -log p(x | z), and `kl`, KL(q || p).
        """
        return self._elbo_parts(x, labels, seed)

    def _elbo_parts(self, x, labels, keys):
        noise = normal_rows(keys, self.latent_shape)
        draws = self._inferred(x, labels).draw(noise[None])
        reconstruction = -self.log_likelihood(x, draws.z[0], labels)
        log_ratio = draws.log_q - self._log_prior(draws.z, labels)
        return {
            "reconstruction": reconstruction,
            "kl": self.divergence(draws, log_ratio),
        }

    @verb
    def iwae_bound(
        self,
        x: Data,
        labels: ArrayLike | None = None,
        num_samples: int = 64,
        seed: int | ArrayLike | None = None,
    ) -> tf.Tensor:
        """Importance-weighted bound on log p(x), nats, `(batch,)`.

        `log 1/K sum_k p(x, z_k) / q(z_k | x)` lies between the ELBO and log p(x)
        and tends to log p(x) as K grows
        ([Burda et al., 2016](https://arxiv.org/abs/1509.00519)).

        Args:
            x: Data `(batch, *data_shape)`.
            labels: Class of each example, if the model is conditional.
            num_samples: K, the number of draws of z for each example.
            seed: An int, a vector of one int per example, or `None`.
        """
        q = self._inferred(x, labels)

        def log_weight(noise):
            draws = q.draw(noise[None])
            log_ratio = draws.log_q - self._log_prior(draws.z, labels)
            return self.log_likelihood(x, draws.z[0], labels) - log_ratio[0]

        noise = normal_rows(seed, (num_samples, *self.latent_shape))
        return log_mean_weight(log_weight, tf.transpose(noise, [1, 0, 2]))


def monte_carlo_kl(draws, log_ratio):
    """KL(q || p), nats, `(batch,)`: the mean over draws of z of log q(z | x) / p(z)."""
    return tf.reduce_mean(log_ratio, axis=0)


def analytic_kl(draws, log_ratio):
    """KL(q || p), nats, `(batch,)`, in closed form."""
    return draws.kl


DIVERGENCES = {"analytic": analytic_kl, "monte_carlo": monte_carlo_kl}
