"""The bound on log p(x) in its parts: L_T, each L_(t-1), and L_0."""

import math

import numpy as np
import tensorflow as tf

from kgen.diffusion.sampling import interpolated


class Bound:
    """`-log p(x) <= L_T + sum_t L_(t-1) + L_0`, nats, in the units of the network.

    Args:
        process: The `Process`.
        variance: `"beta"`, `"posterior"` or `"learned"`: that of `p(x_(t-1) | x_t)`.
        likelihood: A `DiscretizedGaussian` of the levels of data in [0, 1], or `None`
            for a density of real numbers.
    """

    def __init__(self, process, variance, likelihood):
        self.process = process
        self.variance = variance
        self.likelihood = likelihood
        t = np.arange(1, process.num_timesteps + 1)
        small, large = process.log_variances(t - 1, t)
        # KL(q || p) of two Gaussians takes the ratio of variances and this times the
        # squared error of x_0; at t = 1, which has no q, the variance itself.
        with np.errstate(divide="ignore"):
            gain = 0.5 * (process.snr[:-1] - process.snr[1:])
        gain[0] = 0.0
        self.gain = np.concatenate([[0.0], gain])
        self.log_ratio = np.concatenate([[0.0], large - small])
        self.limits = float(small[0]), float(large[0])
        self.odds = self._odds()

    def _odds(self):
        """Probabilities of t = 0..T by which terms are drawn, float64, 0 at t = 0.

        Terms of N(0, I) data, where the network errs by 1 / (1 + SNR), mixed with
        equal probabilities: any such choice gives an unbiased estimate, a good one less
        noise.
        """
        terms = self.gain[1:] / (1.0 + self.process.snr[1:])
        terms[0] = terms.max()
        odds = 0.9 * terms / terms.sum() if terms.sum() else 0.0 * terms
        return np.concatenate([[0.0], odds + (1.0 - np.sum(odds)) / len(terms)])

    def prior(self, x):
        """L_T, `KL(q(x_T | x_0) || N(0, I))`, `(batch,)`."""
        alpha, sigma = self.process.alpha[-1], self.process.sigma[-1]
        constant = 0.5 * (sigma**2 - 1.0 - 2.0 * math.log(sigma))
        return _total(0.5 * alpha**2 * x**2 + constant)

    def term(self, x, t, x_0, share):
        """L_(t-1), the KL divergence of t > 1, and L_0, -log p(x_0 | x_1), of t = 1.

        Args:
            x: Data, `(batch, ...)`.
            t: int `(batch,)`, 1..T.
            x_0: What the network makes of x_t.
            share: Of the largest variance, from the network or constant.

        Returns:
            nats, `(batch,)`.
        """
        rank = len(x.shape)
        log_ratio = share * self._at(self.log_ratio, t, rank)
        gain = self._at(self.gain, t, rank)
        divergence = 0.5 * (log_ratio + tf.math.expm1(-log_ratio))
        divergence += gain * tf.exp(-log_ratio) * (x - x_0) ** 2
        log_variance = interpolated(share, *self.limits)
        # Where t is another the first term is not used, but is to be finite.
        first = tf.reshape(tf.equal(t, 1), tf.shape(gain))
        near = tf.where(first, x_0, x)
        return tf.where(
            tf.equal(t, 1), -self._log_prob(x, near, log_variance), _total(divergence)
        )

    def _log_prob(self, x, mean, log_variance):
        log_variance = tf.broadcast_to(log_variance, tf.shape(x))
        if self.likelihood is None:
            squares = (x - mean) ** 2 * tf.exp(-log_variance)
            return -0.5 * _total(squares + log_variance + math.log(2.0 * math.pi))
        # From [-1, 1] to [0, 1].
        mean, log_stddev = (mean + 1.0) / 2.0, 0.5 * log_variance - math.log(2.0)
        parameters = tf.concat([mean, log_stddev], axis=-1)
        return self.likelihood.log_prob(parameters, (x + 1.0) / 2.0)

    def drawn_times(self, u, first=1):
        """Times t for uniform numbers u in (0, 1), int32, and `1 / p(t)` of each.

        Args:
            u: `(batch,)`.
            first: The smallest t.
        """
        odds = self.odds[first:] / self.odds[first:].sum()
        edges = tf.constant(np.cumsum(odds)[:-1], tf.float32)
        index = tf.searchsorted(edges, u, side="right")
        return first + index, 1.0 / tf.gather(tf.constant(odds, tf.float32), index)

    @staticmethod
    def _at(table, t, rank):
        values = tf.gather(tf.constant(table, tf.float32), t)
        return tf.reshape(values, [-1] + [1] * (rank - 1))


def _total(values):
    return tf.reduce_sum(values, axis=list(range(1, len(values.shape))))
