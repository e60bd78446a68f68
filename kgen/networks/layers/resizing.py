"""Images in another size: linear interpolation, and means for smaller ones."""

import tensorflow as tf

from kgen.core.config import ConfiguredLayer
from kgen.core.resizing import linear


class Resized(ConfiguredLayer):
    """Images in a given size.

    Input and output: `(batch, height, width, channels)`.

    Args:
        height: Height of the output.
        width: Width of the output.
        **kwargs: Arguments of `keras.layers.Layer`.
    """

    def __init__(self, height: int, width: int, **kwargs) -> None:
        super().__init__(**kwargs)
        self.height = height
        self.width = width

    def call(self, x):
        """The resized images."""
        return linear(x, (self.height, self.width))

    def compute_output_shape(self, input_shape):
        """The given height and width."""
        return (input_shape[0], self.height, self.width, input_shape[-1])


class ResizedLike(ConfiguredLayer):
    """The first of two images in the height and width of the second.

    Input: two images `(batch, height, width, channels)`. Output: `(batch, height of the
    second, width of the second, channels of the first)`.
    """

    def call(self, inputs):
        """The resized image."""
        x, like = inputs
        return linear(x, tf.unstack(tf.shape(like)[1:3]))

    def compute_output_shape(self, input_shape):
        """The size of the second image, with the channels of the first."""
        x, like = input_shape
        return (*like[:3], x[-1])
