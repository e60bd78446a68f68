"""The bound on log p(x) in its parts: L_T, each L_(t-1), and L_0."""

import math

import numpy as np
import tensorflow as tf

from kgen.core.checks.values import check_count
from kgen.core.random import fold_rows, normal_rows, uniform_rows
from kgen.diffusion.process import interpolate_log_variance


class Bound:
    """`-log p(x) <= L_T + sum_t L_(t-1) + L_0`, nats.

    Arguments `x` are data in the units of the network. Arguments `predict` are
    functions from x_t and t, int `(batch,)`, to an `Estimate`.

    Args:
        process: The `Process`.
        variance: Variance of `p(x_(t-1) | x_t)`: `"beta"`, `"posterior"` or
            `"learned"`.
        likelihood: A `DiscretizedGaussian` of the levels of data in [0, 1], or `None`
            for a density of real numbers.
        scaling: The map of data to the units of the network.
    """

    def __init__(self, process, variance, likelihood, scaling):
        self.process = process
        self.variance = variance
        self.likelihood = likelihood
        self.scaling = scaling
        t = np.arange(1, process.num_timesteps + 1)
        small, large = process.log_variances(t - 1, t)
        # KL(q || p) of two Gaussians takes the ratio of variances, and this gain times
        # the squared error of x_0. At t = 1 there is no q: L_0 takes the variance.
        with np.errstate(divide="ignore"):
            gain = 0.5 * (process.snr[:-1] - process.snr[1:])
        gain[0] = 0.0
        self.gain = np.concatenate([[0.0], gain])
        self.log_ratio = np.concatenate([[0.0], large - small])
        self.limits = float(small[0]), float(large[0])
        self.time_probabilities = self._time_probabilities()

    def parts(self, x, predict, keys, num_time_samples=None):
        """L_T, the sum of L_(t-1) for t > 1, and L_0, nats, `(batch,)` each, by name.

        Args:
            x: Data `(batch, ...)`.
            predict: See the class.
            keys: Keys of the rows, `(batch, 2)`.
            num_time_samples: Number of times t > 1 to draw by importance; `None` takes
                all times.
        """
        if num_time_samples is not None:
            check_count("elbo", "num_time_samples", num_time_samples)
        if num_time_samples is None or self.process.num_timesteps == 1:
            first, later = self._all_terms(x, predict, keys)
            diffusion = tf.reduce_sum(later, axis=0)
        else:
            first, later = self._sampled_terms(x, predict, keys, num_time_samples)
            diffusion = tf.reduce_mean(later, axis=0)
        return {
            "prior": self.prior(x),
            "diffusion": diffusion,
            "reconstruction": first + self.scaling.log_det_scaling(),
        }

    def by_time(self, x, predict, keys):
        """Every term of the bound, L_0 to L_T, nats, `(batch, T + 1)`."""
        first, later = self._all_terms(x, predict, keys)
        first += self.scaling.log_det_scaling()
        terms = tf.concat([first[None], later, self.prior(x)[None]], axis=0)
        return tf.transpose(terms)

    def from_one_time(self, x, t, inverse_probability, x_0, variance_fraction):
        """An estimate of the bound from the term of one time, nats, `(batch,)`.

        Args:
            x: Data, `(batch, ...)`.
            t: int `(batch,)`, 1..T.
            inverse_probability: `1 / p(t)`, `(batch,)`.
            x_0: See `term`.
            variance_fraction: See `term`.
        """
        term = self.term(x, t, x_0, variance_fraction)
        found = self.prior(x) + inverse_probability * term
        return found + self.scaling.log_det_scaling()

    def prior(self, x):
        """L_T, `KL(q(x_T | x_0) || N(0, I))`, nats, `(batch,)`."""
        alpha, sigma = self.process.alpha[-1], self.process.sigma[-1]
        constant = 0.5 * (sigma**2 - 1.0 - 2.0 * math.log(sigma))
        return _total(0.5 * alpha**2 * x**2 + constant)

    def term(self, x, t, x_0, variance_fraction):
        """L_(t-1): a KL divergence for t > 1, and -log p(x_0 | x_1) for t = 1.

        Args:
            x: Data, `(batch, ...)`.
            t: int `(batch,)`, 1..T.
            x_0: The network's prediction of x_0 from x_t.
            variance_fraction: Position of the logarithm of the variance between its
                least value, 0, and its largest, 1; from the network or constant.

        Returns:
            nats, `(batch,)`, in the units of the network.
        """
        rank = len(x.shape)
        log_ratio = variance_fraction * _at(self.log_ratio, t, rank)
        gain = _at(self.gain, t, rank)
        divergence = 0.5 * (log_ratio + tf.math.expm1(-log_ratio))
        divergence += gain * tf.exp(-log_ratio) * (x - x_0) ** 2
        log_variance = interpolate_log_variance(variance_fraction, *self.limits)
        # For other t the first term is not used, but it must be finite.
        first = tf.reshape(tf.equal(t, 1), tf.shape(gain))
        near = tf.where(first, x_0, x)
        return tf.where(
            tf.equal(t, 1), -self._log_prob(x, near, log_variance), _total(divergence)
        )

    def sample_times(self, u, first=1):
        """Times t for uniform numbers u in (0, 1), int32, and `1 / p(t)` of each.

        Args:
            u: `(batch,)`.
            first: The smallest t.
        """
        probabilities = self.time_probabilities[first:]
        probabilities = probabilities / probabilities.sum()
        edges = tf.constant(np.cumsum(probabilities)[:-1], tf.float32)
        index = tf.searchsorted(edges, u, side="right")
        return first + index, 1.0 / tf.gather(
            tf.constant(probabilities, tf.float32), index
        )

    def _all_terms(self, x, predict, keys):
        """L_0, `(batch,)`, and all L_(t-1), `(T - 1, batch)`."""

        def term(t):
            return self._noised_term(x, tf.fill(tf.shape(x)[:1], t), predict, keys, t)

        terms = _each(term, tf.range(1, self.process.num_timesteps + 1))
        return terms[0], terms[1:]

    def _sampled_terms(self, x, predict, keys, num_time_samples):
        """L_0, `(batch,)`, and `L_(t-1) / p(t)` of drawn t, `(num, batch)`."""
        u = uniform_rows(fold_rows(keys, 0), ())

        def term(k):
            # An even spread has less variance than independent draws.
            spread = tf.cast(tf.maximum(k - 1, 0), tf.float32) + u
            t, inverse = self.sample_times(spread / num_time_samples, first=2)
            t, inverse = tf.where(k > 0, t, 1), tf.where(k > 0, inverse, 1.0)
            return inverse * self._noised_term(x, t, predict, keys, 1 + k)

        terms = _each(term, tf.range(num_time_samples + 1))
        return terms[0], terms[1:]

    def _noised_term(self, x, t, predict, keys, draw):
        """L_(t-1), nats, `(batch,)`, with the `draw`-th noise of each row."""
        noise = normal_rows(fold_rows(keys, draw), x.shape[1:])
        found = predict(self.process.diffused(x, t, noise), t)
        return self.term(x, t, found.x_0, found.variance_fraction)

    def _log_prob(self, x, mean, log_variance):
        log_variance = tf.broadcast_to(log_variance, tf.shape(x))
        if self.likelihood is None:
            squares = (x - mean) ** 2 * tf.exp(-log_variance)
            return -0.5 * _total(squares + log_variance + math.log(2.0 * math.pi))
        # From [-1, 1] to [0, 1].
        mean, log_stddev = (mean + 1.0) / 2.0, 0.5 * log_variance - math.log(2.0)
        parameters = tf.concat([mean, log_stddev], axis=-1)
        return self.likelihood.log_prob(parameters, (x + 1.0) / 2.0)

    def _time_probabilities(self):
        """Probabilities of drawing t = 0..T, float64; 0 at t = 0.

        They are proportional to the terms for N(0, I) data, where the network errs by
        1 / (1 + SNR), mixed with equal probabilities. The estimate is unbiased for any
        positive probabilities; good ones reduce its noise.
        """
        terms = self.gain[1:] / (1.0 + self.process.snr[1:])
        terms[0] = terms.max()
        found = 0.9 * terms / terms.sum() if terms.sum() else 0.0 * terms
        return np.concatenate([[0.0], found + (1.0 - np.sum(found)) / len(terms)])


def _at(table, t, rank):
    """A table at times t, float32, shaped to multiply a batch of this rank."""
    values = tf.gather(tf.constant(table, tf.float32), t)
    return tf.reshape(values, [-1] + [1] * (rank - 1))


def _each(function, values):
    """Results of `function` for each int, in sequence, stacked on axis 0."""
    return tf.map_fn(
        function, values, fn_output_signature=tf.float32, parallel_iterations=1
    )


def _total(values):
    return tf.reduce_sum(values, axis=list(range(1, len(values.shape))))
