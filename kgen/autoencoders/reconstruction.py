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


def cross_entropy(x, reconstruction):
    """Mean binary cross-entropy in nats, one value per example; both in [0, 1]."""
    axes = tuple(range(1, len(x.shape)))
    return keras.ops.mean(keras.ops.binary_crossentropy(x, reconstruction), axis=axes)
