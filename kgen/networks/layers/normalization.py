"""Normalisations by name, and batch normalisation over all replicas."""

import keras
import tensorflow as tf

from kgen.core.config import lookup
from kgen.core.distribution.batch import (
    batch_mean,
    is_unweighted_single_replica,
    weights,
)
from kgen.networks.layers.instance_norm import InstanceNorm


@keras.saving.register_keras_serializable("kgen")
class BatchNorm(keras.layers.BatchNormalization):
    """Keras' layer with the moments of the weighted batch over all replicas.

    N replicas then normalise like one device, and an example of weight 0 does not
    change the others. With one device and no weights it equals Keras' layer; for images
    it is one fused operation.
    """

    def build(self, input_shape):
        """Makes the weights, and decides whether the fused operation applies."""
        super().build(input_shape)
        image = len(input_shape) == 4 and self.axis in (-1, 3)
        plain = self.scale and self.center and not self.renorm
        self.fusible = image and plain and self.compute_dtype != "float64"

    def call(self, inputs, training=None, mask=None):
        """`inputs` normalised; by the batch's own moments if `training`."""
        trained = training and self.trainable and mask is None
        if trained and self.fusible and is_unweighted_single_replica():
            return self.fused(inputs)
        return super().call(inputs, training=training, mask=mask)

    def fused(self, inputs):
        """A batch of images normalised by its own moments; updates their averages."""
        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            tf.cast(inputs, tf.float32),
            tf.convert_to_tensor(self.gamma),
            tf.convert_to_tensor(self.beta),
            epsilon=self.epsilon,
        )
        # This variance is the unbiased estimate, n / (n - 1) times the moment.
        count = tf.cast(tf.size(inputs[..., 0]), tf.float32)
        variance *= (count - 1.0) / count
        for average, value in (
            (self.moving_mean, mean),
            (self.moving_variance, variance),
        ):
            average.assign(average * self.momentum + value * (1.0 - self.momentum))
        return tf.cast(outputs, self.compute_dtype)

    def _moments(self, inputs, mask):
        if is_unweighted_single_replica():
            return super()._moments(inputs, mask)
        inputs = one_row_for_each_weight(inputs)
        inside = self._reduction_axes[1:]
        mean = batch_mean(tf.reduce_mean(inputs, inside))
        squares = tf.math.squared_difference(inputs, mean)
        return mean, batch_mean(tf.reduce_mean(squares, inside))


def one_row_for_each_weight(inputs):
    """`inputs`, or an error unless there is one row for each weight."""
    checked = tf.debugging.assert_equal(
        tf.shape(inputs)[0],
        tf.shape(weights(inputs))[0],
        "Batch normalisation was given another number of rows than weights of "
        "examples. Call the network on batches of the same size as the data's, or "
        "inside `kgen.core.distribution.batch.sample_weights` with the weight of each "
        "row.",
    )
    # In a graph an assertion is an operation, and later operations must wait for it.
    with tf.control_dependencies([checked] if checked is not None else []):
        return tf.identity(inputs)


def normalized(h: keras.KerasTensor, normalization: str | None) -> keras.KerasTensor:
    """A feature map after a normalisation.

    Args:
        h: Symbolic tensor, `(batch, units)` or `(batch, height, width, channels)`.
        normalization: `None`, `"batch"` (statistics of each channel over the batch),
            `"layer"` (of each example over all its values) or `"instance"` (of each
            channel of each image). All scale and shift each channel.

    Returns:
        Symbolic tensor of the same shape.

    Raises:
        ValueError: for another name, or for `"instance"` with vectors.
    """
    if normalization is None:
        return h
    if normalization == "instance" and len(h.shape) != 4:
        raise ValueError(
            "normalization='instance' was given for vectors, but takes statistics over "
            "height and width. Choose 'layer' or 'batch'."
        )
    return lookup("normalization", normalization, NORMALIZATIONS)()(h)


def _batch():
    # Momentum and epsilon of the DCGAN. With Keras' momentum, 0.99, a short training
    # ends with the moving averages of its first steps.
    return BatchNorm(momentum=0.9, epsilon=1e-5)


def _layer():
    return keras.layers.GroupNormalization(groups=1)


def _instance():
    return InstanceNorm()


NORMALIZATIONS = {"batch": _batch, "layer": _layer, "instance": _instance}
