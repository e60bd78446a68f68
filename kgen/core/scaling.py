"""Data in the units of a network, in which each channel has mean 0 and variance 1."""

import math
import warnings

import numpy as np
import tensorflow as tf

from kgen.core.training.initialization import (
    as_if_read,
    channel_moments,
    initialization_examples,
)


class Standardizes:
    """For models of real data: standardised by the first data, whatever its units.

    The model has `data_shape` and `add_weight`, and says by `standardizes` whether it
    does so; otherwise data stays as it is.
    """

    standardizes = False
    # Whether all channels have one spread, instead of each its own.
    one_spread = False

    def add_scaling(self):
        """Makes the weights of what is standardised; for the constructor."""
        if not self.standardizes:
            return
        weight = {"initializer": "zeros", "trainable": False, "autocast": False}
        channels = self.data_shape[-1:]
        self.center = self.add_weight(name="center", shape=channels, **weight)
        self.log_spread = self.add_weight(name="log_spread", shape=channels, **weight)
        self.adapted = self.add_weight(
            name="adapted", shape=(), aggregation="none", **weight
        )

    def scaled(self, x):
        """Data in the units of the network."""
        return (x - self._center) / self._spread if self.standardizes else x

    def unscaled(self, y):
        """The inverse of `scaled`."""
        return y * self._spread + self._center if self.standardizes else y

    def adapt(self, data):
        """Takes mean and deviation of each channel from the first data, once.

        Args:
            data: `tf.data.Dataset` or `PyDataset`; nothing is taken of a generator,
                whose data then is to have mean 0 and variance 1.
        """
        if not self.standardizes:
            return
        if tf.identity(self.adapted) > 0:
            as_if_read(data)
            return
        found = initialization_examples(self, data)
        if found is not None:
            mean, stddev = channel_moments(found[0])
            if self.one_spread:
                stddev = np.full_like(stddev, np.sqrt(np.mean(stddev**2)))
            self.center.assign(mean)
            self.log_spread.assign(np.log(stddev))
        else:
            warnings.warn(
                f"`fit` was given data of type {type(data).__name__}, of which nothing "
                "can be read in advance, so that it is not standardised. It is to have "
                "mean 0 and variance 1 already; otherwise pass arrays or a "
                "tf.data.Dataset.",
                stacklevel=3,
            )
        # Another scale would be wrong for what is learned from now on.
        self.adapted.assign(1.0)

    def log_volume(self):
        """What a density in the units of the network lacks as one of data, nats."""
        if not self.standardizes:
            return 0.0
        places = math.prod(self.data_shape[:-1])
        return places * tf.reduce_sum(tf.math.log(self._spread))

    @property
    def _center(self):
        return tf.convert_to_tensor(self.center)

    @property
    def _spread(self):
        return tf.exp(tf.convert_to_tensor(self.log_spread))
