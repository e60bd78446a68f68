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


class Freeze(keras.callbacks.Callback):
    """Freezes the encoder from the second epoch on, and notes its weights."""

    def on_epoch_begin(self, epoch, logs=None):
        self.model.encoder.trainable = epoch < 1
        self.weights = [np.array(v) for v in self.model.encoder.variables]


def test_what_a_callback_freezes_stops_learning():
    vae, freeze = build(), Freeze()
    first = np.array(vae.encoder.variables[0])
    vae.fit(X, epochs=2, callbacks=[freeze], verbose=0)
    assert np.any(freeze.weights[0] != first)
    for variable, value in zip(vae.encoder.variables, freeze.weights, strict=True):
        np.testing.assert_array_equal(variable, value)


def test_an_optimizer_that_is_exchanged_trains():
    vae = build()
    vae.fit(X, verbose=0)
    before = np.array(vae.trainable_variables[0])
    vae.optimizer = keras.optimizers.SGD(0.0)
    vae.fit(X, verbose=0)
    np.testing.assert_array_equal(vae.trainable_variables[0], before)
    gan = kgen.build("gan", (4, 4, 1), **SIZES)
    gan.fit(X, verbose=0)
    before = np.array(gan.generator.trainable_variables[0])
    gan.generator_optimizer = keras.optimizers.SGD(0.0)
    gan.fit(X, verbose=0)
    np.testing.assert_array_equal(gan.generator.trainable_variables[0], before)


OF_CONSTRUCTORS = {
    "vae": {"kl": "monte_carlo", "covariance": "full", "bound": "iwae", "seed": 5},
    "autoencoder": {"reconstruction_loss": "mse", "feature_network": None},
    "gan": {"adversarial_loss": "hinge", "packing": 2},
    "ddpm": {"schedule": "cosine", "target": "noise", "levels": 3, "num_timesteps": 5},
    "vq-vae": {"likelihood": "gaussian", "num_classes": 2},
    "realnvp": {"base": "logistic", "dequantization": "uniform", "context_shape": 2},
    "gated-pixelcnn": {"likelihood": "gaussian"},
}


@pytest.mark.parametrize("recipe", OF_CONSTRUCTORS)
def test_what_other_things_come_from_is_fixed(recipe):
    model = kgen.build(recipe, (4, 4, 1), seed=0)
    for name, value in OF_CONSTRUCTORS[recipe].items():
        before = getattr(model, name)
        with pytest.raises(AttributeError, match=f"^{name} of a .* is fixed.*Build"):
            setattr(model, name, value)
        assert getattr(model, name) is before


@pytest.mark.parametrize("value", [None, "mlp", kgen.networks.mlp_decoder(3, (4,))])
def test_a_network_takes_the_place_of_one_of_its_shapes(value):
    vae = build()
    with pytest.raises(ValueError, match="decoder of a VAE.*expects a network"):
        vae.decoder = value
    vae.decoder = build().decoder


@pytest.mark.parametrize(
    ("recipe", "name", "value", "message"),
    [
        ("vae", "beta", -1.0, "beta.*0 or larger"),
        ("vae", "beta", "2", "beta"),
        ("vae", "num_samples", 0, "num_samples=0.*1 or larger"),
        ("vae", "free_bits", float("nan"), "free_bits"),
        ("iwae", "beta", 2.0, "leave out beta"),
        ("began", "gamma", 2.0, "gamma"),
        ("gmn", "worst_steps", 0, "worst_steps"),
        ("wgan", "weight_clip", -1.0, "weight_clip"),
        ("wgan-gp", "penalty", None, "penalty of a GAN.*Build another"),
        ("gan", "penalty", "r1", "penalty of a GAN.*Build another"),
        ("sparse-autoencoder", "code_penalty", None, "code_penalty.*Build another"),
        ("autoencoder", "corruption", "nonsense", "Unknown corruption"),
        ("ddpm", "label_dropout", 2.0, "label_dropout"),
        ("ddpm", "min_snr", 0.0, "min_snr"),
        ("ddpm", "sampler", "nonsense", "Unknown sampler"),
    ],
)
def test_a_change_is_checked_as_the_constructor_checks_it(recipe, name, value, message):
    model = kgen.build(recipe, (4, 4, 1), seed=0)
    before = getattr(model, name)
    with pytest.raises(ValueError, match=message):
        setattr(model, name, value)
    assert getattr(model, name) is before


def test_names_are_taken_where_the_constructor_takes_them():
    model = build("autoencoder")
    model.corruption = "salt_and_pepper"
    assert type(model.corruption).__name__ == "SaltAndPepper"


class Mine(kgen.VAE):
    """A user's model, whose own settings may be changed as they please."""

    def __init__(self, *networks, sharpness=1.0, beta=2.0, **kwargs):
        super().__init__(*networks, beta=beta, **kwargs)
        self.sharpness = sharpness


def test_settings_of_a_users_class_may_be_changed():
    vae = build()
    mine = Mine(vae.encoder, vae.decoder)
    mine.sharpness = [3.0]
    assert mine.get_config()["sharpness"] == [3.0]
    with pytest.raises(AttributeError, match="covariance of a Mine is fixed"):
        mine.covariance = "full"
    with pytest.raises(ValueError, match="beta"):
        mine.beta = -1.0
    with pytest.raises(ValueError, match="beta"):
        Mine(vae.encoder, vae.decoder, beta=-1.0)


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
