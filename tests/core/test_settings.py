"""A setting that is changed takes effect everywhere, or cannot be changed."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen

X = np.random.default_rng(0).random((16, 4, 4, 1)).astype("float32")
SIZES = {"hidden": (7,), "latent_dim": 2, "network": "mlp", "seed": 0}


def build(name="vae", **settings):
    return kgen.build(name, (4, 4, 1), **SIZES, **settings)


class Anneal(keras.callbacks.Callback):
    """Sets `beta` of a VAE at the start of each epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        self.model.beta = [0.0, 1.0, 1000.0][epoch]


def test_a_callback_sets_the_weight_of_a_term():
    vae = build(learning_rate=0.0)
    options = {"validation_data": X, "callbacks": [Anneal()], "verbose": 0}
    logs = vae.fit(X, epochs=3, **options).history
    for prefix in ("", "val_"):
        loss, reconstruction, kl = (
            np.array(logs[prefix + name]) for name in ("loss", "reconstruction", "kl")
        )
        np.testing.assert_allclose((loss - reconstruction) / kl, [0, 1, 1e3], rtol=1e-2)
    assert vae.get_config()["beta"] == 1000.0


def test_evaluate_follows_a_setting_that_was_changed():
    vae = build(beta=0.0)
    kl = []
    for beta in (0.0, 1000.0):
        vae.beta = beta
        terms = vae.evaluate(X, verbose=0, return_dict=True)
        kl.append((terms["loss"] - terms["reconstruction"]) / terms["kl"])
    np.testing.assert_allclose(kl, [0.0, 1000.0], rtol=1e-2)


def test_a_setting_that_stays_costs_no_new_graph():
    vae = build()
    vae.train_on_batch(X)
    function = vae.train_function
    vae.beta = vae.beta
    vae.train_on_batch(X)
    assert vae.train_function is function
    vae.beta = 2.0
    assert vae.train_function is not function


def test_what_is_frozen_between_two_fits_stops_learning():
    vae = build()
    vae.fit(X, verbose=0)
    vae.encoder.trainable = False
    before = [np.array(v) for v in vae.encoder.variables]
    decoder = np.array(vae.decoder.trainable_variables[0])
    vae.fit(X, verbose=0)
    for variable, value in zip(vae.encoder.variables, before, strict=True):
        np.testing.assert_array_equal(variable, value)
    assert np.any(np.array(vae.decoder.trainable_variables[0]) != decoder)


@pytest.mark.parametrize(
    ("recipe", "part", "name", "value"),
    [
        ("wgan-gp", "penalty", "weight", 5.0),
        ("denoising-autoencoder", "corruption", "stddev", 0.1),
        ("sparse-autoencoder", "code_penalty", "weight", 0.1),
    ],
)
def test_objects_inside_a_model_are_exchanged_not_changed(recipe, part, name, value):
    model = build(recipe)
    held = getattr(model, part)
    with pytest.raises(AttributeError, match=f"{name} of a .* Make another"):
        setattr(held, name, value)
    setattr(model, part, type(held)(value))
    assert getattr(getattr(model, part), name) == value


def test_networks_of_another_keras_are_refused():
    tf_keras = pytest.importorskip("tf_keras")
    inputs = tf_keras.layers.Input((4, 4, 1))
    hidden = tf_keras.layers.Dense(4)(tf_keras.layers.Flatten()(inputs))
    vae, foreign = build(), tf_keras.Model(inputs, hidden)
    with pytest.raises(ValueError, match="VAE was given encoder of the class tf_keras"):
        kgen.VAE(foreign, vae.decoder)
    with pytest.raises(ValueError, match="none of Keras 3.*never be trained"):
        vae.decoder = foreign
    with pytest.raises(ValueError, match="GAN was given generator"):
        kgen.GAN(foreign, build("gan").discriminator)


class Scale(tf.Module):
    """A network as TensorFlow alone makes them."""

    def __init__(self):
        super().__init__()
        self.scale = tf.Variable(1.0)

    def __call__(self, x):
        return self.scale * x


def test_modules_of_tensorflow_are_refused():
    vae = build()
    with pytest.raises(ValueError, match="decoder of the class .*Scale"):
        kgen.VAE(vae.encoder, Scale())
