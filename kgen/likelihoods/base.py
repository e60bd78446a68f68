"""The base of likelihoods of data from a network's output, with all their constants.

Data is in [0, 1] throughout; a likelihood over levels maps them to 0..levels - 1
inside. Log probabilities are in nats, summed over an example.
"""

import tensorflow as tf

from kgen.core.config import Configured


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


def inverse(temperature):
    """1 / T, float32, of a number or a scalar."""
    return tf.math.reciprocal(tf.cast(temperature, tf.float32))


def root(temperature, factor=1.0):
    """`factor * sqrt(T)`, float32, of a number or a scalar, rounded once."""
    return tf.cast(factor * tf.sqrt(tf.cast(temperature, tf.float64)), tf.float32)
