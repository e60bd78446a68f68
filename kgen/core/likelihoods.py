"""Likelihoods of data from a network's output, with all their constants.

Data is in [0, 1] throughout; a likelihood over levels maps them to 0..levels - 1
inside. Log probabilities are in nats, summed over an example.
"""

import math

import numpy as np
import tensorflow as tf

from kgen.core.checks import check_count
from kgen.core.config import Configured, constructor_arguments, lookup


class Likelihood(Configured):
    """Turns the output of a decoder, or of an autoregressive network, into p(data).

    A subclass sets `num_parameters`, how many numbers it needs for each value of the
    data, `discrete`, whether its `log_prob` is a probability rather than a density,
    `unit_interval`, whether data outside [0, 1] is impossible, images or not, and
    `logits`, whether it takes logits; it defines `distribution`, and, if its
    support is not [0, 1] itself, `to_support` and `from_support`. Autoregressive models
    draw by `quantile`.
    """

    num_parameters = 1
    discrete = False
    unit_interval = False
    logits = False
    # Whether what it bounds is in units of the data, which then is standardised.
    standardizes = False
    # Whether the channels of a place depend on one another given the parameters.
    joint = False
    # Whether the parameters of a channel lie side by side, instead of those of a kind.
    by_channel = False

    def covers(self, x):
        """Whether an array of data lies in the support of this likelihood."""
        return True

    def distribution(self, parameters):
        """A `tfd` distribution over values, batch shape that of the data."""
        raise TypeError(f"{type(self).__name__} does not define `distribution`.")

    def to_support(self, x):
        """Data in [0, 1] in the units of `distribution`."""
        return x

    def from_support(self, value):
        """The inverse of `to_support`."""
        return value

    def nearest(self, x):
        """The data that x counts as: of a likelihood over levels the nearest level.

        A model conditions on it, too, so that what is scored is what is seen.
        """
        return self.from_support(self.to_support(x))

    def log_prob(self, parameters, x):
        """log p(x | z), nats, `(batch,)`.

        Args:
            parameters: Decoder output `(batch, ..., channels * num_parameters)`.
            x: Data `(batch, ..., channels)` in [0, 1].
        """
        values = self.distribution(parameters).log_prob(self.to_support(x))
        return tf.reduce_sum(values, axis=list(range(1, len(x.shape))))

    def mean(self, parameters):
        """E[x | z], in [0, 1] for images."""
        return self.from_support(self.distribution(parameters).mean())

    def sample(self, parameters, keys):
        """A draw of x for each row, a function of the row's key alone.

        Args:
            parameters: Decoder output `(batch, ..., channels * num_parameters)`.
            keys: int32 `(batch, 2)`.
        """

        def draw(row):
            parameters, key = row
            draws = self.distribution(parameters[None]).sample(seed=key)
            return tf.cast(draws[0], tf.float32)

        values = tf.map_fn(draw, (parameters, keys), fn_output_signature=tf.float32)
        return self.from_support(values)

    def num_outputs(self, channels):
        """Parameters for a place of that many channels."""
        return channels * self.num_parameters

    def num_uniforms(self, channels):
        """Uniform numbers that a draw of a place of that many channels takes."""
        return channels

    def quantile(self, parameters, u, temperature=1.0):
        """The draw that uniform numbers stand for: what has probability u below it.

        Args:
            parameters: Network output `(..., channels * num_parameters)`.
            u: Uniform in (0, 1), `(..., channels)`.
            temperature: Below 1 draws keep to what is likely.
        """
        raise TypeError(
            f"{type(self).__name__} does not define `quantile`, by which an "
            "autoregressive model draws."
        )


