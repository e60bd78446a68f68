"""A layer that reverses the gradient."""

import tensorflow as tf

from kgen.core.checks.values import check_number
from kgen.core.config import ConfiguredLayer


class GradientReversal(ConfiguredLayer):
    """The identity; on the way back the gradient is multiplied by `-strength`.

    Layers after it minimise a loss, and layers before it maximise the same loss, in one
    ordinary training step.

    Args:
        strength: 0 or larger; 0 lets no gradient through.
        **kwargs: Arguments of `keras.layers.Layer`.

    Example:

    >>> layer = GradientReversal(strength=0.5)
    >>> layer(np.ones((1, 2))).numpy()
    array([[1., 1.]], dtype=float32)

    References:
        [Ganin et al., 2016](https://arxiv.org/abs/1505.07818)
    """

    def __init__(self, strength: float = 1.0, **kwargs) -> None:
        super().__init__(**kwargs)
        self.strength = check_number("strength", strength)

    def call(self, inputs):
        """The inputs, unchanged."""

        @tf.custom_gradient
        def reverse(inputs):
            return tf.identity(inputs), lambda gradient: -self.strength * gradient

        return reverse(inputs)
