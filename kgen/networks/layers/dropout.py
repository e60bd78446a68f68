"""Dropout whose noise is saved with the model and differs between replicas."""

import tensorflow as tf

from kgen.core.checks.values import check_fraction
from kgen.core.config import ConfiguredLayer
from kgen.core.random import NoiseSource


class Dropout(ConfiguredLayer):
    """Leaves out a share of the values in training, and scales the others up.

    `keras.layers.Dropout` draws the same noise on all replicas, and a `.keras` file
    does not keep the state of its noise.

    Args:
        rate: The share, from 0 to below 1.
        seed: Integer that fixes the noise; `None` for a random one.
        **kwargs: Arguments of `keras.layers.Layer`.
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs) -> None:
        super().__init__(**kwargs)
        self.rate = check_fraction("dropout", rate)
        if rate == 1:
            raise ValueError("dropout=1 leaves nothing: give a share below 1.")
        self.seed = seed
        self.noise = NoiseSource(seed, name="noise")
        self.built = True

    def call(self, x, training=False):
        """x; in training, some values are 0."""
        if not training:
            return x
        u = tf.random.stateless_uniform(tf.shape(x), self.noise.next(training=True))
        return x * tf.cast(u >= self.rate, x.dtype) / (1.0 - self.rate)

    def compute_output_shape(self, input_shape):
        """The same shape."""
        return input_shape
