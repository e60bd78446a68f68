"""The autoencoder: its losses, its networks, and that a linear one is PCA."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.linalg import subspace_angles
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

import kgen
from kgen.autoencoders.linear import pca_normalize, principal_axes
from kgen.autoencoders.penalties import KLSparsity
from kgen.networks import (
    mlp_autoencoder,
    mlp_decoder,
    mlp_encoder,
    pooled_decoder,
    pooled_encoder,
)
from kgen.networks.perceptual import feature_distance
from kgen.testing import check_precision, check_replicas, check_saving


def autoencoder(output_activation, **kwargs):
    encoder = mlp_encoder((4, 2), 3, hidden=(5,))
    decoder = mlp_decoder(3, (4, 2), output_activation=output_activation)
    model = kgen.Autoencoder(encoder, decoder, **kwargs)
    model.compile()
    return model


X = np.random.default_rng(0).random((6, 4, 2)).astype("float32")


def squared_error(x, y):
    return np.mean((x - y) ** 2)


def cross_entropy(x, y):
    return -np.mean(x * np.log(y) + (1 - x) * np.log(1 - y))


@pytest.mark.parametrize(
    ("activation", "loss"),
    [(None, squared_error), ("relu", squared_error), ("sigmoid", cross_entropy)],
)
def test_loss_follows_the_output_activation(activation, loss):
    model = autoencoder(activation)
    expected = loss(X, model.reconstruct(X).numpy())
    logs = model.evaluate(X, verbose=0, return_dict=True)
    assert logs["loss"] == pytest.approx(expected, rel=1e-4)
    assert logs["reconstruction"] == logs["loss"]


def test_loss_can_be_chosen():
    model = autoencoder("sigmoid", reconstruction_loss="mse")
    expected = squared_error(X, model.reconstruct(X).numpy())
    logs = model.evaluate(X, verbose=0, return_dict=True)
    assert logs["loss"] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("activation", "kwargs", "message"),
    [
        ("tanh", {}, "ends with 'tanh'.*reconstruction_loss.*bce, mse"),
        (None, {"reconstruction_loss": "l2"}, "Unknown reconstruction_loss 'l2'"),
    ],
)
def test_undecided_and_unknown_losses(activation, kwargs, message):
    with pytest.raises(ValueError, match=message):
        autoencoder(activation, **kwargs)


def test_reconstruct_call_and_predict_are_decode_of_encode():
    model = autoencoder("sigmoid")
    expected = model.decode(model.encode(X)).numpy()
    assert expected.shape == X.shape
    np.testing.assert_allclose(model.reconstruct(X), expected, rtol=1e-5)
    np.testing.assert_allclose(model(X), expected, rtol=1e-5)
    np.testing.assert_allclose(model.predict(X, verbose=0), expected, rtol=1e-5)


def test_terms_follow_the_configuration():
    assert autoencoder(None).terms == ("loss", "reconstruction")
    features = keras.Sequential([keras.Input((4, 2)), keras.layers.Dense(3)])
    model = autoencoder(None, code_penalty="l1", feature_network=features)
    assert model.terms == ("loss", "reconstruction", "code_penalty", "perceptual")
    logs = model.fit(X, verbose=0).history
    others = sum(logs[name][0] for name in model.terms[1:])
    assert logs["loss"][0] == pytest.approx(others, rel=1e-5)


def test_perceptual_loss_is_the_mean_squared_difference_of_features():
    """`1 / (C H W) |f_j(y) - f_j(x)|^2`, summed over the feature maps j."""
    x = keras.Input((4, 2))
    first = keras.layers.Dense(3, "relu")(x)
    second = keras.layers.BatchNormalization()(keras.layers.Conv1D(5, 2)(first))
    features = keras.Model(x, [first, second])
    model = autoencoder(None, feature_network=features, feature_weight=0.5)
    pairs = zip(features(X), features(model.reconstruct(X)), strict=True)
    expected = 0.5 * sum(squared_error(real, fake) for real, fake in pairs)
    logs = model.evaluate(X, verbose=0, return_dict=True)
    assert logs["perceptual"] == pytest.approx(float(expected), rel=1e-4)
    before = features.get_weights()
    model.fit(X, verbose=0)  # In training, too, the feature network stays as it is.
    for one, other in zip(before, features.get_weights(), strict=True):
        assert np.array_equal(one, other)
    check_saving(model, X)
    check_precision(model, X)


def test_features_are_those_of_inference():
    network = keras.Sequential([keras.Input((4, 2)), keras.layers.Dropout(0.5)])
    assert not np.any(feature_distance(network, X, X))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"corruption": keras.layers.GaussianNoise(0.1)},
            "a GaussianNoise.*Corruption",
        ),
        ({"code_penalty": 0.1}, "code_penalty was given as a float.*kl_sparsity, l1"),
        (
            {"feature_network": mlp_encoder((5,), 2)},
            r"takes x of shape \(5,\).*data has \(4, 2\)",
        ),
    ],
)
def test_settings_of_another_kind(settings, message):
    with pytest.raises(ValueError, match=message):
        autoencoder(None, **settings)


def test_recipe_follows_the_data():
    vectors = kgen.build("autoencoder", (5,))
    vectors.fit(np.random.default_rng(0).normal(size=(8, 5)), verbose=0)
    assert kgen.build("autoencoder", (4, 3, 1)).data_range == (0.0, 1.0)
    for name in ("conv-autoencoder", "vq-vae"):
        with pytest.raises(ValueError, match=r"shape \(5,\).*expect images.*'mlp'"):
            kgen.build(name, (5,))


def test_tied_weights_are_transposes_trained_and_saved_once():
    networks = mlp_autoencoder((4, 2), 3, (5,), "tanh", tied=True)
    model = kgen.Autoencoder(*networks)
    model.compile()
    assert model.count_params() - 3 == 8 * 5 + 5 + 5 * 3 + 3 + 5 + 8  # 3 of noise.
    model.fit(X, verbose=0)
    (first, _), (second, _) = (layer.get_weights() for layer in dense(networks[0]))
    inner, outer = (layer.get_weights()[0] for layer in networks[1].layers[1:3])
    z = model.encode(X).numpy()
    expected = np.tanh(z @ second.T + inner) @ first.T + outer
    np.testing.assert_allclose(
        model.decode(z).numpy().reshape(6, 8), expected, rtol=1e-4, atol=1e-5
    )
    check_saving(model, X)
    check_replicas(model, X)
    check_precision(model, X)


def dense(network):
    return [layer for layer in network.layers if layer.weights]


def test_tied_decoder_needs_its_encoder():
    _, decoder = mlp_autoencoder((4, 2), 3, tied=True)
    with pytest.raises(
        ValueError, match="tied to the encoder's layer 'dense.*Pass both"
    ):
        decoder(np.zeros((1, 3)))
    with pytest.raises(ValueError, match="cannot be tied.*without num_classes"):
        mlp_autoencoder((4, 2), 3, tied=True, num_classes=2)
    with pytest.raises(ValueError, match="cannot be tied.*dense layers"):
        kgen.build("autoencoder", (8, 8, 1), network="conv", tied=True)


def test_kl_sparsity_on_replicas_is_that_of_the_whole_batch():
    """Its mean goes over all replicas, and so does its gradient."""
    networks = mlp_autoencoder((4, 2), 3, (5,), code_activation="sigmoid")
    model = kgen.Autoencoder(*networks, code_penalty=KLSparsity(0.3))
    model.compile()
    check_replicas(model, X)


def test_code_that_is_a_grid():
    encoder = pooled_encoder((8, 6, 1), (3, 2))
    model = kgen.Autoencoder(encoder, pooled_decoder((8, 6, 1), (2, 3)))
    model.compile()
    assert model.latent_shape == (2, 2, 2)
    x = np.random.default_rng(0).random((6, 8, 6, 1)).astype("float32")
    model.fit(x, verbose=0)
    assert model.encode(x).shape == (6, 2, 2, 2)
    check_saving(model, x)


@pytest.fixture(scope="module")
def linear():
    """A linear autoencoder and PCA of the same 10 numbers, on normalised digits."""
    x = pca_normalize(load_digits().images[:600].reshape(600, 64) / 16)
    x = x.astype("float32")
    keras.utils.set_random_seed(0)
    model = kgen.build("linear-autoencoder", (64,))
    rate = keras.optimizers.schedules.CosineDecay(0.01, 2000)
    # Squared errors of normalised data are so small that epsilon would matter.
    model.compile(keras.optimizers.Adam(rate, epsilon=1e-12))
    model.fit(tf.data.Dataset.from_tensors(x).repeat(2000), verbose=0)
    return model, PCA(10).fit(x), x


def test_linear_autoencoder_reaches_the_error_of_pca(linear):
    model, pca, x = linear
    best = squared_error(x, pca.inverse_transform(pca.transform(x)))
    reached = squared_error(x, model.reconstruct(x).numpy())
    assert best * (1 - 1e-5) <= reached < 1.001 * best


def test_linear_autoencoder_finds_the_subspace_and_the_axes_of_pca(linear):
    model, pca, x = linear
    columns = model.decoder.layers[1].get_weights()[0].T
    angles = subspace_angles(columns, pca.components_.T)
    assert np.degrees(angles.max()) < 1.0
    axes = principal_axes(model, x)
    cosines = np.abs(np.sum(axes * pca.components_, axis=1))
    assert cosines.min() > 0.999
    np.testing.assert_allclose(axes @ axes.T, np.eye(10), atol=1e-6)
    # The columns themselves are no axes, and not even orthogonal.
    norms = np.linalg.norm(columns, axis=0)
    overlaps = np.abs(columns.T @ columns) / np.outer(norms, norms)
    assert np.max(overlaps - np.eye(10)) > 0.1


def test_pca_normalisation_makes_the_gram_matrix_the_covariance():
    x = np.random.default_rng(0).normal(size=(50, 3)) + 7.0
    normalized = pca_normalize(x)
    np.testing.assert_allclose(normalized.T @ normalized, np.cov(x.T, bias=True))
