"""The inputs that an output depends on, measured by gradients."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.networks.inputs import CONDITIONS, apply


def dependencies(
    network: keras.Model, x: ArrayLike, labels: ArrayLike | None = None
) -> np.ndarray:
    """How much each output depends on each input: sums of absolute gradients.

    An entry is exactly 0 if there is no path. For an autoregressive network over images
    the matrix, in raster order, is zero on the diagonal and above it.

    Args:
        network: Network `x[, labels] -> (batch, ..., outputs)` with float inputs.
        x: Examples `(batch, ..., channels)` at which gradients are taken. Pass a few,
            as a gradient may be 0 at one example by chance.
        labels: int32 `(batch,)`, if the network takes them.

    Returns:
        float32 array `(output values, input values)`: entry `(i, j)` is that of the
        outputs for the `i`-th value in raster order, by the `j`-th value of `x`.

    Raises:
        ValueError: for a network that takes ints.
    """
    _check_floats(network)
    x = tf.convert_to_tensor(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        output = apply(network, x, labels)
        size = int(np.prod(x.shape[1:]))
        values = tf.reshape(output, [x.shape[0], size, -1])
        values = _mixed(values)
    jacobian = tape.batch_jacobian(values, x)
    jacobian = tf.reshape(tf.abs(jacobian), [-1, size, size])
    return tf.reduce_sum(jacobian, axis=0).numpy()


def receptive_field(
    network: keras.Model,
    data_shape: Sequence[int],
    position: tuple[int, int] | None = None,
    num_examples: int = 4,
    seed: int = 0,
) -> np.ndarray:
    """The pixels of an image that the output at a position depends on.

    Measured at random images. Pixels without influence are 0, which shows the blind
    spot of a PixelCNN.

    Args:
        network: Network over images, unconditional.
        data_shape: `(height, width, channels)`.
        position: Row and column, by default the middle.
        num_examples: Number of random images.
        seed: Integer that fixes the images.

    Returns:
        float32 array `(height, width)`, sums of absolute gradients over channels.

    Raises:
        ValueError: for a network that takes ints, or a position outside of the image.
    """
    _check_floats(network)
    height, width, _ = data_shape
    row, column = position or (height // 2, width // 2)
    if not (0 <= row < height and 0 <= column < width):
        raise ValueError(
            f"position={position} is outside of images of {height} rows and {width} "
            "columns."
        )
    rng = np.random.default_rng(seed)
    x = tf.constant(rng.random((num_examples, *data_shape)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        outputs = _mixed(apply(network, x)[:, row, column])
    gradient = tape.gradient(outputs, x)
    if gradient is None:
        return np.zeros((height, width), "float32")
    return tf.reduce_sum(tf.abs(gradient), axis=(0, 3)).numpy()


def _check_floats(network):
    """Raises a ValueError if there are no gradients to measure."""
    if any(
        t.dtype.startswith("int") for t in network.inputs if t.name not in CONDITIONS
    ):
        raise ValueError(
            f"The network {network.name!r} takes ints, which have no gradients. Build "
            "one of the same kind for float images."
        )


def _mixed(outputs):
    """All outputs of a position in one number, weighted so that none cancel."""
    return tf.reduce_sum(outputs * tf.range(1.0, outputs.shape[-1] + 1.0), axis=-1)
