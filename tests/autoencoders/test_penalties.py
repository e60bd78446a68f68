"""Penalties: against closed forms, Keras' regulariser and finite differences."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import special

import kgen
from kgen.autoencoders import penalties
from kgen.autoencoders.corruptions import Corruption
from kgen.autoencoders.penalties import (
    L1,
    Contractive,
    KLSparsity,
    jacobian_norm,
    single_dense_layer,
)
from kgen.core.distribution.batch import sample_weights
from kgen.networks import conv_encoder, mlp_autoencoder, mlp_encoder

X = np.random.default_rng(0).normal(size=(7, 3, 2)).astype("float32")


def encoder(activation, hidden=()):
    network = mlp_encoder((3, 2), 4, hidden, output_activation=activation)
    rng = np.random.default_rng(1)
    network.set_weights([rng.normal(size=w.shape) for w in network.get_weights()])
    return network


def test_l1_is_the_activity_regulariser_of_keras():
    """The lecture's sparse autoencoder, once by penalty and once by regulariser."""
    networks = mlp_autoencoder((6,), 4, (5,), code_activation="relu")
    model = kgen.Autoencoder(*networks, code_penalty=L1(0.01))
    model.compile()
    x = X.reshape(7, 6)
    found = model.evaluate(x, batch_size=7, verbose=0, return_dict=True)
    *others, _ = networks[0].layers
    code = keras.layers.Dense(
        4, "relu", activity_regularizer=keras.regularizers.L1(0.01)
    )
    regularised = keras.Model(networks[0].input, code(others[-1].output))
    regularised.set_weights(networks[0].get_weights())
    other = kgen.Autoencoder(regularised, networks[1])
    other.compile()
    expected = other.evaluate(x, batch_size=7, verbose=0, return_dict=True)
    assert found["loss"] == pytest.approx(expected["loss"], rel=1e-5)
    codes = np.abs(model.encode(x)).sum(axis=1)
    assert found["code_penalty"] == pytest.approx(0.01 * codes.mean(), rel=1e-5)


def test_kl_sparsity_is_the_divergence_of_the_batch_mean():
    z = np.random.default_rng(0).uniform(0.01, 0.9, (7, 4)).astype("float32")
    found = KLSparsity(2.0, rho=0.1)(None, None, tf.constant(z)).numpy()
    mean = z.mean(axis=0)
    kl = special.rel_entr(0.1, mean) + special.rel_entr(0.9, 1 - mean)
    np.testing.assert_allclose(found, np.full(7, 2.0 * kl.sum()), rtol=1e-5)


def test_kl_sparsity_counts_examples_by_their_weight():
    z = np.random.default_rng(0).uniform(0.1, 0.9, (3, 2)).astype("float32")
    weighted = np.array([2.0, 1.0, 0.0], "float32")
    with sample_weights(tf.constant(weighted)):
        found = KLSparsity()(None, None, tf.constant(z)).numpy()
    repeated = KLSparsity()(None, None, tf.constant(z[[0, 0, 1]])).numpy()
    np.testing.assert_allclose(found, repeated, rtol=1e-6)


def test_kl_sparsity_reaches_its_target():
    x = np.random.default_rng(0).random((400, 6)).astype("float32")
    networks = mlp_autoencoder((6,), 5, code_activation="sigmoid")
    model = kgen.Autoencoder(*networks, code_penalty=KLSparsity(1.0, rho=0.1))
    model.compile(keras.optimizers.Adam(0.02))
    model.fit(tf.data.Dataset.from_tensors(x).repeat(400), verbose=0)
    np.testing.assert_allclose(np.mean(model.encode(x), axis=0), 0.1, atol=0.01)


def test_kl_sparsity_wants_codes_between_0_and_1():
    networks = mlp_autoencoder((6,), 2, code_activation="relu")
    with pytest.raises(ValueError, match="ends with 'relu'.*sigmoid.*L1"):
        kgen.Autoencoder(*networks, code_penalty="kl_sparsity")


