"""Activations by name: Keras' own, and two that merge several channels into one."""

from collections.abc import Callable

import keras
import tensorflow as tf

from kgen.core.config import ConfiguredLayer

PIECES = {"gated": 2, "maxout": 5}
SLOPE = 0.2  # Slope of a leaky ReLU below 0, Keras' default.


class Gated(ConfiguredLayer):
    """`a * sigmoid(b)`, where `a` and `b` are the two halves of the channels.

    References:
        [Dauphin et al., 2017](https://arxiv.org/abs/1612.08083)
    """

    def call(self, x):
        """`(..., 2 * channels)` to `(..., channels)`."""
        value, gate = keras.ops.split(x, 2, axis=-1)
        return value * keras.ops.sigmoid(gate)


class Maxout(ConfiguredLayer):
    """The largest of each `pieces` neighbouring channels.

    Args:
        pieces: Number of channels that become one.
        **kwargs: Arguments of `keras.layers.Layer`.

    References:
        [Goodfellow et al., 2013](https://arxiv.org/abs/1302.4389)
    """

    def __init__(self, pieces: int = PIECES["maxout"], **kwargs) -> None:
        super().__init__(**kwargs)
        self.pieces = pieces

    def call(self, x):
        """`(..., pieces * channels)` to `(..., channels)`."""
        shape = (-1, *x.shape[1:-1], x.shape[-1] // self.pieces, self.pieces)
        return keras.ops.max(keras.ops.reshape(x, shape), axis=-1)


@keras.saving.register_keras_serializable("kgen")
def leaky_relu(x):
    """`max(x, 0.2 x)`, with a second derivative of 0 that costs nothing.

    With TensorFlow's own function, a gradient penalty passes zeros back through the
    whole network.
    """

    @tf.custom_gradient
    def activate(x):
        output = tf.nn.leaky_relu(x, SLOPE)

        def backward(upstream):
            # Only the sign of x matters, and the output has the same sign.
            return tf.raw_ops.LeakyReluGrad(
                gradients=upstream, features=tf.stop_gradient(output), alpha=SLOPE
            )

        return output, backward

    return activate(x)


def pieces(activation):
    """Number of input channels for each output channel of `activated`."""
    return PIECES.get(activation, 1) if isinstance(activation, str) else 1


def activated(
    h: keras.KerasTensor, activation: str | Callable | None
) -> keras.KerasTensor:
    """A feature map after an activation.

    Args:
        h: Symbolic tensor `(batch, ..., pieces(activation) * channels)`.
        activation: `"gated"`, `"maxout"` (5 pieces), or an activation of Keras, such as
            `"relu"`, or `"leaky_relu"` with the slope 0.2.

    Returns:
        Symbolic tensor `(batch, ..., channels)`.

    Raises:
        ValueError: if the channels cannot be divided among the pieces.
    """
    number = pieces(activation)
    if h.shape[-1] % number:
        raise ValueError(
            f"activation={activation!r} merges {number} channels into one, but there "
            f"are {h.shape[-1]}. Choose a multiple of {number}."
        )
    if activation == "gated":
        return Gated()(h)
    if activation == "maxout":
        return Maxout()(h)
    if activation == "leaky_relu":
        activation = leaky_relu
    return keras.layers.Activation(activation)(h)
