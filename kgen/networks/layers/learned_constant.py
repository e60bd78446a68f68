"""A learned feature map that a generator starts from."""

import keras
import tensorflow as tf

from kgen.core.checks.values import check_sizes
from kgen.core.config import ConfiguredLayer


class LearnedConstant(ConfiguredLayer):
    """The same learned values for each example; starts as N(0, 1).

    Args:
        shape: Shape of the values, `(height, width, channels)` of a feature map.
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: Any tensor `(batch, ...)`; only its number of rows matters.

    References:
        [Karras et al., 2019](https://arxiv.org/abs/1812.04948)
    """

    def __init__(self, shape: tuple[int, ...], **kwargs) -> None:
        super().__init__(**kwargs)
        self.shape = check_sizes("LearnedConstant", "shape", shape)

    def build(self, input_shape):
        """Makes the values."""
        self.value = self.add_weight(
            name="value",
            shape=self.shape,
            initializer=keras.initializers.RandomNormal(stddev=1.0),
        )

    def call(self, inputs):
        """`(batch, *shape)`."""
        value = tf.convert_to_tensor(self.value)
        return tf.repeat(value[None], tf.shape(inputs)[0], axis=0)

    def compute_output_shape(self, input_shape):
        """`(batch, *shape)`."""
        return (input_shape[0], *self.shape)
