"""Noise on feature maps, for details that are no part of a style."""

import math

import keras

from kgen.core.checks.values import check_count, check_number
from kgen.core.config import ConfiguredLayer


class NoiseInjection(ConfiguredLayer):
    """`x + strength * noise`: one value of noise for each position, of all channels.

    The strength of each channel is learned. The noise is an input, so the layer draws
    none. All layers of a network share one vector of noise, and each takes its own
    part.

    Args:
        start: Place in the vector of noise at which the layer's part starts, 0 or
            larger. The part has a value for each position.
        initial: Strength of each channel before training. The paper starts at 0.
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        x: Feature map `(batch, height, width, channels)`.
        noise: `(batch, noise_dim)`, N(0, 1).

    Attributes:
        size: Number of positions, known once the layer is built.

    Raises:
        ValueError: for a vector of noise that ends before the layer's part.

    References:
        [Karras et al., 2019](https://arxiv.org/abs/1812.04948)
    """

    def __init__(self, start: int = 0, initial: float = 0.1, **kwargs) -> None:
        super().__init__(**kwargs)
        self.start = check_count("NoiseInjection", "start", start, fewest=0)
        self.initial = check_number("initial", initial)

    def build(self, x_shape, noise_shape):
        """Makes the strength of each channel."""
        self.size = math.prod(x_shape[1:-1])
        if noise_shape[-1] < self.start + self.size:
            raise ValueError(
                f"NoiseInjection takes the values from {self.start} to "
                f"{self.start + self.size - 1} of the noise, but was given "
                f"{noise_shape[-1]} values for each example."
            )
        self.strength = self.add_weight(
            name="strength",
            shape=(x_shape[-1],),
            initializer=keras.initializers.Constant(self.initial),
        )

    def call(self, x, noise):
        """The feature map with noise, of the same shape."""
        part = noise[:, self.start : self.start + self.size]
        part = keras.ops.reshape(part, (-1, *x.shape[1:-1], 1))
        return x + self.strength * keras.ops.cast(part, x.dtype)

    def compute_output_shape(self, x_shape, noise_shape):
        """The shape of the feature map."""
        return x_shape
