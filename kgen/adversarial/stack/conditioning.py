"""Conditioning augmentation: a random vector around the embedding of a condition."""

import tensorflow as tf

from kgen.networks.inputs import apply


def drawn_around(augmenter, embedding, noise, training=False):
    """A vector `c ~ N(mean(e), variance(e))` for each embedding e, and its cost.

    Similar captions so get overlapping vectors: a generator meets the space between the
    few captions of the data.

    Args:
        augmenter: Network from a condition to means and logarithms of variances,
            `(batch, 2 * augmented_dim)`.
        embedding: Labels int32 `(batch,)`, or vectors float32 `(batch, size)`.
        noise: Draws from N(0, I), float32 `(batch, augmented_dim)`.
        training: Whether layers run in training mode.

    Returns:
        `(c, kl)`: float32 `(batch, augmented_dim)`, and `KL(N(mean, variance) || N(0,
        I))` in nats, `(batch,)`.

    References:
        [Zhang et al., 2017](https://arxiv.org/abs/1612.03242)
    """
    gaussian = apply(augmenter, None, embedding, training)
    mean, log_var = tf.split(gaussian, 2, axis=-1)
    return mean + tf.exp(0.5 * log_var) * noise, kl_divergence(mean, log_var)


def kl_divergence(mean, log_var):
    """`KL(N(mean, exp(log_var)) || N(0, I))` in nats, `(batch,)`, in closed form."""
    # `expm1` keeps the digits of a variance near 1.
    terms = tf.square(mean) + tf.math.expm1(log_var) - log_var
    return 0.5 * tf.reduce_sum(terms, axis=-1)