@pytest.mark.parametrize("activation", [None, "relu", "sigmoid", "tanh"])
def test_contractive_closed_form_is_the_jacobian(activation):
    network = encoder(activation)
    assert single_dense_layer(network) is not None
    z = network(X)
    found = Contractive(0.5)(network, X, z)
    expected = 0.5 * jacobian_norm(network, tf.constant(X)).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_contractive_closed_form_of_the_literature():
    """`sum_j (h_j (1 - h_j))^2 sum_i W_ij^2` for a sigmoid."""
    network = encoder("sigmoid")
    kernel, _ = network.get_weights()
    h = np.asarray(network(X), "float64")
    expected = ((h * (1 - h)) ** 2 * (kernel**2).sum(axis=0)).sum(axis=1)
    found = Contractive(1.0)(network, X, network(X))
    np.testing.assert_allclose(found, expected, rtol=1e-4)


@pytest.mark.parametrize(
    "network",
    [
        encoder("tanh", hidden=(5,)),
        conv_encoder((3, 2, 1), 3, filters=(2,), activation="tanh"),
    ],
    ids=["deep", "convolutional"],
)
def test_jacobian_of_other_encoders_by_finite_differences(network):
    assert single_dense_layer(network) is None
    x = X.reshape(7, *network.input_shape[1:])
    found = jacobian_norm(network, tf.constant(x)).numpy()
    expected, step = np.zeros(7), 1e-2
    for i in range(6):
        shift = step * np.eye(6, dtype="float32")[i].reshape(x.shape[1:])
        slope = np.asarray(network(x + shift) - network(x - shift)) / (2 * step)
        expected += (slope**2).sum(axis=1)
    np.testing.assert_allclose(found, expected, rtol=0.01, atol=1e-4)


@pytest.mark.parametrize(
    "layers",
    [
        [keras.layers.Dense(3, "sigmoid"), keras.layers.Flatten()],
        [keras.layers.Flatten(), keras.layers.Dense(3, keras.layers.LeakyReLU())],
    ],
    ids=["a layer for each place", "another activation"],
)
def test_the_closed_form_is_left_where_it_does_not_hold(layers):
    network = keras.Sequential([keras.Input((3, 2)), *layers])
    assert single_dense_layer(network) is None
    found = Contractive(1.0)(network, tf.constant(X), network(X))
    np.testing.assert_allclose(found, jacobian_norm(network, tf.constant(X)))


class Brighter(Corruption):
    """Adds 1."""

    def __call__(self, x, key):
        return x + 1.0


def test_contraction_is_at_what_is_encoded():
    networks = mlp_autoencoder((6,), 4, code_activation="sigmoid")
    model = kgen.Autoencoder(
        *networks, code_penalty=Contractive(1.0), corruption="blur"
    )
    model.corruption = Brighter()
    x = tf.constant(X.reshape(7, 6))
    expected = jacobian_norm(networks[0], x + 1.0)
    found = model.objective(x)["code_penalty"]
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_contraction_makes_codes_robust():
    """The same network, data and steps: with the penalty codes move less."""
    x = np.random.default_rng(0).random((200, 8)).astype("float32")
    moved = {}
    for weight in (0.0, 0.1):
        keras.utils.set_random_seed(0)
        networks = mlp_autoencoder((8,), 4, (16,), "tanh", code_activation="tanh")
        model = kgen.Autoencoder(*networks, code_penalty=Contractive(weight))
        model.compile(keras.optimizers.Adam(0.01))
        model.fit(tf.data.Dataset.from_tensors(x).repeat(150), verbose=0)
        moved[weight] = float(np.mean(jacobian_norm(networks[0], tf.constant(x))))
    assert moved[0.1] < 0.3 * moved[0.0]


def test_penalties_by_name_and_unknown_ones():
    assert isinstance(penalties.get("l1"), L1)
    assert penalties.get(None) is None
    with pytest.raises(ValueError, match="Unknown code_penalty 'l2'.*contractive"):
        penalties.get("l2")
