"""The base of likelihoods of data, given a network's output, with all constants.

Data is in [0, 1] throughout; a likelihood over levels maps it to 0..levels - 1
inside. Log probabilities are in nats, summed over an example.
"""

import tensorflow as tf

from kgen.core.config import Configured


class Likelihood(Configured):
    """Turns the output of a decoder, or of an autoregressive network, into p(data).

    A subclass sets `num_parameters`, the number of parameters for each value of the
    data; `discrete`, whether its `log_prob` is a probability instead of a density;
    `unit_interval`, whether data outside [0, 1] is impossible, even if it is no image;
    and `logits`, whether it takes logits. It defines `distribution`, and, if its
    support is not [0, 1], `to_support` and `from_support`. Autoregressive models draw
    by `quantile`.
    """

    num_parameters = 1
    discrete = False
    unit_interval = False
    logits = False
    # Whether a bound on its parameters is in the data's units: models then standardise.
    standardizes = False
    # Whether the channels of a pixel depend on one another, given the parameters.
    joint = False
    # Whether parameters are grouped by channel instead of by kind.
    by_channel = False

    def covers(self, x):
        """Whether an array of data lies in the support of this likelihood."""
        return True

    def distribution(self, parameters):
        """A `tfd` distribution over values, with the batch shape of the data."""
        raise TypeError(f"{type(self).__name__} does not define `distribution`.")

    def to_support(self, x):
        """Data in [0, 1] in the units of `distribution`."""
        return x

    def from_support(self, value):
        """The inverse of `to_support`."""
        return value

    def nearest(self, x):
        """The data that the likelihood scores in place of x, such as the nearest level.

        A model conditions on it, too, so that it sees the same data that it scores.
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
        """A draw of x for each row, which depends on the row's key alone.

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
        """Number of parameters for a pixel of `channels` channels."""
        return channels * self.num_parameters

    def num_uniforms(self, channels):
        """Number of uniform numbers for a draw of a pixel of `channels` channels."""
        return channels

    def quantile(self, parameters, u, temperature=1.0):
        """The quantile u: a draw of x, if u is uniform.

        Args:
            parameters: Network output `(..., channels * num_parameters)`.
            u: Uniform in (0, 1), `(..., channels)`.
            temperature: Below 1 draws are more likely and less diverse. A number, or a
                tensor with one for each row, `(batch,)`: `kgen.core.by_row.by_row`
                shapes both for products.
        """
        raise TypeError(
            f"{type(self).__name__} does not define `quantile`, which autoregressive "
            "models need to draw."
        )


def inverse(temperature):
    """1 / T, float32, for a number or a tensor."""
    return tf.math.reciprocal(tf.cast(temperature, tf.float32))


def root(temperature, factor=1.0):
    """`factor * sqrt(T)`, float32, for a number or a tensor, rounded once."""
    return tf.cast(factor * tf.sqrt(tf.cast(temperature, tf.float64)), tf.float32)
