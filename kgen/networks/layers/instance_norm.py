"""Instance normalisation: moments of each channel of each image."""

import tensorflow as tf

from kgen.core.checks.values import check_number
from kgen.core.config import ConfiguredLayer


class InstanceNorm(ConfiguredLayer):
    """`gamma (x - mean) / stddev + beta`, for each channel of each example.

    Mean and deviation are those of the channel over all positions. Of an image of any
    contrast the output has the mean `beta` and the deviation `|gamma|`, as long as the
    variance is well above `epsilon`. All is computed in float32, and the gradient is
    written out.

    Args:
        epsilon: Added to the variance.
        **kwargs: Arguments of `keras.layers.Layer`.

    Raises:
        ValueError: for anything but feature maps `(batch, height, width, channels)`.

    Example:

    >>> x = np.random.default_rng(0).random((2, 8, 8, 3))
    >>> h = np.asarray(kgen.networks.InstanceNorm()(x))
    >>> bool(np.all(np.abs(h.mean((1, 2))) < 1e-5))
    True

    References:
        [Ulyanov et al., 2016](https://arxiv.org/abs/1607.08022)
    """

    def __init__(self, epsilon: float = 1e-3, **kwargs) -> None:
        super().__init__(**kwargs)
        self.epsilon = check_number("epsilon", epsilon)

    def build(self, input_shape):
        """Makes scale and shift of each channel."""
        if len(input_shape) != 4 or input_shape[-1] is None:
            raise ValueError(
                f"InstanceNorm was given an input of shape {tuple(input_shape)}, but "
                "expects (batch, height, width, channels), with known channels."
            )
        weight = {"shape": input_shape[-1:], "dtype": "float32", "autocast": False}
        self.gamma = self.add_weight(name="gamma", initializer="ones", **weight)
        self.beta = self.add_weight(name="beta", initializer="zeros", **weight)

    def call(self, x):
        """The feature map normalised, `(batch, height, width, channels)`."""
        h = tf.cast(x, tf.float32)
        scale, shift = map(tf.convert_to_tensor, (self.gamma, self.beta))
        return tf.cast(with_moments(h, scale, shift, self.epsilon), x.dtype)

    def compute_output_shape(self, input_shape):
        """The same shape."""
        return input_shape


def with_moments(x, scale, shift, epsilon):
    """`scale (x - mean) / sqrt(variance + epsilon) + shift`.

    Args:
        x: float32 `(batch, height, width, channels)`.
        scale: `(channels,)`, or `(batch, 1, 1, channels)`.
        shift: The same.
        epsilon: A number.
    """
    each = [tf.shape(x)[0], 1, 1, x.shape[-1]]
    scale, shift = (tf.broadcast_to(values, each) for values in (scale, shift))

    @tf.custom_gradient
    def normalised(x, scale, shift):
        def gradient(dy):
            # Anew from x: what the forward pass has kept has no second derivative. In
            # a graph TensorFlow computes equal operations once.
            centred, precision = _standard(x, epsilon)
            count = tf.cast(tf.shape(x)[1] * tf.shape(x)[2], tf.float32)
            along, across = _mean(dy), _mean(dy * centred) * precision
            slope = scale * precision
            dx = slope * (dy - along) - centred * (slope * precision * across)
            return dx, count * across, count * along

        centred, precision = _standard(x, epsilon)
        return centred * (scale * precision) + shift, gradient

    return normalised(x, scale, shift)


def _standard(x, epsilon):
    """x without its means, and the reciprocals of its deviations."""
    centred = x - _mean(x)
    return centred, tf.math.rsqrt(_mean(tf.square(centred)) + epsilon)


def _mean(x):
    return tf.reduce_mean(x, [1, 2], keepdims=True)
