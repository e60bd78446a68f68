"""Gaussian posteriors q(z | x) from an encoder's output."""

import tensorflow as tf

from kgen.core.config import lookup

# Deviations from e^-10 to e^10: float32 arithmetic breaks down beyond these limits.
MAX_LOG_VAR = 20.0


class Diagonal:
    """N(mean, diag(exp(log_var))), from `mean` and `log_var` side by side."""

    def num_parameters(self, latent_dim):
        """Size of the encoder's output for a latent of this size."""
        return 2 * latent_dim

    def __call__(self, parameters, latent_dim):
        """The `tfd` distribution, events `(latent_dim,)`."""
        from tensorflow_probability import distributions as tfd

        mean, log_var = tf.split(parameters, 2, axis=-1)
        log_var = tf.clip_by_value(log_var, -MAX_LOG_VAR, MAX_LOG_VAR)
        return tfd.MultivariateNormalDiag(mean, tf.exp(0.5 * log_var))


class FullCovariance:
    """N(mean, R R^T) with R lower triangular and a positive diagonal.

    The encoder gives `mean`, then the `d (d + 1) / 2` entries of R. A softplus makes
    the diagonal positive.
    """

    def num_parameters(self, latent_dim):
        """Size of the encoder's output for a latent of this size."""
        return latent_dim + latent_dim * (latent_dim + 1) // 2

    def __call__(self, parameters, latent_dim):
        """The `tfd` distribution, events `(latent_dim,)`."""
        from tensorflow_probability import bijectors as tfb
        from tensorflow_probability import distributions as tfd

        mean, entries = tf.split(parameters, [latent_dim, -1], axis=-1)
        return tfd.MultivariateNormalTriL(mean, tfb.FillScaleTriL()(entries))


class Point:
    """All mass at one point: the output of a deterministic encoder, as it is."""

    def num_parameters(self, latent_dim):
        """Size of the encoder's output for a latent of this size."""
        return latent_dim

    def __call__(self, parameters, latent_dim):
        """The `tfd` distribution, events `(latent_dim,)`."""
        from tensorflow_probability import distributions as tfd

        return tfd.VectorDeterministic(parameters)


POSTERIORS = {"diagonal": Diagonal(), "full": FullCovariance()}


def get(covariance):
    """The family of posteriors with this covariance, `"diagonal"` or `"full"`."""
    return lookup("covariance", covariance, POSTERIORS)


def kl_to_standard_normal(q):
    """KL(q || N(0, I)) in closed form, nats, one value per example.

    Args:
        q: `tfd` multivariate normal with events `(d,)`.
    """
    from tensorflow_probability import distributions as tfd

    return tfd.kl_divergence(q, standard_normal(q.event_shape[-1]))


def kl_by_dimension(q):
    """KL of each dimension of a diagonal `q`, nats, `(batch, latent_dim)`."""
    return normal(q.mean(), q.stddev()).kl_divergence(normal(0.0, 1.0))


def normal(mean, deviation):
    """`tfd` normals of single values."""
    from tensorflow_probability import distributions as tfd

    return tfd.Normal(mean, deviation)


def standard_normal(latent_dim):
    """The prior N(0, I) over `(latent_dim,)`."""
    from tensorflow_probability import distributions as tfd

    return tfd.MultivariateNormalDiag(tf.zeros(latent_dim), tf.ones(latent_dim))


def reparameterize(q, noise):
    """`mean + R noise`: a draw of `q` as a differentiable function of N(0, I) noise."""
    return q.bijector.forward(noise)
