"""A mixture of logistics over the levels of a pixel."""

import math

import tensorflow as tf

from kgen.core.by_row import by_row, scaled
from kgen.core.checks.values import check_count
from kgen.likelihoods.base import inverse
from kgen.likelihoods.levels import (
    Levels,
    categorical_quantile,
    logistic_level,
    quantized_logistic,
)


class LogisticMixture(Levels):
    """PixelCNN++: a mixture of logistics in bins, with channels linear in others.

    `p(pixel) = sum_k w_k prod_c P(x_c; loc_kc + sum_{d < c} a_kcd x_d, scale_kc)`, with
    the outermost bins open to infinity. The network needs no groups of channels and few
    parameters for 256 levels, and neighbouring levels get similar probabilities.

    The network gives for each pixel, side by side: the logits of the weights, `loc` of
    each channel, `log_scale` of each channel, and the coefficients before their tanh.
    Locations and scales are in units of data in [-1, 1].

    Args:
        levels: Number of levels, 256 for 8-bit images.
        num_components: Number of logistics.

    References:
        [Salimans et al., 2017](https://arxiv.org/abs/1701.05517)
    """

    joint = True

    def __init__(self, levels: int = 256, num_components: int = 5) -> None:
        super().__init__(levels)
        self.num_components = check_count(
            "LogisticMixture", "num_components", num_components
        )

    def num_outputs(self, channels):
        """Number of weights, locations, scales and coefficients of all components."""
        return self.num_components * (1 + 2 * channels + math.comb(channels, 2))

    def num_uniforms(self, channels):
        """One number for the component and one for each channel."""
        return 1 + channels

    def log_prob(self, parameters, x):
        """log p(x), nats, `(batch,)`."""
        from tensorflow_probability import distributions as tfd

        level, channels = self.to_support(x), x.shape[-1]
        logits, locs, scales, coefficients = self._split(parameters, channels)
        for channel in range(channels):
            for other, coefficient in coefficients[channel]:
                locs[channel] += coefficient * self._centred(level[..., other, None])
        locs = [self._in_levels(loc) for loc in locs]
        components = tfd.Independent(
            quantized_logistic(tf.stack(locs, -1), tf.stack(scales, -1), self.levels), 1
        )
        mixture = tfd.MixtureSameFamily(tfd.Categorical(logits=logits), components)
        pixels = mixture.log_prob(level)
        return tf.reduce_sum(pixels, axis=list(range(1, len(pixels.shape))))

    def quantile(self, parameters, u, temperature=1.0):
        """A component from the first number, a level of each channel from the others.

        Logits are divided by T, scales are multiplied by T.
        """
        channels = u.shape[-1] - 1
        logits, locs, scales, coefficients = self._split(parameters, channels)
        logits *= by_row(inverse(temperature), logits)
        chosen = categorical_quantile(logits, u[..., 0])

        def of_chosen(values):
            return tf.gather(values, chosen, batch_dims=len(chosen.shape))

        drawn = []
        for channel in range(channels):
            loc = of_chosen(locs[channel])
            for other, coefficient in coefficients[channel]:
                loc += of_chosen(coefficient) * self._centred(drawn[other])
            scale = of_chosen(scales[channel])
            scale = scaled(scale, temperature)
            loc, of_channel = self._in_levels(loc), u[..., 1 + channel]
            drawn.append(logistic_level(loc, scale, of_channel, self.levels))
        return self.from_support(tf.stack(drawn, -1))

    def _split(self, parameters, channels):
        """Logits; locations, scales (in levels) and coefficients of each channel."""
        pieces = tf.split(parameters, parameters.shape[-1] // self.num_components, -1)
        logits, *pieces = pieces
        locs, log_scales = pieces[:channels], pieces[channels : 2 * channels]
        pieces = iter(pieces[2 * channels :])
        coefficients = [
            [(other, tf.tanh(next(pieces))) for other in range(channel)]
            for channel in range(channels)
        ]
        # From a hundredth of a bin to e^4 times the range: see `DiscretizedLogistic`.
        half = (self.levels - 1) / 2
        lowest = -math.log(200.0 * half)
        scales = [half * tf.exp(tf.clip_by_value(s, lowest, 4.0)) for s in log_scales]
        return logits, list(locs), scales, coefficients

    def _centred(self, level):
        """Levels as values in [-1, 1]."""
        return 2.0 * level / (self.levels - 1) - 1.0

    def _in_levels(self, value):
        """The inverse of `_centred`."""
        return (value + 1.0) * (self.levels - 1) / 2
