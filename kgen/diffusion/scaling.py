"""Data in the units of the network, in which noise has variance 1."""

import math

import tensorflow as tf

from kgen.core.scaling import Standardizes


class Scaled(Standardizes):
    """For `DDPM`: images are `2 x - 1`, other data is standardised by its channels.

    The model has `data_shape`, `data_range`, `levels`, `likelihood` and `add_weight`.
    """

    @property
    def standardizes(self):
        """True of data that may be any real numbers."""
        return self.data_range is None

    def scaled(self, x):
        """Data in the units of the network; of data over levels the nearest level."""
        if self.standardizes:
            return super().scaled(x)
        return 2.0 * (x if self.levels is None else self.likelihood.nearest(x)) - 1.0

    def unscaled(self, y):
        """The inverse of `scaled`; of images within [0, 1]."""
        if self.standardizes:
            return super().unscaled(y)
        return tf.clip_by_value((y + 1.0) / 2.0, 0.0, 1.0)

    def within_range(self, y):
        """y, in the units of the network, brought into the range of data."""
        return y if self.data_range is None else tf.clip_by_value(y, -1.0, 1.0)

    def log_volume(self):
        """What a density in the units of the network lacks as one of data, nats."""
        if self.standardizes:
            return super().log_volume()
        halves = 0 if self.levels is not None else math.prod(self.data_shape)
        return -halves * math.log(2.0)
