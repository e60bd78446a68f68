"""Values limited to [0, 1], with a way back from outside."""

import tensorflow as tf

from kgen.core.config import ConfiguredLayer


class UnitClip(ConfiguredLayer):
    """`min(max(x, 0), 1)`, with a gradient outside [0, 1] where it leads back inside.

    A plain clip has no gradient there: a network whose output has left [0, 1] would
    stay outside for ever.

    Example:

    >>> np.array(kgen.networks.UnitClip()(np.array([[-1.0, 0.3, 2.0]])))
    array([[0. , 0.3, 1. ]], dtype=float32)
    """

    def call(self, inputs):
        """The limited values, of the same shape."""
        return unit_clip(tf.convert_to_tensor(inputs))

    def compute_output_shape(self, input_shape):
        """The same shape."""
        return input_shape


@tf.custom_gradient
def unit_clip(x):
    """The function of `UnitClip`."""

    def gradient(upstream):
        # A step of descent goes against the gradient.
        above, below = (x > 1) & (upstream < 0), (x < 0) & (upstream > 0)
        return tf.where(above | below, tf.zeros_like(upstream), upstream)

    return tf.clip_by_value(x, 0.0, 1.0), gradient
