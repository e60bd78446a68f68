"""Data in the units of a network: in [-1, 1], or with mean 0 and variance 1."""

import math
import warnings

import numpy as np
import tensorflow as tf

from kgen.core.config import ConfiguredLayer
from kgen.core.training.initialization import (
    add_adapted,
    channel_moments,
    initialization_examples,
    is_adapted,
)


class Standardization(ConfiguredLayer):
    """`y = (x - center) / spread` of each channel, whatever the units of x.

    A model has it as a part; `adapt` sets it from the first training data. Before that
    `y = x`.

    Args:
        data_shape: Shape of an example; the last axis holds the channels.
        **kwargs: Of `keras.layers.Layer`.
    """

    def __init__(self, data_shape, **kwargs):
        super().__init__(**kwargs)
        self.data_shape = data_shape
        weight = {"initializer": "zeros", "trainable": False, "autocast": False}
        channels = data_shape[-1:]
        self.center = self.add_weight(name="center", shape=channels, **weight)
        self.log_spread = self.add_weight(name="log_spread", shape=channels, **weight)
        self.adapted = add_adapted(self)
        self.built = True

    def scale(self, x):
        """Data in the units of the network."""
        return (x - self._center) / self._spread

    def unscale(self, y):
        """The inverse of `scale`."""
        return y * self._spread + self._center

    def log_det_scaling(self):
        """`log |det dx/dy|`, nats: log p(x) is log p(y) minus this."""
        num_positions = math.prod(self.data_shape[:-1])
        return num_positions * tf.reduce_sum(tf.math.log(self._spread))

    def adapt(self, model, data, one_spread=False):
        """Sets mean and standard deviation of each channel from the first data, once.

        Args:
            model: The `GenerativeModel` that this is a part of.
            data: Argument of the model's `adapt`. A generator cannot be read in
                advance, so its data must have mean 0 and variance 1.
            one_spread: Whether all channels share one spread.
        """
        if is_adapted(self.adapted, data):
            return
        found = initialization_examples(model, data)
        if found is not None:
            mean, stddev = channel_moments(found[0])
            if one_spread:
                stddev = np.full_like(stddev, np.sqrt(np.mean(stddev**2)))
            self.center.assign(mean)
            self.log_spread.assign(np.log(stddev))
        else:
            warnings.warn(
                f"`fit` was given data of type {type(data).__name__}, which cannot be "
                "read in advance, so it is not standardised. It must already have mean "
                "0 and variance 1; otherwise pass arrays or a tf.data.Dataset.",
                stacklevel=4,
            )
        # A later change of the scale would invalidate learned weights.
        self.adapted.assign(1.0)

    @property
    def _center(self):
        return tf.convert_to_tensor(self.center)

    @property
    def _spread(self):
        return tf.exp(tf.convert_to_tensor(self.log_spread))


class NoScaling:
    """Leaves data unchanged, for models that may have a `Standardization`."""

    def scale(self, x):
        """x."""
        return x

    def unscale(self, y):
        """y."""
        return y

    def log_det_scaling(self):
        """0."""
        return 0.0

    def adapt(self, model, data, one_spread=False):
        """Does nothing."""


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


def scaling_for(model):
    """`Standardization` if the likelihood of a model asks for it, else `NoScaling`.

    Args:
        model: A `GenerativeModel` with a `likelihood`.
    """
    if model.likelihood.standardizes and model.data_range is None:
        return Standardization(model.data_shape, name="scaling")
    return NoScaling()
