"""The bound of a diffusion in continuous time: prior, reconstruction and diffusion."""

import math

import tensorflow as tf

from kgen.core.by_row import by_row
from kgen.core.distribution.batch import first_replica, global_rows


def coefficients(gamma, values):
    """alpha and sigma at gamma, a scalar or `(batch,)`, shaped to multiply values."""
    alpha = tf.exp(0.5 * tf.math.log_sigmoid(-gamma))
    sigma = tf.exp(0.5 * tf.math.log_sigmoid(gamma))
    return by_row(alpha, values), by_row(sigma, values)


def spread_times(x, seed):
    """A time in 0..1 for each example, `(batch,)`: evenly spread, from one number.

    Row i of the n rows of the global batch has the time `(u + i / n) mod 1`. Each time
    is uniform, and together they leave no gaps, so that their mean varies less.

    Args:
        x: Data of this replica, `(batch, ...)`.
        seed: Seed for `tf.random.stateless_*`; all replicas use the first one's.
    """
    u = first_replica(tf.random.stateless_uniform([1], seed))
    rows = tf.shape(x)[0]
    everyone, start = global_rows(tf.zeros([rows]))
    index = tf.cast(start + tf.range(rows), tf.float32)
    return tf.math.floormod(u + index / tf.cast(tf.size(everyone), tf.float32), 1.0)


def prior_divergence(x, gamma):
    """`KL(q(z_1 | x) || N(0, I))`, nats, `(batch,)`, for data in the network's units.

    Args:
        x: Data `(batch, ...)`.
        gamma: gamma(1), a scalar.
    """
    alpha_squared = tf.sigmoid(-gamma)
    constant = -alpha_squared - tf.math.log_sigmoid(gamma)
    return 0.5 * total(alpha_squared * x**2 + constant)


def diffusion_loss(slope, noise, found):
    """`gamma'(t) / 2` times the squared error of the noise, nats, `(batch,)`.

    Args:
        slope: gamma'(t), `(batch,)`.
        noise: The noise in z_t, `(batch, ...)`.
        found: The predicted noise.
    """
    return 0.5 * slope * total((noise - found) ** 2)


def level_logits(z, gamma, levels):
    """`log p(level | z)` for equally probable levels in [-1, 1], up to a constant.

    Args:
        z: Noisy data `(batch, ...)`.
        gamma: Its gamma, a scalar or `(batch,)`.
        levels: Number of levels.

    Returns:
        `(batch, ..., levels)`.
    """
    z = z[..., None]
    alpha, sigma = coefficients(gamma, z)
    return -0.5 * ((z - alpha * level_values(levels)) / sigma) ** 2


def level_values(levels):
    """The values of all levels in [-1, 1], float32 `(levels,)`."""
    return tf.linspace(-1.0, 1.0, levels)


def reconstruction_loss(x, noise, gamma, levels):
    """`-log p(x | z_0)`, nats, `(batch,)`, in the units of the network.

    Of levels it is the softmax over all levels of a normal around each. Of real numbers
    it is a normal with the mean `z_0 / alpha_0` and the deviation `sigma_0 / alpha_0`,
    and the result is its mean over the noise.

    Args:
        x: Data `(batch, ...)`.
        noise: The noise in z_0, not needed for real numbers.
        gamma: gamma(0), a scalar.
        levels: Number of levels, or `None` for real numbers.
    """
    if levels is None:
        each = 0.5 * (1.0 + math.log(2.0 * math.pi) + gamma)
        return total(each * tf.ones_like(x))
    alpha, sigma = coefficients(gamma, x)
    logits = level_logits(alpha * x + sigma * noise, gamma, levels)
    level = tf.cast(tf.round((x + 1.0) / 2.0 * (levels - 1)), tf.int32)
    return total(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=level, logits=logits)
    )


def total(values):
    """The sum over all axes but the first."""
    return tf.reduce_sum(values, axis=list(range(1, len(values.shape))))
