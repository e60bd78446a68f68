"""Reconstruction losses, against Keras' own mean over all values, and by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.autoencoders.reconstruction import NAMES
from kgen.networks import mlp_decoder, mlp_encoder
from kgen.testing import check_precision, check_replicas

X = np.random.default_rng(0).random((6, 4, 2)).astype("float32")


def autoencoder(loss, output_activation="sigmoid", shape=(4, 2)):
    encoder = mlp_encoder(shape, 3, hidden=(5,))
    decoder = mlp_decoder(3, shape, output_activation=output_activation)
    model = kgen.Autoencoder(encoder, decoder, reconstruction_loss=loss, seed=0)
    model.compile("adam")
    return model


def loss_of(model, x=X):
    return model.evaluate(x, verbose=0, return_dict=True)["loss"]


@keras.saving.register_keras_serializable("tests")
def largest_error(x, reconstruction):
    return tf.reduce_max(tf.abs(x - reconstruction), axis=(1, 2))


@keras.saving.register_keras_serializable("tests")
class QuarticError(keras.losses.Loss):
    """A loss of a user's own, with a setting."""

    def __init__(self, power=4, **kwargs):
        super().__init__(**kwargs)
        self.power = power

    def call(self, y_true, y_pred):
        return keras.ops.mean((y_true - y_pred) ** self.power, axis=-1)

    def get_config(self):
        return {**super().get_config(), "power": self.power}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_names_are_those_of_keras(name):
    """Its mean over a batch, but for rounding."""
    # Some compare vectors, which an image or a sequence is not.
    x = X.reshape(6, 8) if name in ("cosine_similarity", "kl_divergence") else X
    model = autoencoder(name, shape=x.shape[1:])
    loss = keras.losses.get(name)
    expected = np.mean(loss(x, model.reconstruct(x).numpy()))
    assert loss_of(model, x) == pytest.approx(float(expected), rel=1e-4)


@pytest.mark.parametrize(
    "loss",
    [
        keras.losses.LogCosh(),
        keras.losses.MeanAbsoluteError(reduction="none"),
        keras.losses.BinaryCrossentropy(label_smoothing=0.1),
        QuarticError(2),
        keras.losses.mean_absolute_error,
        largest_error,
    ],
)
def test_losses_and_functions_are_saved(loss, tmp_path):
    model = autoencoder(loss)
    compare = getattr(loss, "call", loss)
    values = np.asarray(compare(tf.constant(X), model.reconstruct(X)))
    expected = values.mean()
    assert loss_of(model) == pytest.approx(float(expected), rel=1e-4)
    each = model.reconstruction_error(tf.constant(X), model.reconstruct(X))
    np.testing.assert_allclose(each, values.reshape(6, -1).mean(1), rtol=1e-5)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loss_of(loaded) == pytest.approx(loss_of(model), rel=1e-6)
    assert type(loaded.reconstruction_loss) is type(loss)
    loaded.fit(X, verbose=0)


def test_it_trains_on_replicas_and_in_reduced_precision():
    model = autoencoder(largest_error)
    check_replicas(model, X)
    check_precision(model, X)


def test_the_range_of_data_follows_the_loss():
    for loss in ("bce", keras.losses.BinaryCrossentropy(), "kl_divergence"):
        shape = (4,) if loss == "kl_divergence" else (4, 2)
        assert autoencoder(loss, shape=shape).data_range == (0.0, 1.0)
    assert autoencoder("mae", None).data_range is None
    with pytest.raises(ValueError, match=r"\[0, 1\]|0 to 1|0\.0"):
        autoencoder("binary_focal_crossentropy").fit(3 * X, verbose=0)


def scalar(x, y):
    return tf.reduce_mean((x - y) ** 2)


@keras.saving.register_keras_serializable("tests")
def total(x, y):
    return tf.reduce_mean((x - y) ** 2)


@keras.saving.register_keras_serializable("tests")
def of_one(x):
    return x


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        ("l2", "Unknown reconstruction_loss 'l2'.*huber"),
        ("kl_divergence", "KLDivergence, which compares vectors.*one pixel"),
        (keras.losses.CosineSimilarity(), "CosineSimilarity, which compares vectors"),
        ("hinge", "Unknown reconstruction_loss 'hinge'"),
        (None, "reconstruction_loss was given as None, but expects a name"),
        (keras.losses.Huber, "an instance of keras.losses.Loss"),
        (keras.losses.Huber(reduction="sum"), "Huber.reduction='sum'.*Leave"),
        (keras.losses.BinaryCrossentropy(from_logits=True), "decode gives data"),
        (keras.losses.Huber(0.1), "a setting that its get_config leaves out"),
        (scalar, "Keras does not know its function.*register_keras_serializable"),
        (lambda x, y: x - y, "Keras does not know its function"),
        (total, r"values of shape \(\) for 3 examples"),
        (of_one, "fails on x and a reconstruction of shape"),
    ],
)
def test_refused(loss, message):
    with pytest.raises(ValueError, match=message):
        autoencoder(loss)


def test_the_loss_is_fixed():
    with pytest.raises(AttributeError, match="reconstruction_loss of a Autoencoder"):
        autoencoder("mae").reconstruction_loss = "mse"