class Bernoulli(Likelihood):
    """Binary data; the decoder gives logits.

    For grey values strictly between 0 and 1 `log_prob` is the negative cross-entropy,
    which orders models but is no likelihood: binarise the data, or choose another.
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
        """1 for the uppermost numbers, as many as its probability; logits over T."""
        return tf.cast(u >= tf.sigmoid(-parameters * inverse(temperature)), tf.float32)


class Gaussian(Likelihood):
    """N(mean, stddev^2) with one fixed standard deviation: squared error, scaled.

    Args:
        stddev: Standard deviation in the units of the data.
    """

    def __init__(self, stddev=0.1):
        self.stddev = stddev

    def distribution(self, parameters):
        """Normal with this mean and the fixed standard deviation."""
        from tensorflow_probability import distributions as tfd

        return tfd.Normal(parameters, self.stddev)

    def quantile(self, parameters, u, temperature=1.0):
        """A normal quantile; the variance times T."""
        return parameters + root(temperature, self.stddev) * tf.math.ndtri(u)


class LearnedGaussian(Likelihood):
    """N(mean, exp(log_var)), both from the decoder: the probabilistic decoder.

    Args:
        min_log_var: Smooth lower bound of `log_var`. A pixel that never changes would
            otherwise drive its density to infinity. In units of what the likelihood
            sees: images in [0, 1], other data with variance 1, as models standardise
            it for this likelihood.
    """

    num_parameters = 2
    standardizes = True

    def __init__(self, min_log_var=-8.0):
        self.min_log_var = min_log_var

    def distribution(self, parameters):
        """Normal with mean and log variance side by side on the last axis."""
        from tensorflow_probability import distributions as tfd

        mean, log_var = self._mean_and_log_var(parameters)
        return tfd.Normal(mean, tf.exp(0.5 * log_var))

    def log_prob(self, parameters, x):
        """log p(x | z), nats, `(batch,)`."""
        mean, log_var = self._mean_and_log_var(parameters)
        # From the log variance itself, as its exponential overflows. A difference that
        # float32 holds is divided in two steps, neither of which leaves its range.
        root = tf.exp(-0.25 * log_var)
        squared = ((x - mean) * root * root) ** 2
        values = -0.5 * (squared + log_var + math.log(2.0 * math.pi))
        return tf.reduce_sum(values, axis=list(range(1, len(x.shape))))

    def _mean_and_log_var(self, parameters):
        mean, log_var = tf.split(parameters, 2, axis=-1)
        return mean, self.min_log_var + tf.nn.softplus(log_var - self.min_log_var)

    def quantile(self, parameters, u, temperature=1.0):
        """A normal quantile; the variance times T."""
        normal = self.distribution(parameters)
        return normal.loc + normal.scale * root(temperature) * tf.math.ndtri(u)


class Levels(Likelihood):
    """Base of likelihoods over levels `0, 1 / (levels - 1), ..., 1`.

    A value between levels counts as the nearest of them, one outside [0, 1] as 0 or 1:
    wherever a model sees it, not only where its probability is taken.

    Args:
        levels: Number of levels, 256 for 8-bit images, 17 for `digits`.
    """

    discrete = True
    unit_interval = True
    advice = "Set levels to the number of levels of the data."

    def __init__(self, levels=256):
        self.levels = check_count(type(self).__name__, "levels", levels, fewest=2)

    def covers(self, x):
        """Whether all values are levels."""
        level = np.asarray(x) * (self.levels - 1)
        return bool(np.allclose(level, np.round(level), atol=1e-3))

    def to_support(self, x):
        """The nearest level, 0 to `levels - 1`."""
        return tf.clip_by_value(tf.round(x * (self.levels - 1)), 0, self.levels - 1)

    def from_support(self, value):
        """A level in [0, 1]."""
        return tf.cast(value, tf.float32) / (self.levels - 1)


class Categorical(Levels):
    """A probability for each level, independent of its neighbours.

    The decoder gives `levels` logits for each value.
    """

    by_channel = True
    logits = True

    @property
    def num_parameters(self):
        """A logit for each level."""
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
        """The first level whose cumulated probability exceeds u; logits over T."""
        logits = tf.reshape(parameters, [-1, *u.shape[1:], self.levels])
        return self.from_support(categorical_quantile(logits * inverse(temperature), u))


class Discretized(Levels):
    """Base of a density collected in bins, the outermost open to infinity.

    The decoder gives `loc` and `log_scale`, side by side, in units of the data's range.
    A subclass defines `standard`, the `tfd` distribution of loc 0 and scale 1.
    """

    num_parameters = 2

    def standard(self, loc, scale):
        """The density, a `tfd` distribution with this location and scale."""
        raise TypeError(f"{type(self).__name__} does not define `standard`.")

    def distribution(self, parameters):
        """The density in bins."""
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
        """The bin of a quantile of the density; the scale times T."""
        loc, scale = self._loc_and_scale(parameters)
        value = self.standard(loc, scale * tf.cast(temperature, tf.float32)).quantile(u)
        return self.from_support(
            tf.clip_by_value(tf.round(value), 0.0, self.levels - 1.0)
        )

    def _loc_and_scale(self, parameters):
        loc, log_scale = tf.split(parameters, 2, axis=-1)
        # Beyond, from a hundredth of a bin to 50 times the range, float32 gives out.
        log_scale = tf.clip_by_value(
            log_scale, -math.log(100.0 * (self.levels - 1)), 4.0
        )
        top = self.levels - 1.0
        return loc * top, tf.exp(log_scale) * top


class DiscretizedLogistic(Discretized):
    """A logistic density collected in bins, the outermost open to infinity.

    The decoder gives `loc` and `log_scale`, in units of the data's range.

    References:
        [Kingma et al., 2016](https://arxiv.org/abs/1606.04934)
    """

    def standard(self, loc, scale):
        """Logistic."""
        from tensorflow_probability import distributions as tfd

        return tfd.Logistic(loc, scale)


class DiscretizedGaussian(Discretized):
    """A Gaussian density collected in bins: the last step of diffusion.

    The decoder gives mean and logarithm of the standard deviation, in units of the
    data's range.

    References:
        [Ho et al., 2020](https://arxiv.org/abs/2006.11239)
    """

    def standard(self, loc, scale):
        """Normal."""
        from tensorflow_probability import distributions as tfd

        return tfd.Normal(loc, scale)


def quantized(density, levels):
    """A `tfd` distribution over 0..levels - 1 of a density in bins of size 1."""
    from tensorflow_probability import bijectors as tfb
    from tensorflow_probability import distributions as tfd

    # QuantizedDistribution rounds up, bins here are centred on their level.
    shifted = tfd.TransformedDistribution(density, tfb.Shift(-0.5))
    return tfd.QuantizedDistribution(shifted, low=0.0, high=levels - 1.0)


def quantized_logistic(loc, scale, levels):
    """A `tfd` distribution over 0..levels - 1 of a logistic one, in bins of size 1."""
    from tensorflow_probability import distributions as tfd

    return quantized(tfd.Logistic(loc, scale), levels)


def logistic_level(loc, scale, u, levels):
    """The quantile u of `quantized_logistic`, a float."""
    value = loc + scale * (tf.math.log(u) - tf.math.log1p(-u))
    return tf.clip_by_value(tf.round(value), 0.0, levels - 1.0)


def inverse(temperature):
    """1 / T, float32, of a number or a scalar."""
    return tf.math.reciprocal(tf.cast(temperature, tf.float32))


def root(temperature, factor=1.0):
    """`factor * sqrt(T)`, float32, of a number or a scalar, rounded once."""
    return tf.cast(factor * tf.sqrt(tf.cast(temperature, tf.float64)), tf.float32)


def categorical_quantile(logits, u):
    """The first of `n` values at which the cumulated probability exceeds u, int32.

    Args:
        logits: `(..., n)`.
        u: Uniform in (0, 1), `(...)`.
    """
    cumulated = tf.cumsum(tf.nn.softmax(logits), axis=-1)
    # Rounding may leave the sum a little below 1, and u above it.
    below = cumulated <= u[..., None] * cumulated[..., -1:]
    return tf.reduce_sum(tf.cast(below, tf.int32), axis=-1)


LIKELIHOODS = {
    "bernoulli": Bernoulli,
    "categorical": Categorical,
    "discretized_gaussian": DiscretizedGaussian,
    "discretized_logistic": DiscretizedLogistic,
    "gaussian": Gaussian,
    "learned_gaussian": LearnedGaussian,
}


def get(likelihood, choices=None, **settings):
    """A likelihood from its name in `LIKELIHOODS`, or the instance itself.

    Args:
        likelihood: Name or instance.
        choices: Mapping from name to class, in place of `LIKELIHOODS`.
        **settings: Arguments of a likelihood that is given by name: `levels`,
            `stddev`; those that are `None` are left at their defaults.

    Raises:
        ValueError: for an unknown name, or a setting that it does not have.
    """
    settings = {name: value for name, value in settings.items() if value is not None}
    named = isinstance(likelihood, str)
    cls = lookup("likelihood", likelihood, choices or LIKELIHOODS) if named else None
    unknown = set(settings) - set(constructor_arguments(cls) if named else ())
    if unknown:
        raise ValueError(
            f"{', '.join(sorted(unknown))} was given, but does not apply to the "
            f"likelihood {likelihood!r}: those over levels take levels, 'gaussian' "
            "takes stddev, an instance has its own."
        )
    return cls(**settings) if named else likelihood


def check_logits(likelihood, activation):
    """Raises a ValueError if a decoder ends with an activation instead of logits."""
    if likelihood.logits and activation != "linear":
        raise ValueError(
            f"The decoder ends with {activation!r}, but the likelihood "
            f"{type(likelihood).__name__} takes logits. Remove that activation."
        )
