"""The autoencoder: its loss follows the decoder, and it beats PCA where it should."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.decomposition import PCA

import kgen
from kgen.networks import mlp_decoder, mlp_encoder


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


def test_linear_autoencoder_reaches_the_error_of_pca():
    """The best linear reconstruction from q numbers is that of q components."""
    rng = np.random.default_rng(0)
    scale = np.array([3.0, 2.0, 0.5, 0.3, 0.2])
    x = (rng.normal(size=(500, 5)) * scale + 1.0).astype("float32")
    keras.utils.set_random_seed(0)
    model = kgen.Autoencoder(mlp_encoder((5,), 2, ()), mlp_decoder(2, (5,), ()))
    model.compile(keras.optimizers.Adam(0.02))
    steps = tf.data.Dataset.from_tensors(x).repeat(800)
    model.fit(steps, verbose=0)
    pca = PCA(2).fit(x)
    best = squared_error(x, pca.inverse_transform(pca.transform(x)))
    reached = squared_error(x, model.reconstruct(x).numpy())
    assert best <= reached < 1.01 * best
