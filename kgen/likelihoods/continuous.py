"""Likelihoods of binary data and of real numbers."""

import math

import numpy as np
import tensorflow as tf

from kgen.core.by_row import by_row
from kgen.likelihoods.base import Likelihood, inverse, root


class Bernoulli(Likelihood):
    """Binary data; the decoder gives logits.

    For grey values strictly between 0 and 1 `log_prob` is the negative cross-entropy.
    It ranks models, but is no likelihood: binarise the data, or choose another class.
    """

    discrete = True
    unit_interval = True
    logits = True
    advice = "Binarise the data, or choose a likelihood over levels."

    def covers(self, x):
        """Whether all values are 0 or 1."""
        return bool(np.all((x == 0) | (x == 1)))

    def distribution(self, parameters):
        """Bernoulli with these logits."""
        from tensorflow_probability import distributions as tfd

        return tfd.Bernoulli(logits=parameters, dtype=tf.float32)

    def quantile(self, parameters, u, temperature=1.0):
        """1 for u of at least `1 - p`; logits are divided by T."""
        scale = by_row(inverse(temperature), parameters)
        return tf.cast(u >= tf.sigmoid(-parameters * scale), tf.float32)


class Gaussian(Likelihood):
    """N(mean, stddev^2) with one fixed standard deviation: a scaled squared error.

    Args:
        stddev: Standard deviation in the units of the data.
    """

    def __init__(self, stddev: float = 0.1) -> None:
        self.stddev = stddev

    def distribution(self, parameters):
        """Normal with this mean and the fixed standard deviation."""
        from tensorflow_probability import distributions as tfd

        return tfd.Normal(parameters, self.stddev)

    def quantile(self, parameters, u, temperature=1.0):
        """A normal quantile; the variance is multiplied by T."""
        stddev = by_row(root(temperature, self.stddev), parameters)
        return parameters + stddev * tf.math.ndtri(u)


class LearnedGaussian(Likelihood):
    """N(mean, exp(log_var)), both from the decoder: the probabilistic decoder.

    Args:
        min_log_var: Smooth lower bound of `log_var`. A pixel that never changes would
            otherwise drive its density to infinity. Its units are those of images in
            [0, 1], or of other data with variance 1: models standardise data for this
            likelihood.
    """

    num_parameters = 2
    standardizes = True

    def __init__(self, min_log_var: float = -8.0) -> None:
        self.min_log_var = min_log_var

    def distribution(self, parameters):
        """Normal with mean and log variance side by side on the last axis."""
        from tensorflow_probability import distributions as tfd

        mean, log_var = self._mean_and_log_var(parameters)
        return tfd.Normal(mean, tf.exp(0.5 * log_var))

    def log_prob(self, parameters, x):
        """log p(x | z), nats, `(batch,)`."""
        mean, log_var = self._mean_and_log_var(parameters)
        # From the log variance itself: its exponential overflows. The difference is
        # divided in two steps, so that each quotient stays in float32's range.
        root = tf.exp(-0.25 * log_var)
        squared = ((x - mean) * root * root) ** 2
        values = -0.5 * (squared + log_var + math.log(2.0 * math.pi))
        return tf.reduce_sum(values, axis=list(range(1, len(x.shape))))

    def _mean_and_log_var(self, parameters):
        mean, log_var = tf.split(parameters, 2, axis=-1)
        return mean, self.min_log_var + tf.nn.softplus(log_var - self.min_log_var)

    def quantile(self, parameters, u, temperature=1.0):
        """A normal quantile; the variance is multiplied by T."""
        normal = self.distribution(parameters)
        factor = by_row(root(temperature), normal.loc)
        return normal.loc + normal.scale * factor * tf.math.ndtri(u)
