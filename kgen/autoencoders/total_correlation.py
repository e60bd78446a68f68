"""How much the coordinates of a code tell of one another."""

import tensorflow as tf

from kgen.core.distribution.batch import global_rows, weights
from kgen.likelihoods import posteriors


def total_correlation(q, z):
    r"""`log q(z) - \sum_j log q(z_j)` at each z, nats, `(batch,)`.

    q(z) is the mean of the posteriors of the whole batch, on all replicas, with the
    weights of its examples. The mean over z from q(z) is the divergence of q(z) from
    the product of its marginals: 0 if coordinates are independent. A small batch has
    too large a value, as each z lies close to its own posterior; the gradient is that
    of minibatch-weighted sampling.

    Args:
        q: `tfd` normal of the batch, with a diagonal covariance.
        z: A draw of each posterior, `(batch, latent_dim)`.

    References:
        [Chen et al., 2018](https://arxiv.org/abs/1802.04942)
    """
    mean, _ = global_rows(q.mean())
    deviation, _ = global_rows(q.stddev())
    weight, _ = global_rows(weights(z))
    total = tf.reduce_sum(weight)
    # If no example counts, neither does this value, but it is a number.
    log_share = tf.math.log(tf.where(total > 0.0, weight / total, 1.0))
    each = posteriors.normal(mean, deviation).log_prob(z[:, None])
    joint = tf.reduce_logsumexp(log_share + tf.reduce_sum(each, axis=-1), axis=1)
    marginal = tf.reduce_logsumexp(log_share[:, None] + each, axis=1)
    return joint - tf.reduce_sum(marginal, axis=-1)


def independent_rows(z, key):
    """Rows whose coordinates are each that of some code of the batch, `(batch, dim)`.

    They are draws of the product of the marginals of the batch, on all replicas, with
    the weights of its examples. The paper of FactorVAE permutes each coordinate; draws
    with replacement have weights, and need no order that all replicas share.

    Args:
        z: Codes `(batch, dim)`.
        key: Seed for `tf.random.stateless_uniform`.

    References:
        [Kim & Mnih, 2018](https://arxiv.org/abs/1802.05983)
    """
    rows, _ = global_rows(z)
    weight, _ = global_rows(weights(z))
    shares = tf.cumsum(weight) / tf.reduce_sum(weight)
    uniform = tf.random.stateless_uniform(tf.shape(z), key)
    # The first row whose share reaches beyond the draw has a weight above 0.
    chosen = tf.searchsorted(shares, tf.reshape(uniform, [-1]), side="right")
    last = tf.shape(rows)[0] - 1  # All weights may be 0.
    chosen = tf.minimum(tf.reshape(chosen, tf.shape(z)), last)
    found = tf.gather(tf.transpose(rows), tf.transpose(chosen), batch_dims=1)
    return tf.transpose(found)
