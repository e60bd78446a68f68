"""Which networks treat each row of a batch on its own."""

import keras
import numpy as np
import pytest

from kgen import networks
from kgen.networks.rowwise import is_rowwise

SHAPE = (8, 9, 2)
X = np.random.default_rng(0).random((4, *SHAPE)).astype("float32")


def own(operation):
    x = keras.Input(SHAPE)
    return keras.Model(x, operation(x))


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        (networks.resnet_translator(SHAPE, 2, (4, 4), 1), True),
        (networks.resnet_translator(SHAPE, 2, (4,), 1, residual=True), True),
        (networks.resnet_translator(SHAPE, 2, (4,), 1, normalization="batch"), False),
        (networks.patch_discriminator(SHAPE, (4, 4)), True),
        (networks.patch_discriminator(SHAPE, (4, 4), normalization="layer"), True),
        (networks.style_discriminator((8, 8, 2), (4, 4)), False),
        (keras.Sequential([keras.layers.Dense(3)]), True),
        (keras.Sequential([keras.layers.BatchNormalization()]), False),
        (own(lambda x: keras.layers.Add()([x, keras.layers.Dense(2)(x)])), True),
        (own(lambda x: x + keras.layers.Dense(2)(x)), False),
        (own(keras.layers.Activation(lambda x: x - x[:1])), False),
        (own(keras.layers.Dense(2, activation=lambda x: x - x[:1])), False),
        (own(lambda x: keras.layers.Concatenate(axis=0)([x, x])), False),
        (own(keras.layers.Dropout(0.5, noise_shape=(1, 9, 2))), False),
        (own(lambda x: x - keras.ops.mean(x, axis=0, keepdims=True)), False),
        (own(keras.Sequential([keras.layers.BatchNormalization()])), False),
        (own(keras.layers.Lambda(lambda x: x[::-1])), False),
    ],
)
def test_it_is_known_of_layers(network, expected):
    assert is_rowwise(network) == expected
    if expected:
        together = np.asarray(network(X, training=True))
        alone = [np.asarray(network(X[i : i + 1], training=True)) for i in range(4)]
        np.testing.assert_allclose(together, np.concatenate(alone), atol=1e-5)


def test_nothing_is_known_of_a_subclass():
    class Network(keras.Model):
        def call(self, x):
            return x

    class Centred(keras.Model):
        def call(self, *args, **kwargs):
            h = super().call(*args, **kwargs)
            return h - keras.ops.mean(h, axis=0)

    assert not is_rowwise(Network())
    x = keras.Input(SHAPE)
    assert not is_rowwise(Centred(x, keras.layers.Dense(2)(x)))
