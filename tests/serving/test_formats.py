"""Export formats are a table; files of a later kgen are refused in one sentence."""

import json
import os
import warnings
import zipfile

import keras
import numpy as np
import pytest

import kgen
from kgen import serving
from kgen.core.checkpoint.files import newest_checkpoint, read, write
from kgen.core.file_format import FORMAT, KEY


@pytest.fixture
def arrays():
    """A format with one verb: what a decoder makes of a code of zeros, as a table."""

    @serving.register("zeros", can_serve=lambda verb: verb.__name__ == "decode")
    def write_zeros(endpoints, folder):
        for name, endpoint in endpoints.items():
            inputs = [
                np.zeros((1, *s.shape[1:]), s.dtype.name)
                for s in endpoint.specs.values()
            ]
            outputs = endpoint.function(*map(keras.ops.convert_to_tensor, inputs))
            for output, values in outputs.items():
                np.savetxt(folder / f"{name}.{output}.txt", values)

    yield
    del serving.FORMATS["zeros"]


@pytest.fixture(scope="module")
def model():
    return kgen.build("autoencoder", (4,), latent_dim=2, seed=0)


def test_a_format_writes_the_verbs_it_can_carry_and_names_the_others(
    arrays, model, tmp_path
):
    with pytest.warns(
        UserWarning, match="'zeros' cannot carry .*Left out: encode, recon"
    ):
        path = kgen.export(model, tmp_path, format="zeros")
    assert path == tmp_path / "1"
    found = np.loadtxt(path / "decode.x.txt")
    np.testing.assert_allclose(found, model.decode(np.zeros((1, 2)))[0], rtol=1e-5)
    about = json.loads((path / "assets.extra" / "kgen.json").read_text())
    assert about["format"] == "zeros" and about[KEY] == FORMAT


def test_keras_way_to_export_takes_the_same_table(arrays, model, tmp_path):
    with pytest.warns(UserWarning, match="Left out"):
        assert model.export(tmp_path, format="zeros").name == "1"
    assert (tmp_path / "1" / "decode.x.txt").exists()


def test_a_format_that_carries_no_verb_refuses_and_writes_nothing(arrays, tmp_path):
    flow = kgen.build(
        "gated-pixelcnn", (2, 2, 1), width=2, num_blocks=1, head_filters=2
    )
    with pytest.raises(
        ValueError, match="'zeros' can carry no verb of this Autoreg.*saved_m"
    ):
        kgen.export(flow, tmp_path / "new", format="zeros")
    assert not (tmp_path / "new").exists()


def test_unknown_formats_and_double_names_are_refused(model, tmp_path):
    with pytest.raises(ValueError, match="'save_model'. Did you mean 'saved_model'?"):
        kgen.export(model, tmp_path / "new", format="save_model")
    with pytest.raises(ValueError, match="export format 'saved_model' already. Choose"):
        serving.register("saved_model")(print)
    assert not (tmp_path / "new").exists()


def test_a_failed_write_leaves_nothing(model, tmp_path):
    @serving.register("broken")
    def write_broken(endpoints, folder):
        (folder / "half").write_text("half")
        raise OSError("disk full")

    try:
        with pytest.raises(OSError, match="disk full"):
            kgen.export(model, tmp_path, format="broken")
    finally:
        del serving.FORMATS["broken"]
    assert os.listdir(tmp_path) == []


LATER = (
    rf"written by a later kgen \(format {FORMAT + 1}\). This one reads up to {FORMAT}"
)


def test_a_saved_model_of_a_later_kgen_is_refused(tmp_path):
    path = kgen.export(kgen.build("gan", (2,), hidden=(3,)), tmp_path)
    file = path / "assets.extra" / "kgen.json"
    about = json.loads(file.read_text())
    file.write_text(json.dumps({**about, KEY: FORMAT + 1}))
    with pytest.raises(ValueError, match=LATER):
        serving.sample_any(tmp_path, 2)
    file.write_text(json.dumps({**about, KEY: "new"}))
    with pytest.raises(ValueError, match=f"no whole SavedModel.*{KEY}='new'"):
        serving.sample_any(tmp_path, 2)
    del about[KEY]  # As files were before there were versions.
    file.write_text(json.dumps(about))
    assert serving.sample_any(tmp_path, 2).shape == (2, 2)


def with_version(source, target, version):
    """Copies a `.keras` file with another version, none if `None`."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "config.json":
                config = json.loads(content)
                assert config["config"].pop(KEY) == FORMAT
                if version is not None:
                    config["config"][KEY] = version
                content = json.dumps(config)
            new.writestr(name, content)
    return target


@pytest.mark.parametrize("load", [serving.load_model, keras.saving.load_model])
def test_a_model_file_of_a_later_kgen_is_refused(load, model, tmp_path):
    model.save(tmp_path / "model.keras")
    path = with_version(tmp_path / "model.keras", tmp_path / "new.keras", FORMAT + 1)
    with pytest.raises(ValueError, match=LATER):
        load(path)
    path = with_version(tmp_path / "model.keras", tmp_path / "old.keras", None)
    assert isinstance(load(path), kgen.Autoencoder)


def test_a_checkpoint_of_a_later_kgen_is_refused_and_no_damage(tmp_path, monkeypatch):
    write(tmp_path, 1, {"ended": False}, {"a": np.ones(2)}, keep=2)
    assert read(tmp_path / "step-000000001.npz")[0] == {"ended": False}
    later = {"ended": False, KEY: FORMAT + 1, "arrays": []}
    text = np.frombuffer(json.dumps(later).encode(), np.uint8)
    np.savez(tmp_path / "step-000000002.npz", about=text)
    with warnings.catch_warnings(), pytest.raises(ValueError, match=LATER):
        warnings.simplefilter("error")
        newest_checkpoint(tmp_path)


def test_a_folder_has_versions_of_one_format(arrays, model, tmp_path):
    """A server would poll the folder, and load what it cannot read."""
    kgen.export(model, tmp_path)
    with pytest.raises(ValueError, match="holds .*'saved_model'.*one of 'zeros'"):
        kgen.export(model, tmp_path, format="zeros")
    assert os.listdir(tmp_path) == ["1"]
