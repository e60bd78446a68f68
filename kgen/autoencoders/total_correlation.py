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
    log_share = tf.math.log(weight) - tf.math.log(tf.reduce_sum(weight))
    each = posteriors.normal(mean, deviation).log_prob(z[:, None])
    joint = tf.reduce_logsumexp(log_share + tf.reduce_sum(each, axis=-1), axis=1)
    marginal = tf.reduce_logsumexp(log_share[:, None] + each, axis=1)
    return joint - tf.reduce_sum(marginal, axis=-1)
