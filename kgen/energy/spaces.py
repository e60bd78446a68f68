"""Where the data of an energy lies, in the units of its network."""

import math

import tensorflow as tf

from kgen.core.scaling import Standardization, UnitScaling


class Cube(UnitScaling):
    """Data in [0, 1], which the network sees as `y = 2 x - 1`.

    Chains stay in [-1, 1]: what leaves it is reflected at the walls. They start from
    the uniform distribution.

    Args:
        data_shape: Shape of an example.
    """

    def __init__(self, data_shape):
        super().__init__(data_shape)

    def inside(self, y):
        """Points that walls have reflected, and the signs of their directions."""
        # A path between two mirrors has period 4.
        phase = tf.math.floormod(y + 1.0, 4.0)
        return 1.0 - tf.abs(phase - 2.0), tf.where(phase < 2.0, 1.0, -1.0)

    def start(self, normal, uniform):
        """Draws of the start from functions that draw noise; uniform in the cube."""
        return 2.0 * uniform() - 1.0

    def log_prob_of_start(self, y):
        """log density of the start, nats, `(batch,)`, at points in the cube."""
        return tf.fill(tf.shape(y)[:1], self.log_det_scaling())


class Everywhere(Standardization):
    """Data of any values, which the network sees standardised; no walls.

    Chains start from the standard normal distribution.
    """

    def inside(self, y):
        """The points as they are, and 1."""
        return y, tf.ones_like(y)

    def start(self, normal, uniform):
        """Draws of the start from functions that draw noise; normal."""
        return normal()

    def log_prob_of_start(self, y):
        """log density of the start, nats, `(batch,)`."""
        size = math.prod(self.data_shape)
        square = tf.reduce_sum(tf.reshape(y, [-1, size]) ** 2, axis=1)
        return -0.5 * square - 0.5 * size * math.log(2.0 * math.pi)


def space_of(data_shape, data_range):
    """The `Cube` for data in [0, 1]; else `Everywhere`."""
    if data_range is None:
        return Everywhere(data_shape, name="space")
    return Cube(data_shape)
