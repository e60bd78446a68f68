"""Features are those of the network itself, beside its output."""

import keras
import numpy as np
import pytest

import kgen
from kgen.networks import apply, with_features
from kgen.networks.features import has_features

RNG = np.random.default_rng(0)


def test_outputs_and_features_are_those_of_the_layers():
    network = kgen.networks.dcgan_discriminator((5, 6, 1), filters=(3, 4))
    x = RNG.random((2, 5, 6, 1)).astype("float32")
    features, output = with_features(network)(x)
    np.testing.assert_allclose(output, network(x), rtol=1e-6)
    kernel = network.get_layer("logits").kernel
    np.testing.assert_allclose(features @ kernel, output, rtol=1e-4)
    name = network.layers[2].name
    found, _ = with_features(network, name)(x)
    np.testing.assert_allclose(
        found, keras.Model(network.input, network.layers[2].output)(x)
    )


def test_a_condition_reaches_both_outputs():
    network = kgen.networks.mlp_discriminator((2,), (4,), num_classes=3)
    x, labels = RNG.normal(size=(3, 2)).astype("float32"), np.arange(3)
    features, output = apply(with_features(network), x, labels)
    assert features.shape == (3, 4)
    np.testing.assert_allclose(output, apply(network, x, labels), rtol=1e-6)


def test_a_missing_layer_is_named():
    inputs = keras.Input((2,))
    network = keras.Model(inputs, keras.layers.Dense(1, name="end")(inputs))
    assert not has_features(network) and has_features(network, "end")
    with pytest.raises(ValueError, match="no layer 'logits'.*feature_layer.*: .*end"):
        with_features(network)
