"""Normalisation of the feature vector of each pixel."""

import keras

from kgen.core.config import ConfiguredLayer


class PixelNorm(ConfiguredLayer):
    """`x / sqrt(mean(x^2) + 1e-8)`, the mean over the last axis.

    Each vector of features, at each pixel, gets the root mean square 1. There are no
    weights. The layer keeps a generator's values from growing without end.

    References:
        [Karras et al., 2018](https://arxiv.org/abs/1710.10196)
    """

    EPSILON = 1e-8

    def call(self, inputs):
        """The normalised features, of the same shape."""
        # In float32: the square of a float16 may overflow.
        square = keras.ops.square(keras.ops.cast(inputs, "float32"))
        mean = keras.ops.mean(square, axis=-1, keepdims=True)
        scale = keras.ops.rsqrt(mean + self.EPSILON)
        return inputs * keras.ops.cast(scale, inputs.dtype)
