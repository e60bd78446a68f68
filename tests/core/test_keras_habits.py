"""What users of Keras try on any model: it works, or says what kgen's way is."""

import copy
import functools
import pickle
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework import config

import kgen
from kgen.core.keras_habits import WAYS, verb_names
from kgen.core.verbs import verbs

SHAPE = (4, 4, 1)
X = np.random.default_rng(0).random((6, *SHAPE)).astype("float32")
LABELS = np.arange(6) % 2
SETTINGS = {
    "autoencoder": {},
    "vae": {"hidden": (4,), "filters": (3,)},
    "cvae": {"num_classes": 2, "hidden": (4,), "filters": (3,)},
    "gan": {},
    "vq-vae": {"filters": (3, 4)},
    "realnvp": {"hidden": (4,), "num_steps": 2},
    "pixelcnn": {"width": 3, "head_filters": 3, "num_blocks": 1},
    "ddpm": {"network": "mlp", "hidden": (4,), "num_timesteps": 4},
}
RECONSTRUCT = {"autoencoder", "vae", "cvae", "vq-vae"}


@pytest.fixture(scope="module", params=SETTINGS)
def named(request):
    return request.param, kgen.build(request.param, SHAPE, **SETTINGS[request.param])


@pytest.fixture(scope="module")
def cvae():
    return kgen.build("cvae", SHAPE, **SETTINGS["cvae"])


@pytest.fixture(scope="module")
def gan():
    return kgen.build("gan", (3,))


def test_a_verb_that_a_model_lacks_is_answered_with_those_it_has(named):
    name, model = named
    assert set(verb_names(model)) >= {n for n in verbs(model) if n[0] != "_"}
    assert all(getattr(model, verb).is_verb for verb in verb_names(model))
    for verb in WAYS.keys() - verbs(model).keys():
        assert not hasattr(model, verb)
        with pytest.raises(AttributeError, match=f"no {verb!r}. Its verbs are") as info:
            getattr(model, verb)
        assert all(verb in str(info.value) for verb in verb_names(model)), name
    with pytest.raises(AttributeError, match="has no attribute 'sampel'"):
        model.sampel  # noqa: B018


def test_ways_to_what_is_missing(gan):
    autoencoder = kgen.build("autoencoder", (4,), latent_dim=2)
    with pytest.raises(AttributeError, match=r"TwoStage\(model, prior\)"):
        autoencoder.sample(3)
    with pytest.raises(AttributeError, match=r"invert\(model, x\) finds codes"):
        gan.encode(X)
    with pytest.raises(AttributeError, match="`elbo` is a lower bound"):
        kgen.build("vae", (4,), latent_dim=2, hidden=(3,)).log_prob(X)
    with pytest.raises(AttributeError, match="`log_prob` is exact"):
        kgen.build("realnvp", (4,), num_steps=2, hidden=(3,)).elbo(X)


def test_a_model_without_a_density_says_which_have_one(gan):
    assert not hasattr(gan, "log_prob") and not gan.is_explicit
    with pytest.raises(AttributeError, match="Its verbs are .*decode.*sample") as info:
        gan.log_prob(X)
    assert "Flows, autoregressive models and mixtures have exact" in str(info.value)
    assert "VAEs and diffusion have a bound, `elbo`" in str(info.value)
    for name, explicit in (("realnvp", True), ("vae", True), ("autoencoder", False)):
        assert kgen.build(name, SHAPE, **SETTINGS[name]).is_explicit == explicit


def test_missing_verbs_leave_copies_and_pickles_as_they_are(gan):
    for other in (copy.copy(gan), copy.deepcopy(gan), pickle.loads(pickle.dumps(gan))):
        assert not hasattr(other, "log_prob")
        np.testing.assert_allclose(other.sample(2, seed=0), gan.sample(2, seed=0))
    empty = object.__new__(kgen.GAN)  # As `copy` makes it: without any attribute.
    assert not hasattr(empty, "log_prob")


def test_call_and_predict_reconstruct_or_name_the_verbs(named):
    name, model = named
    if name in RECONSTRUCT:
        data = (X, LABELS) if name == "cvae" else X
        labels = LABELS if name == "cvae" else None
        expected = model.reconstruct(X, labels).numpy()
        found = model.predict(data, batch_size=4, verbose=0)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(model(X, labels), expected, rtol=1e-4, atol=1e-6)
        return
    for call in (model, lambda x: model.predict(x, verbose=0)):
        with pytest.raises(
            NotImplementedError, match="no single output.*Call a verb: "
        ):
            call(X)


def test_a_pair_of_unequal_length_is_refused(cvae):
    with pytest.raises(ValueError, match="6 rows of x, 2 rows of labels"):
        cvae.predict((X, LABELS[:2]))


@pytest.mark.parametrize("given", ["loss", "metrics", "weighted_metrics", "optimiser"])
def test_other_arguments_of_compile_are_refused_in_words(named, given):
    _, model = named
    with pytest.raises(TypeError, match=f"`compile` was given {given}='mse', but "):
        model.compile(**{given: "mse"})


