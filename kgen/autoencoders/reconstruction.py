"""The shared part of autoencoders: `call` and `predict` reconstruct."""

from __future__ import annotations

import keras
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core.hints import Data
from kgen.core.verbs import verb
from kgen.networks.inputs import check_takers, input_shape
from kgen.networks.tied import tie


class EncoderDecoder:
    """Adds `reconstruct`; `model(x)` and `predict` do the same.

    For a model with the verbs `encode` and `decode`.
    """

    def set_networks(self, encoder, decoder):
        """Assigns the networks and their input shapes."""
        self.encoder = encoder
        self.decoder = decoder
        self.data_shape = input_shape(encoder, "x")
        self.latent_shape = input_shape(decoder, "z")
        tie(decoder, encoder)
        check_takers(self, encoder, decoder)

    @verb(returns="x")
    def reconstruct(self, x: Data, labels: ArrayLike | None = None) -> tf.Tensor:
        """`decode(encode(x))`: `(batch, *data_shape)`, in [0, 1] for images."""
        return self.decode(self.encode(x, labels), labels)

    def call(self, x, labels=None):
        """The same as `reconstruct`, inside a graph too."""
        return self.decode(self.encode(x, labels), labels)

    def predict_step(self, data):
        """The reconstruction of a batch, `x` or `(x, labels)`, for `predict`."""
        parts, _ = self.unpack(data)
        x, labels = parts["x"], parts["labels"]
        return self(x, labels)


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
