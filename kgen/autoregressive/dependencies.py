"""What a network looks at, measured by its gradients."""

import numpy as np
import tensorflow as tf

from kgen.networks.inputs import apply


def dependencies(network, x, labels=None):
    """How much each output depends on each input: sums of absolute gradients.

    Exact zeros are where there is no path. Of an autoregressive network over images the
    matrix, in raster order, is zero on the diagonal and above it.

    Args:
        network: Network `x[, labels] -> (batch, ..., outputs)` with float inputs.
        x: Examples `(batch, ..., channels)`, at which the gradients are taken; of a
            few, so that an unlucky one hides nothing.
        labels: int32 `(batch,)`, if the network takes them.

    Returns:
        float32 array `(output values, input values)`: the outputs of the value that is
        `i`-th in raster order, on `x` that is `j`-th.
    """
    x = tf.convert_to_tensor(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        output = apply(network, x, labels)
        size = int(np.prod(x.shape[1:]))
        values = tf.reshape(output, [x.shape[0], size, -1])
        # All outputs of a value, none cancelling another.
        values = tf.reduce_sum(values * tf.range(1.0, values.shape[-1] + 1.0), -1)
    jacobian = tape.batch_jacobian(values, x)
    jacobian = tf.reshape(tf.abs(jacobian), [-1, size, size])
    return tf.reduce_sum(jacobian, axis=0).numpy()


def receptive_field(network, data_shape, place=None, num_examples=4, seed=0):
    """What the output at a place sees of an image, `(height, width)`.

    Measured at random images; 0 is what is not seen, and the blind spot of a PixelCNN
    shows.

    Args:
        network: Network over images, unconditional.
        data_shape: `(height, width, channels)`.
        place: Row and column, by default the middle.
        num_examples: Images.
        seed: Integer that fixes them.

    Returns:
        float32 array `(height, width)`, sums of absolute gradients over channels.
    """
    height, width, _ = data_shape
    row, column = place or (height // 2, width // 2)
    rng = np.random.default_rng(seed)
    x = tf.constant(rng.random((num_examples, *data_shape)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        output = apply(network, x)[:, row, column]
        total = tf.reduce_sum(output * tf.range(1.0, output.shape[-1] + 1.0))
    gradient = tape.gradient(total, x)
    if gradient is None:
        return np.zeros((height, width), "float32")
    return tf.reduce_sum(tf.abs(gradient), axis=(0, 3)).numpy()
