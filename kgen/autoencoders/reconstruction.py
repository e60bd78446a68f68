"""Errors of reconstructions."""

import keras
import tensorflow as tf

from kgen.networks.inputs import input_shape


def squared_error(x, reconstruction):
    """Mean squared difference, one value per example."""
    return keras.ops.mean(keras.ops.square(x - reconstruction), _axes(x))


def cross_entropy(x, reconstruction):
    """Mean binary cross-entropy in nats, one value per example; both in [0, 1]."""
    return keras.ops.mean(
        keras.ops.binary_crossentropy(x, reconstruction), axis=_axes(x)
    )


def check_features(network, data_shape):
    """Raises a ValueError unless a feature network takes data of this shape."""
    found = input_shape(network, "x")
    if not tf.TensorShape(found).is_compatible_with(data_shape):
        raise ValueError(
            f"The feature network takes x of shape {found}, but the data has "
            f"{data_shape}. Train it on data of that shape."
        )


def feature_distance(network, x, reconstruction):
    """`sum_j |f_j(reconstruction) - f_j(x)|^2 / size of f_j`, one value per example.

    Args:
        network: `keras.Model` from `x` to a feature map or several, `f_j`.
        x: Data `(batch, *data_shape)`.
        reconstruction: The same shape.
    """

    def features(images):
        maps = keras.tree.flatten(network(images, training=False))
        return [keras.ops.cast(values, "float32") for values in maps]

    pairs = zip(features(x), features(reconstruction), strict=True)
    return sum(squared_error(real, fake) for real, fake in pairs)


def _axes(x):
    return tuple(range(1, len(x.shape)))
