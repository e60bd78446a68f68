"""Export: what a server gets, and that it never gets half of it."""

import os
import pathlib
import stat

import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen import serving
from kgen.core.random import row_seeds


@pytest.fixture(scope="module")
def model():
    return kgen.build(
        "vae", (4, 3, 1), num_classes=2, hidden=(5,), filters=(3,), seed=0
    )


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("served")
    kgen.export(model, path)
    return path


def test_inputs_and_outputs_can_be_carried_by_json_and_batched(folder):
    signatures = tf.saved_model.load(str(folder / "1")).signatures
    assert set(signatures) == {
        *("serving_default", "sample", "encode", "decode", "reconstruct"),
        *("elbo", "elbo_parts", "iwae_bound", "vary"),
    }
    allowed = {tf.float32, tf.int32, tf.int64}
    for name, function in signatures.items():
        specs = function.structured_input_signature[1]
        for tensor in [*specs.values(), *function.structured_outputs.values()]:
            assert tensor.dtype in allowed and tensor.shape[0] is None, name
    default = signatures["serving_default"].structured_input_signature[1]
    assert set(default) == {"labels", "seed"}


def test_autoencoder_serves_its_reconstruction_by_default(tmp_path):
    autoencoder = kgen.build("autoencoder", (4,), latent_dim=2)
    path = kgen.export(autoencoder, tmp_path)
    served = tf.saved_model.load(str(path)).signatures
    x = np.ones((3, 4), "float32")
    found = served["serving_default"](x=tf.constant(x))["x"]
    np.testing.assert_allclose(found, autoencoder.reconstruct(x), rtol=1e-5)


def test_versions_count_up_and_are_never_overwritten(model, tmp_path):
    model = kgen.build("autoencoder", (4,), latent_dim=2)
    assert kgen.export(model, tmp_path).name == "1"
    assert kgen.export(model, tmp_path).name == "2"
    assert kgen.export(model, tmp_path, version=9).name == "9"
    before = (tmp_path / "9" / "saved_model.pb").stat().st_mtime_ns
    with pytest.raises(FileExistsError, match="9 exists already.*never overwritten"):
        kgen.export(model, tmp_path, version=9)
    assert (tmp_path / "9" / "saved_model.pb").stat().st_mtime_ns == before
    assert kgen.export(model, tmp_path).name == "10"
    assert sorted(os.listdir(tmp_path)) == ["1", "10", "2", "9"]
    # A server runs as another user.
    assert (tmp_path / "1").stat().st_mode & stat.S_IROTH


def test_a_failed_export_leaves_nothing(tmp_path, monkeypatch):
    def write_half(model, path, *args, **kwargs):
        pathlib.Path(path, "saved_model.pb").write_text("half")
        raise OSError("disk full")

    monkeypatch.setattr(tf.saved_model, "save", write_half)
    with pytest.raises(OSError, match="disk full"):
        kgen.export(kgen.build("autoencoder", (4,)), tmp_path)
    assert os.listdir(tmp_path) == []


def test_labels_of_an_unconditional_model_are_refused_everywhere(tmp_path):
    model = kgen.build("vae", (4,), latent_dim=2, hidden=(3,))
    model.save(tmp_path / "model.keras")
    path = kgen.export(model, tmp_path / "served")
    for place in (tmp_path, path):
        with pytest.raises(ValueError, match="has no classes"):
            serving.sample_any(place, 2, [0, 1])


def test_samples_are_the_same_rows_from_model_file_and_server(model, folder, tmp_path):
    labels = [1, 0, 1]
    expected = model.sample(labels=labels, seed=5).numpy()
    model.save(tmp_path / "model.keras")
    places = [folder, folder / "1", tmp_path / "model.keras", tmp_path]
    for place in places:
        found = serving.sample_any(place, 3, labels, seed=5)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    # What a client does that has only the seed.
    function = tf.saved_model.load(str(folder / "1")).signatures["sample"]
    row = function(seed=tf.constant(row_seeds(5, 3)[2:]), labels=tf.constant([1]))
    np.testing.assert_allclose(row["x"], expected[2:], rtol=1e-5, atol=1e-6)


def test_classes_take_turns_where_no_labels_are_given(model, folder, tmp_path):
    model.save(tmp_path / "model.keras")
    expected = model.sample(labels=[0, 1, 0], seed=0)
    for place in (tmp_path, folder):
        found = serving.sample_any(place, 3)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_errors(folder, tmp_path):
    with pytest.raises(FileNotFoundError, match="no run folder, .keras file or Saved"):
        serving.sample_any(tmp_path, 3)
    with pytest.raises(ValueError, match="labels from 5 to 5.*from 0 to 1"):
        serving.sample_any(folder, 3, [5, 5, 5])
    with pytest.raises(ValueError, match="version=-1 is no version"):
        kgen.export(kgen.build("autoencoder", (4,)), tmp_path / "minus", version=-1)
    autoencoder = kgen.build("autoencoder", (4,), latent_dim=2)
    autoencoder.save(tmp_path / "model.keras")
    with pytest.raises(ValueError, match="Autoencoder, which cannot sample.*TwoStage"):
        serving.sample_any(tmp_path, 3)
    path = kgen.export(autoencoder, tmp_path / "served")
    with pytest.raises(ValueError, match="no signature 'sample'.*'reconstruct'"):
        serving.sample_any(path, 3)


def test_samples_of_nan_are_no_samples(tmp_path):
    """Weights are finite in a file; in a SavedModel nobody looks at them."""
    model = kgen.build("gan", (3,))
    model.generator.weights[-1].assign([0.0, np.nan, 0.0])
    kgen.export(model, tmp_path / "served")
    with pytest.raises(ValueError, match="served draws samples with NaN"):
        serving.sample_any(tmp_path / "served", 2)


def test_rows_that_a_verb_would_refuse_are_nan_and_leave_others_alone(model, folder):
    signatures = tf.saved_model.load(str(folder / "1")).signatures
    x = np.random.default_rng(0).random((6, 4, 3, 1)).astype("float32")
    labels, seed = np.array([0, 1, 0, 1, 0, 1], "int32"), np.arange(6)
    expected = model.elbo(x, labels, seed=seed).numpy()
    x[0, 0, 0, 0], x[1], labels[2], labels[3], seed[4] = np.nan, 255.0, 2, -1, -7
    expected[:5] = np.nan
    inputs = {"x": x, "labels": labels, "seed": seed}
    inputs = {name: tf.constant(value) for name, value in inputs.items()}
    found = signatures["elbo"](**inputs)["elbo"]
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_ints_of_such_rows_are_minus_one_and_no_rows_give_none(tmp_path):
    model = kgen.build("vq-vae", (4, 4, 1), filters=(3, 4))
    signatures = tf.saved_model.load(str(kgen.export(model, tmp_path))).signatures
    x = np.random.default_rng(0).random((3, 4, 4, 1)).astype("float32")
    z = np.array(model.encode(x))
    x[1, 2, 2, 0] = np.inf
    z[1] = -1
    np.testing.assert_array_equal(signatures["encode"](x=tf.constant(x))["z"], z)
    decoded = signatures["decode"](z=tf.constant(z))["x"].numpy()
    assert np.isnan(decoded[1]).all() and np.isfinite(decoded[[0, 2]]).all()
    for name, given in (("encode", {"x": x}), ("decode", {"z": z})):
        empty = {key: tf.constant(value[:0]) for key, value in given.items()}
        (output,) = signatures[name](**empty).values()
        assert output.shape[0] == 0
