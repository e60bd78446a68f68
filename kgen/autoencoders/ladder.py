"""A hierarchy of latents: each group of z depends on the groups above it."""

from collections.abc import Callable, Sequence

import tensorflow as tf

from kgen.autoencoders.latents import Draws
from kgen.core.by_row import scaled
from kgen.core.checks.values import check_count
from kgen.core.config import ConfiguredLayer
from kgen.core.random import normal_rows
from kgen.likelihoods.posteriors import MAX_LOG_VAR, normal
from kgen.networks.conditioners import mlp_conditioner


class Ladder(ConfiguredLayer):
    r"""`p(z) = N(z_1; 0, I) \prod_l p(z_l | z_1, ..., z_{l-1})`, a prior of a `VAE`.

    The groups lie side by side in z, the top one first. A dense network gives mean and
    log variance of each group from all groups above it. The posterior of a group is the
    product of this prior and of the normal that the encoder gives, as in a Ladder VAE:
    their means weighted by their precisions. `VAE.encode` takes each group's mean,
    given the means above it.

    Args:
        groups: Size of each group, the top one first; their sum is `latent_dim`.
        hidden: Units of the hidden layers of each network.
        activation: Activation of the hidden layers.
        **kwargs: `name` and `dtype` of `keras.layers.Layer`.

    References:
        [Sønderby et al., 2016](https://arxiv.org/abs/1602.02282)
    """

    def __init__(
        self,
        groups: Sequence[int],
        hidden: Sequence[int] = (64,),
        activation: str | Callable | None = "relu",
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.groups = groups
        self.hidden = hidden
        self.activation = activation
        if not isinstance(groups, (list, tuple)):
            raise ValueError(
                f"A Ladder was given groups={groups!r}, but expects the size of each "
                "group in a list, such as (4, 12)."
            )
        sizes = [check_count("Ladder", "groups", size) for size in groups]
        if len(sizes) < 2:
            raise ValueError(
                f"A Ladder was given groups={groups!r}, but needs two or more, such as "
                "(4, 12). A VAE with one group has no need of a prior."
            )
        self._ends = [sum(sizes[: k + 1]) for k in range(len(sizes))]

    def connect(self, model):
        """Makes the networks; a VAE calls it once.

        Args:
            model: The VAE.

        Raises:
            ValueError: if the groups are not the whole latent, or its posterior is not
                normal with a diagonal covariance.
        """
        if (self._ends[-1],) != tuple(model.latent_shape):
            raise ValueError(
                f"The groups {tuple(self.groups)} of a Ladder have {self._ends[-1]} "
                f"numbers in all, but z has the shape {tuple(model.latent_shape)}. "
                "Choose groups with that sum."
            )
        if model.covariance != "diagonal" or model.posterior_flow is not None:
            raise ValueError(
                "A Ladder needs covariance='diagonal' and no posterior_flow: it makes "
                "the posterior of a group from the encoder's normal and the prior."
            )
        self.networks = [
            mlp_conditioner(end, size, 2, self.hidden, self.activation)
            for end, size in zip(self._ends, self.groups[1:], strict=False)
        ]
        self.built = True

    def log_prob(self, z, labels=None, training=False):
        """log p(z), nats, `(rows,)`, of z `(rows, latent_dim)`."""
        groups = tf.split(z, list(self.groups), axis=-1)
        total = 0.0
        for k, group in enumerate(groups):
            prior = spread(*self._prior(groups[:k], group, training))
            total += tf.reduce_sum(prior.log_prob(group), axis=-1)
        return total

    def draw(self, keys, labels=None, temperature=1.0):
        """A draw for each key, `(rows, latent_dim)`.

        The deviation of each group is multiplied by the temperature.
        """
        noise = normal_rows(keys, (self._ends[-1],))
        groups = []
        for part in tf.split(scaled(noise, temperature), list(self.groups), axis=-1):
            prior = spread(*self._prior(groups, part))
            groups.append(prior.mean() + prior.stddev() * part)
        return tf.concat(groups, axis=-1)

    def _prior(self, above, like, training=False):
        """Mean and log variance of a group of the shape of `like`, given those above.

        Args:
            above: List of the groups above, `(rows, size)` each.
            like: Tensor `(rows, size)`.
            training: Whether networks run in training mode.
        """
        if not above:
            return tf.zeros_like(like), tf.zeros_like(like)
        network = self.networks[len(above) - 1]
        parameters = network(tf.concat(above, axis=-1), training=training)
        parameters = tf.reshape(parameters, [-1, like.shape[-1], 2])
        mean, log_var = tf.unstack(tf.cast(parameters, like.dtype), axis=-1)
        return mean, tf.clip_by_value(log_var, -MAX_LOG_VAR, MAX_LOG_VAR)


class LadderPosterior:
    """q(z | x) of a `Ladder`, for a batch.

    Args:
        ladder: The connected `Ladder`.
        q: What the encoder says, a diagonal `tfd` normal of z.
        training: Whether networks run in training mode.
    """

    def __init__(self, ladder, q, training=False):
        self.ladder = ladder
        self.q = q
        self.training = training

    def center(self):
        """The mean of each group, given the means above it, `(batch, latent_dim)`."""
        return self.draw(tf.zeros_like(self.q.mean())[None]).z[0]

    def draw(self, noise):
        """`Draws` from N(0, I) noise `(num_samples, batch, latent_dim)`.

        The KL of a group is that of two normals, given the groups above it, and a mean
        over their draws.
        """
        sizes = list(self.ladder.groups)
        num_samples, _, latent_dim = noise.shape

        def rows(values):
            return tf.split(tf.reshape(values, [-1, latent_dim]), sizes, axis=-1)

        repeated = [num_samples, 1]
        means = rows(tf.tile(self.q.mean(), repeated))
        log_vars = rows(tf.tile(2.0 * tf.math.log(self.q.stddev()), repeated))
        groups, log_q, kl = [], 0.0, []
        for mean, log_var, part in zip(means, log_vars, rows(noise), strict=True):
            prior = self.ladder._prior(groups, part, self.training)
            posterior = spread(*product(mean, log_var, *prior))
            group = posterior.mean() + posterior.stddev() * part
            log_q += tf.reduce_sum(posterior.log_prob(group), axis=-1)
            kl.append(posterior.kl_divergence(spread(*prior)))
            groups.append(group)
        shape = tf.shape(noise)
        by_dimension = tf.reshape(tf.concat(kl, axis=-1), shape)
        by_dimension = tf.reduce_mean(by_dimension, axis=0)
        return Draws(
            tf.reshape(tf.concat(groups, axis=-1), shape),
            tf.reshape(log_q, shape[:2]),
            tf.reduce_sum(by_dimension, axis=-1),
            by_dimension,
        )


def product(mean_1, log_var_1, mean_2, log_var_2):
    """Mean and log variance of the product of two normals, up to its constant."""
    log_var = -tf.reduce_logsumexp(tf.stack([-log_var_1, -log_var_2]), axis=0)
    share = tf.exp(log_var - log_var_1)
    return share * mean_1 + (1.0 - share) * mean_2, log_var


def spread(mean, log_var):
    """`tfd` normals of single values, from their log variance."""
    return normal(mean, tf.exp(0.5 * log_var))
