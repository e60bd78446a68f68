"""Draws of a VAE's latent: from a normal posterior, and from one behind a flow."""

from typing import NamedTuple

import tensorflow as tf

from kgen.flows.steps import check_conditions, check_steps, connected, inverse
from kgen.likelihoods import posteriors


class Draws(NamedTuple):
    """Draws of z for each row, and the terms of the bound that they give.

    z, `(num_samples, batch, latent_dim)`; log q(z | x), `(num_samples, batch)`; the KL
    of posterior and prior in closed form, `(batch,)`, and of each dimension, `(batch,
    latent_dim)`, or `None` where there is none; nats.
    """

    z: tf.Tensor
    log_q: tf.Tensor
    kl: tf.Tensor | None = None
    kl_by_dimension: tf.Tensor | None = None


class NormalPosterior:
    """q(z | x) = N(mean, R R^T), for the prior N(0, I) if the KL is to be used.

    Args:
        q: `tfd` multivariate normal of a batch.
    """

    def __init__(self, q):
        self.q = q

    def center(self):
        """The mean, `(batch, latent_dim)`."""
        return self.q.mean()

    def draw(self, noise):
        """`Draws` from N(0, I) noise `(num_samples, batch, latent_dim)`."""
        from tensorflow_probability import distributions as tfd

        z = posteriors.reparameterize(self.q, noise)
        by_dimension = None
        if isinstance(self.q, tfd.MultivariateNormalDiag):
            by_dimension = posteriors.kl_by_dimension(self.q)
        kl = posteriors.kl_to_standard_normal(self.q)
        return Draws(z, self.q.log_prob(z), kl, by_dimension)


class FlowPosterior:
    r"""q(z | x) behind a flow: `z = f^-1(u)` with u from a normal q(u | x).

    `log q(z | x) = log q(u | x) - log |det dz/du|`.

    Args:
        q: `tfd` multivariate normal of u, of a batch.
        steps: Connected steps, from z to u.
        context: What the encoder tells the steps about each row, `(batch, size)`, or
            `None`.
        training: Whether networks run in training mode.
    """

    def __init__(self, q, steps, context=None, training=False):
        self.q = q
        self.steps = steps
        self.context = context
        self.training = training

    def center(self):
        """The z of the mean of u, `(batch, latent_dim)`."""
        return self._through(self.q.mean()[None])[0][0]

    def draw(self, noise):
        """`Draws` from N(0, I) noise `(num_samples, batch, latent_dim)`."""
        u = posteriors.reparameterize(self.q, noise)
        z, log_det = self._through(u)
        return Draws(z, self.q.log_prob(u) - log_det)

    def _through(self, u):
        num_samples, _, latent_dim = u.shape
        conditions = {"labels": None, "context": None}
        if self.context is not None:
            conditions["context"] = tf.tile(self.context, [num_samples, 1])
        rows = tf.reshape(u, [-1, latent_dim])
        z, log_det = inverse(self.steps, rows, conditions, self.training)
        shape = tf.shape(u)
        return tf.reshape(z, shape), tf.reshape(log_det, shape[:2])


def connected_steps(steps, latent_dim, context_size):
    """The steps of a posterior, connected; `None` for `None`.

    Args:
        steps: List of `kgen.flows.Step`s, from z to u.
        latent_dim: Size of z and u.
        context_size: Size of the context that the encoder gives them.

    Raises:
        ValueError: if they change the shape of z, or take another context.
    """
    if steps is None:
        return None
    steps = check_steps(steps)
    found = connected(steps, (latent_dim,))
    if found != (latent_dim,):
        raise ValueError(
            f"posterior_flow maps a latent of shape {(latent_dim,)} to {found}, but z "
            "keeps its shape. Leave out steps that change it."
        )
    available = {"labels": None, "context": (context_size,) if context_size else None}
    check_conditions(steps, available)
    return steps


def context_size(steps):
    """Size of the context that networks of some steps take; 0 without one."""
    if steps is None:
        return 0
    taken = [step.conditions().get("context") for step in check_steps(steps)]
    sizes = {shape[0] for shape in taken if shape}
    return max(sizes, default=0)
