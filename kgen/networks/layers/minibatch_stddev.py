"""The deviation over the batch as a feature, which shows a lack of variety."""

import keras
import tensorflow as tf

from kgen.core.config import ConfiguredLayer
from kgen.core.distribution.batch import SHARED_STATE, batch_mean
from kgen.networks.layers.normalization import one_row_for_each_weight


class MinibatchStddev(ConfiguredLayer):
    """Appends one channel, the mean over all features of their deviation in the batch.

    In training the deviation is that of the weighted batch over all replicas. In
    inference it is a moving average, as in batch normalisation: the output for an
    example then does not depend on the other examples of its batch.

    Args:
        momentum: Momentum of the moving average, from 0 to below 1.
        **kwargs: Arguments of `keras.layers.Layer`.

    References:
        [Karras et al., 2018](https://arxiv.org/abs/1710.10196)
    """

    EPSILON = 1e-8

    def __init__(self, momentum: float = 0.99, **kwargs) -> None:
        super().__init__(**kwargs)
        self.momentum = momentum

    def build(self, input_shape):
        """Makes the moving average."""
        self.moving_stddev = self.add_weight(
            name="moving_stddev",
            shape=(),
            initializer="ones",
            dtype="float32",
            **SHARED_STATE,
        )

    def compute_output_shape(self, input_shape):
        """The shape of the input with one more channel."""
        return (*input_shape[:-1], input_shape[-1] + 1)

    def call(self, inputs, training=False):
        """The features with the deviation appended: `(batch, ..., channels + 1)`."""
        if training:
            values = one_row_for_each_weight(tf.cast(inputs, tf.float32))
            variance = batch_mean(
                tf.math.squared_difference(values, batch_mean(values))
            )
            stddev = tf.reduce_mean(tf.sqrt(variance + self.EPSILON))
            moving = tf.convert_to_tensor(self.moving_stddev)
            step = (1.0 - self.momentum) * (tf.stop_gradient(stddev) - moving)
            self.moving_stddev.assign(moving + step)
        else:
            stddev = tf.convert_to_tensor(self.moving_stddev)
        shape = tf.concat([tf.shape(inputs)[:-1], [1]], 0)
        channel = tf.cast(tf.broadcast_to(stddev, shape), inputs.dtype)
        return keras.ops.concatenate([inputs, channel], axis=-1)
