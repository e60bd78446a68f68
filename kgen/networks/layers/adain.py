"""Adaptive instance normalisation: a style sets the moments of each channel."""

import tensorflow as tf

from kgen.core.checks.values import check_number
from kgen.core.config import ConfiguredLayer
from kgen.networks.layers.instance_norm import with_moments


class AdaIN(ConfiguredLayer):
    """`y_s (x - mean) / stddev + y_b`, for each channel of each example.

    Mean and deviation are those of the channel over all positions, so the output has
    the mean `y_b` and the deviation `|y_s|`, whatever the input had. A style thus says
    how strong each feature is, and does not say where. All is computed in float32. The
    layer has no weights.

    Args:
        epsilon: Added to the variance.
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        x: Feature map `(batch, height, width, channels)`.
        scale: `y_s`, `(batch, channels)`.
        shift: `y_b`, `(batch, channels)`.

    Raises:
        ValueError: for a style of another size, or a map with one position only, which
            has no deviation.

    Example:

    >>> x = np.random.default_rng(0).random((1, 8, 8, 2))
    >>> h = kgen.networks.AdaIN()(x, scale=np.ones((1, 2)), shift=np.ones((1, 2)) * 5)
    >>> float(round(np.mean(h), 3)), float(round(np.std(h), 3))
    (5.0, 1.0)

    References:
        [Huang & Belongie, 2017](https://arxiv.org/abs/1703.06868)
    """

    def __init__(self, epsilon: float = 1e-8, **kwargs) -> None:
        super().__init__(**kwargs)
        self.epsilon = check_number("epsilon", epsilon)

    def build(self, x_shape, scale_shape, shift_shape):
        """Checks the shapes."""
        channels = x_shape[-1]
        if (scale_shape[-1], shift_shape[-1]) != (channels, channels):
            raise ValueError(
                f"AdaIN was given a scale of shape {tuple(scale_shape)} and a shift of "
                f"shape {tuple(shift_shape)} for {channels} channels, but expects "
                f"(batch, {channels}) for both."
            )
        if x_shape[1:-1] == (1, 1):
            raise ValueError(
                f"AdaIN was given a feature map of shape {tuple(x_shape)}, but expects "
                "two positions or more: one has no deviation. Shrink the image less "
                "often, by fewer `filters`."
            )

    def call(self, x, scale, shift):
        """The feature map with the moments of its style."""
        h, scale, shift = (tf.cast(value, tf.float32) for value in (x, scale, shift))
        scale, shift = scale[:, None, None], shift[:, None, None]
        return tf.cast(with_moments(h, scale, shift, self.epsilon), x.dtype)

    def compute_output_shape(self, x_shape, scale_shape, shift_shape):
        """The shape of the feature map."""
        return x_shape
