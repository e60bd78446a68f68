"""Distances of images in the features of another network."""

import keras
import tensorflow as tf

from kgen.core.distances import squared_error
from kgen.networks.inputs import input_shape


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