def test_ways_of_compile(cvae, gan):
    for call in (
        lambda: cvae.compile("adam", "mse"),
        lambda: cvae.compile("adam", loss="mse", metrics=["mae"]),
    ):
        with pytest.raises(TypeError, match="loss='mse'.*own objective, of the terms"):
            call()
    with pytest.raises(TypeError, match="It logs loss, .*kl.*kgen.metrics"):
        cvae.compile("adam", metrics=["mae"])
    with pytest.raises(TypeError, match="Did you mean 'jit_compile'"):
        cvae.compile(jit_compiled=True)
    names = "expects generator_optimizer and discriminator_optimizer"
    for given in ({"optimizer": "adam"}, {"d_optimizer": "sgd", "g_optimizer": "sgd"}):
        with pytest.raises(TypeError, match=names):
            gan.compile(**given)


@pytest.mark.parametrize("path", ["m.h5", "m.hdf5", "folder", "m.weights.h5", "m.tf"])
def test_only_keras_files_are_saved(gan, tmp_path, path):
    with pytest.raises(ValueError, match=r"only \.keras files.*save_weights.*export"):
        gan.save(tmp_path / path)
    assert not list(tmp_path.iterdir())


def test_keras_own_function_writes_no_hdf5_file_of_a_compiled_model(cvae, tmp_path):
    with pytest.raises(ValueError, match=r"HDF5.*only \.keras files"):
        keras.saving.save_model(cvae, tmp_path / "m.h5")
    cvae.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert loaded.get_compile_config() == cvae.get_compile_config()


def test_numbers_of_compile_are_checked(cvae):
    for given, message in (
        ({"steps_per_execution": 0}, "steps_per_execution=0.*1 or larger"),
        ({"steps_per_execution": "all"}, "steps_per_execution='all'.*'auto'"),
        ({"run_eagerly": 1}, "run_eagerly=1.*True or False"),
        ({"jit_compile": "yes"}, "jit_compile='yes'.*'auto'"),
        ({"optimizer": None}, "optimizer=None.*'adam'"),
        ({"optimizer": "adamm"}, "optimizer='adamm'.*'adam'"),
    ):
        with pytest.raises(ValueError, match=message):
            cvae.compile(**given)


def test_the_optimizers_of_a_game_are_named(gan):
    for key in ("generator_optimizer", "discriminator_optimizer"):
        with pytest.raises(ValueError, match=f"{key}='adamm'.*'adam'"):
            gan.compile(**{key: "adamm"})


def test_export_is_that_of_kgen(gan, tmp_path):
    assert gan.export(tmp_path / "served", verbose=False) == tmp_path / "served" / "1"
    assert (tmp_path / "served" / "1" / "saved_model.pb").exists()
    for given, message in (
        ({"format": "savedmodel"}, "'savedmodel'. Did you mean 'saved_model'?"),
        ({"input_signature": [X]}, "given input_signature=.*kgen.export"),
    ):
        with pytest.raises(ValueError, match=message):
            gan.export(tmp_path / "other", **given)
    assert not (tmp_path / "other").exists()


def monitored(model, *callbacks, **kwargs):
    """Warnings of kgen of a `fit` of no epochs."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        x = np.zeros((2, *model.data_shape), "float32")
        model.fit(x, epochs=0, callbacks=list(callbacks), verbose=0, **kwargs)
    return [str(w.message) for w in caught if "monitors" in str(w.message)]


def test_a_monitor_that_is_not_logged_is_said_at_once(gan, tmp_path):
    stop = keras.callbacks.EarlyStopping
    best = keras.callbacks.ModelCheckpoint(tmp_path / "m.keras", save_best_only=True)
    every = keras.callbacks.ModelCheckpoint(tmp_path / "m.keras")
    found = monitored(gan, stop(), best, every)
    assert len(found) == 2
    assert found[0].startswith("EarlyStopping monitors 'val_loss', which this GAN")
    assert "Monitor one of: " in found[0] and "generator_loss" in found[0]
    assert found[1].startswith("ModelCheckpoint monitors 'val_loss'")
    assert not monitored(gan, stop("generator_loss"))
    validation = np.zeros((2, 3), "float32")
    assert not monitored(gan, stop("val_generator_loss"), validation_data=validation)
    (missing,) = monitored(gan, stop("val_generator_loss"))
    assert "Pass validation_data, or monitor one of: " in missing

    class Quality(keras.callbacks.Callback):
        """May log more."""

    assert not monitored(gan, Quality(), stop("quality"))


def test_why_xla_is_left_out_is_said():
    build = functools.partial(kgen.build, "realnvp", (2,), hidden=(4,), num_steps=2)
    was_deterministic = config.is_op_determinism_enabled()
    tf.config.experimental.enable_op_determinism()
    try:
        with pytest.warns(UserWarning, match="deterministic=False.*--no-det") as caught:
            model = build(jit_compile=True)
        named = [w for w in caught if "jit_compile" in str(w.message)]
        assert len(named) == 1  # Keras would name another cause.
        assert model.jit_compile is False and model.jit_verbs is False
        assert model.get_compile_config()["jit_compile"] is True
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            build(jit_compile="auto")
    finally:
        if not was_deterministic:
            config.disable_op_determinism()
