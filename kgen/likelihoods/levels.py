"""Likelihoods over levels `0, 1 / (levels - 1), ..., 1`."""

import math

import numpy as np
import tensorflow as tf

from kgen.core.by_row import by_row, scaled
from kgen.core.checks.values import check_count
from kgen.likelihoods.base import Likelihood, inverse


class Levels(Likelihood):
    """Base of likelihoods over levels `0, 1 / (levels - 1), ..., 1`.

    A value between levels counts as the nearest level, a value outside [0, 1] as 0 or
    1. This holds for the model's input, too, not only for the likelihood.

    Args:
        levels: Number of levels, 256 for 8-bit images, 17 for `digits`.
    """

    discrete = True
    unit_interval = True
    advice = "Set levels to the number of levels of the data."

    def __init__(self, levels: int = 256) -> None:
        self.levels = check_count(type(self).__name__, "levels", levels, fewest=2)

    def covers(self, x):
        """Whether all values are levels."""
        level = np.asarray(x) * (self.levels - 1)
        return bool(np.allclose(level, np.round(level), atol=1e-3))

    def to_support(self, x):
        """The nearest level, 0 to `levels - 1`."""
        return tf.clip_by_value(tf.round(x * (self.levels - 1)), 0, self.levels - 1)

    def from_support(self, value):
        """A level as a value in [0, 1]."""
        return tf.cast(value, tf.float32) / (self.levels - 1)


class Categorical(Levels):
    """A probability for each level, independent of its neighbours.

    The decoder gives `levels` logits for each value.
    """

    by_channel = True
    logits = True

    @property
    def num_parameters(self):
        """Number of logits, one for each level."""
        return self.levels

    def distribution(self, parameters):
        """Categorical over levels, `levels` logits for each value."""
        from tensorflow_probability import distributions as tfd

        *shape, channels = parameters.shape
        shape = [tf.shape(parameters)[0], *shape[1:], channels // self.levels]
        logits = tf.reshape(parameters, [*shape, self.levels])
        return tfd.Categorical(logits=logits)

    def to_support(self, x):
        """The nearest level as an integer."""
        return tf.cast(super().to_support(x), tf.int32)

    def mean(self, parameters):
        """The expected level, in [0, 1]."""
        probabilities = self.distribution(parameters).probs_parameter()
        levels = tf.range(self.levels, dtype=tf.float32)
        return self.from_support(tf.linalg.matvec(probabilities, levels))

    def quantile(self, parameters, u, temperature=1.0):
        """The first level with a cumulated probability above u; logits divided by T."""
        logits = tf.reshape(parameters, [-1, *u.shape[1:], self.levels])
        logits *= by_row(inverse(temperature), logits)
        return self.from_support(categorical_quantile(logits, u))


class Discretized(Levels):
    """Base of a density integrated over bins; the outermost are open to infinity.

    The decoder gives `loc` and `log_scale`, side by side, in units of the data's range.
    A subclass defines `standard`, the `tfd` distribution of a location and a scale.
    """

    num_parameters = 2

    def standard(self, loc, scale):
        """The density, a `tfd` distribution with this location and scale."""
        raise TypeError(f"{type(self).__name__} does not define `standard`.")

    def distribution(self, parameters):
        """The density, integrated over bins."""
        loc, scale = self._loc_and_scale(parameters)
        return quantized(self.standard(loc, scale), self.levels)

    def mean(self, parameters):
        """The expected level, in [0, 1]: the sum of P(level > k) over k."""
        loc, scale = self._loc_and_scale(parameters)
        edges = tf.range(1, self.levels, dtype=tf.float32) - 0.5
        density = self.standard(loc[..., None], scale[..., None])
        above = density.survival_function(edges)
        return self.from_support(tf.reduce_sum(above, axis=-1))

    def quantile(self, parameters, u, temperature=1.0):
        """The bin of a quantile of the density; the scale is multiplied by T."""
        loc, scale = self._loc_and_scale(parameters)
        scale = scaled(scale, temperature)
        value = self.standard(loc, scale).quantile(u)
        return self.from_support(
            tf.clip_by_value(tf.round(value), 0.0, self.levels - 1.0)
        )

    def _loc_and_scale(self, parameters):
        loc, log_scale = tf.split(parameters, 2, axis=-1)
        # float32 fails outside a hundredth of a bin to 50 times the range.
        log_scale = tf.clip_by_value(
            log_scale, -math.log(100.0 * (self.levels - 1)), 4.0
        )
        top = self.levels - 1.0
        return loc * top, tf.exp(log_scale) * top


class DiscretizedLogistic(Discretized):
    """A logistic density integrated over bins; the outermost are open to infinity.

    The decoder gives `loc` and `log_scale`, in units of the data's range.

    References:
        [Kingma et al., 2016](https://arxiv.org/abs/1606.04934)
    """

    def standard(self, loc, scale):
        """The logistic distribution."""
        from tensorflow_probability import distributions as tfd

        return tfd.Logistic(loc, scale)


class DiscretizedGaussian(Discretized):
    """A Gaussian density integrated over bins: the last step of diffusion.

    The decoder gives mean and logarithm of the standard deviation, in units of the
    data's range.

    References:
        [Ho et al., 2020](https://arxiv.org/abs/2006.11239)
    """

    def standard(self, loc, scale):
        """The normal distribution."""
        from tensorflow_probability import distributions as tfd

        return tfd.Normal(loc, scale)


def quantized(density, levels):
    """A `tfd` distribution over 0..levels - 1: a density integrated over bins of 1."""
    from tensorflow_probability import bijectors as tfb
    from tensorflow_probability import distributions as tfd

    # QuantizedDistribution rounds up, bins here are centred on their level.
    shifted = tfd.TransformedDistribution(density, tfb.Shift(-0.5))
    return tfd.QuantizedDistribution(shifted, low=0.0, high=levels - 1.0)


def quantized_logistic(loc, scale, levels):
    """A `tfd` distribution over 0..levels - 1: a logistic one in bins of size 1."""
    from tensorflow_probability import distributions as tfd

    return quantized(tfd.Logistic(loc, scale), levels)


def logistic_level(loc, scale, u, levels):
    """The quantile u of `quantized_logistic`, a float."""
    value = loc + scale * (tf.math.log(u) - tf.math.log1p(-u))
    return tf.clip_by_value(tf.round(value), 0.0, levels - 1.0)


def categorical_quantile(logits, u):
    """The first of `n` values with a cumulated probability above u, int32.

    Args:
        logits: `(..., n)`.
        u: Uniform in (0, 1), `(...)`.
    """
    cumulated = tf.cumsum(tf.nn.softmax(logits), axis=-1)
    # Rounding may leave the sum a little below 1, and u above it.
    below = cumulated <= u[..., None] * cumulated[..., -1:]
    return tf.reduce_sum(tf.cast(below, tf.int32), axis=-1)
