"""Data in the units of the network, in which noise has variance 1."""

import math

import tensorflow as tf

from kgen.core.scaling import NoScaling, Standardization


class UnitScaling(NoScaling):
    """`y = 2 x - 1` for data in [0, 1]; for other data see `Standardization`.

    Args:
        data_shape: Shape of an example.
        likelihood: Likelihood over levels, whose nearest level data counts as; or
            `None`.
    """

    def __init__(self, data_shape, likelihood=None):
        self.data_shape = data_shape
        self.likelihood = likelihood

    def scale(self, x):
        """Data, or its nearest level if there are levels, in units of the network."""
        x = x if self.likelihood is None else self.likelihood.nearest(x)
        return 2.0 * x - 1.0

    def unscale(self, y):
        """The inverse of `scale`, within [0, 1]."""
        return tf.clip_by_value((y + 1.0) / 2.0, 0.0, 1.0)

    def log_det_scaling(self):
        """`log |det dx/dy|`, nats; 0 for levels, which have probabilities."""
        if self.likelihood is not None:
            return 0.0
        return -math.prod(self.data_shape) * math.log(2.0)


def scaling_of(data_shape, data_range, likelihood):
    """The map to the units of the network: `UnitScaling` for data in [0, 1]."""
    if data_range is None:
        return Standardization(data_shape, name="scaling")
    return UnitScaling(data_shape, likelihood)
