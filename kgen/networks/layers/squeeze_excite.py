"""Channel attention: a feature map scales its own channels."""

import keras

from kgen.core.checks.values import check_count
from kgen.core.config import ConfiguredLayer


class SqueezeExcite(ConfiguredLayer):
    """Scales each channel by a number in 0..1 that depends on the whole example.

    `x * sigmoid(W_2 relu(W_1 mean(x) + b_1) + b_2)`, with the mean over height and
    width. `W_1` maps `channels` to `channels // ratio` numbers, `W_2` maps these back.

    Args:
        ratio: Number of channels over the number of hidden units.
        **kwargs: Arguments of `keras.layers.Layer`.

    Raises:
        ValueError: for a ratio below 1, or above the number of channels.

    Example:

    >>> layer = kgen.networks.SqueezeExcite(ratio=4)
    >>> layer(np.ones((2, 5, 5, 8))).shape
    TensorShape([2, 5, 5, 8])

    References:
        [Hu et al., 2018](https://arxiv.org/abs/1709.01507)
    """

    def __init__(self, ratio: int = 16, **kwargs) -> None:
        super().__init__(**kwargs)
        self.ratio = check_count("SqueezeExcite", "ratio", ratio)

    def build(self, input_shape):
        """Makes the two dense layers."""
        channels = input_shape[-1]
        if channels < self.ratio:
            raise ValueError(
                f"SqueezeExcite was given ratio={self.ratio} for {channels} channels, "
                "which leaves no hidden units. Give a ratio of at most "
                f"{channels}."
            )
        options = {"dtype": self.dtype_policy}
        self.squeeze = keras.layers.Dense(channels // self.ratio, "relu", **options)
        self.excite = keras.layers.Dense(channels, "sigmoid", **options)
        self.squeeze.build((None, channels))
        self.excite.build((None, channels // self.ratio))

    def call(self, x):
        """`(batch, height, width, channels)` to the same shape."""
        mean = keras.ops.mean(x, axis=(1, 2), keepdims=True)
        return x * self.excite(self.squeeze(mean))

    def compute_output_shape(self, input_shape):
        """The same shape."""
        return input_shape
