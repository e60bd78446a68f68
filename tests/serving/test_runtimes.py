"""LiteRT and ONNX: their runtimes give kgen's numbers, and nothing is lost silently."""

import importlib.util
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.core.random import normal_rows, row_keys, row_seeds, uniform_rows
from kgen.serving.formats import Endpoint
from kgen.serving.litert import write_litert
from kgen.serving.onnx import write_onnx
from kgen.testing.runtimes import run_litert, run_onnx

FORMATS = ("litert", "onnx")


def vae(**settings):
    return kgen.build("vae", (3,), latent_dim=2, hidden=(4,), seed=0, **settings)


@pytest.mark.parametrize("format", FORMATS)
def test_each_verb_that_is_left_out_is_named_with_its_reason(format, tmp_path):
    model = vae()
    with pytest.warns(UserWarning) as caught:
        kgen.export(model, tmp_path, format=format)
    (warning,) = caught
    assert str(warning.message) == (
        f"The export format '{format}' cannot carry all verbs of this VAE. Left out: "
        "elbo, elbo_parts, iwae_bound, vary (random numbers)."
    )
    assert warning.filename == __file__


def test_keras_way_to_export_takes_these_formats(tmp_path):
    model = kgen.build("autoencoder", (3,), latent_dim=2)
    for format, ending in (("litert", "tflite"), ("onnx", "onnx")):
        path = model.export(tmp_path / format, format=format)
        files = {file.name for file in path.iterdir() if file.is_file()}
        assert files == {f"{v}.{ending}" for v in ("encode", "decode", "reconstruct")}


NOISE = {
    "vae": (vae, "normal", normal_rows),
    "gan": (
        lambda: kgen.build("gan", (3,), latent_dim=2, seed=0),
        "normal",
        normal_rows,
    ),
    "nice": (
        lambda: kgen.build("nice", (3,), num_steps=2, hidden=(4,), seed=0),
        *("uniform", uniform_rows),
    ),
}


@pytest.mark.parametrize(
    "family",
    ["vae", *(pytest.param(name, marks=pytest.mark.slow) for name in ("gan", "nice"))],
)
@pytest.mark.parametrize(
    ("format", "run"), [("litert", run_litert), ("onnx", run_onnx)], ids=FORMATS
)
def test_a_phone_that_draws_the_same_noise_gets_the_same_samples(
    family, format, run, tmp_path
):
    build, kind, rows = NOISE[family]
    model = build()
    keras.utils.set_random_seed(0)
    shape = model.latent_shape
    noise = rows(row_keys(row_seeds(5, 4)), shape).numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = kgen.export(model, tmp_path, format=format)
    (file,) = path.glob("sample_from_noise.*")
    found = run(file, "sample_from_noise", {kind: noise})["x"]
    np.testing.assert_allclose(found, model.sample(4, seed=5), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("format", FORMATS)
def test_a_sampler_that_draws_by_its_keys_is_left_out(format, tmp_path):
    x = np.random.default_rng(0).normal(size=(40, 2)).astype("float32")
    mixture = kgen.GaussianMixture(num_components=2, data_shape=(2,), seed=0)
    mixture.fit(x, verbose=0)
    with pytest.warns(
        UserWarning, match="sample .random numbers that are no function of"
    ):
        path = kgen.export(mixture, tmp_path, format=format)
    assert not list(path.glob("sample*"))


def test_a_model_of_which_nothing_can_be_carried_is_refused(tmp_path):
    model = kgen.build("ddpm", (2,), hidden=(3,), seed=0, sampler="ancestral")
    with pytest.raises(ValueError, match="no verb.*sample .noise in a loop"):
        kgen.export(model, tmp_path / "new", format="onnx")
    assert not (tmp_path / "new").exists()


def test_weights_as_int8_take_a_third_of_the_space_and_give_nearly_the_same(tmp_path):
    model = kgen.build("autoencoder", (64,), latent_dim=8, hidden=(256,), seed=0)
    x = np.random.default_rng(0).random((20, 64)).astype("float32")
    exact, rounded = (
        kgen.export(model, tmp_path / format, format=format) / "reconstruct.tflite"
        for format in ("litert", "litert_int8")
    )
    assert rounded.stat().st_size < 0.4 * exact.stat().st_size
    exact, rounded = (
        run_litert(f, "reconstruct", {"x": x})["x"] for f in (exact, rounded)
    )
    np.testing.assert_allclose(rounded, exact, atol=0.01)
    assert np.any(rounded != exact)


@pytest.mark.parametrize(
    ("write", "run"), [(write_litert, run_litert), (write_onnx, run_onnx)], ids=FORMATS
)
def test_values_that_are_not_selected_have_no_effect(write, run, tmp_path):
    def select(x):
        return {"y": tf.where(x > 0.0, tf.math.log(x), 1.0 / (x - x + 2.0))}

    spec = tf.TensorSpec([None, 2], tf.float32, "x")
    assert not write({"select": Endpoint(select, {"x": spec})}, tmp_path)
    (file,) = tmp_path.iterdir()
    x = np.array([[1.0, -1.0], [0.0, np.inf]], "float32")
    found = run(file, "select", {"x": x})["y"]
    if run is run_litert and 88.0 < found[1, 1] < 89.0:
        # On some processors its logarithm of infinity is that of the largest number.
        found[1, 1] = np.inf
    np.testing.assert_allclose(found, [[0.0, 0.5], [0.5, np.inf]], atol=1e-6)


def test_onnx_without_its_converter_says_what_to_install(tmp_path, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name: None if name == "tf2onnx" else find(name),
    )
    with pytest.raises(
        ImportError, match=r"needs tf2onnx.*pip install 'kgen\[formats\]'"
    ):
        kgen.export(vae(), tmp_path / "new", format="onnx")
