"""Predictions from x_t: the target, x_0, the noise and the variance."""

from typing import NamedTuple

import tensorflow as tf

from kgen.core.by_row import by_row
from kgen.networks.inputs import apply

NO_CLASS = -1
# Position of the logarithm of p's variance between its least, 0, and its largest, 1.
VARIANCE_FRACTIONS = {"posterior": 0.0, "beta": 1.0, "learned": None}


class Estimate(NamedTuple):
    """The network's prediction from x_t.

    x_0, in [-1, 1] for images, and the noise in x_t, `(batch, ...)` each, in the units
    of the network. `variance_fraction` is the position of the logarithm of the variance
    of `p(x_(t-1) | x_t)`: 0 at the least and 1 at the largest variance. A network may
    leave this interval.
    """

    x_0: tf.Tensor
    noise: tf.Tensor
    variance_fraction: tf.Tensor


class Predictor:
    """Reads the output of a denoiser, and guides it by labels.

    Args:
        process: The `Process`.
        variance: `"beta"`, `"posterior"` or `"learned"`.
        data_range: The model's; unless it is `None`, x_0 is clipped to [-1, 1].
    """

    def __init__(self, process, variance, data_range):
        self.process = process
        self.variance = variance
        self.clips = data_range is not None

    def target(self, denoiser, x_t, t, labels, training=False):
        """The target, `(batch, ...)`, and the variance fraction."""
        time = tf.cast(t, tf.float32) / self.process.num_timesteps
        time = tf.broadcast_to(time, tf.shape(x_t)[:1])
        output = apply(denoiser, x_t, labels, training, t=time)
        if self.variance != "learned":
            return output, VARIANCE_FRACTIONS[self.variance]
        predicted, fraction = tf.split(output, 2, axis=-1)
        return predicted, (fraction + 1.0) / 2.0

    def x0(self, denoiser, x_t, t, labels=None, guidance=1.0):
        """An `Estimate` with the network in inference; x_0 is in the range of data.

        Args:
            denoiser: The network.
            x_t: `(batch, ...)`.
            t: int tensor, `(batch,)` or scalar, 1..T.
            labels: int32 `(batch,)` or `None`.
            guidance: Scale of the guidance, a number, a scalar tensor, or a tensor with
                one for each row.
        """
        scale = None if tf.is_tensor(guidance) else guidance
        if labels is None or scale == 1:
            predicted, fraction = self.target(denoiser, x_t, t, labels)
        elif scale == 0:
            none = tf.fill(tf.shape(labels), NO_CLASS)
            predicted, fraction = self.target(denoiser, x_t, t, none)
        else:
            predicted, fraction = self._guided(denoiser, x_t, t, labels, guidance)
        x_0, noise = self.process.solved(x_t, t, predicted)
        if self.clips:
            x_0 = self.clip_x0(x_0)
            noise = self.process.noise_in(x_t, t, x_0)
        return Estimate(x_0, noise, fraction)

    def clip_x0(self, x_0):
        """x_0, in the units of the network, clipped to the range of data."""
        return tf.clip_by_value(x_0, -1.0, 1.0) if self.clips else x_0

    def _guided(self, denoiser, x_t, t, labels, guidance):
        """The target without labels, plus `guidance` times the change by labels."""
        # One pass takes each row twice, with and without its label.
        both = tf.concat([labels, tf.fill(tf.shape(labels), NO_CLASS)], 0)
        twice = tf.concat([x_t, x_t], 0)
        predicted, fraction = self.target(denoiser, twice, t, both)
        with_label, without = tf.split(predicted, 2)
        guidance = by_row(tf.cast(guidance, without.dtype), without)
        predicted = without + guidance * (with_label - without)
        if guidance.shape.rank:  # A row of 1 is the model, without rounding.
            predicted = tf.where(guidance == 1, with_label, predicted)
        if self.variance == "learned":
            fraction, _ = tf.split(fraction, 2)
        return predicted, fraction
