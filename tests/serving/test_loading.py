"""Loading files that may be damaged, changed or hostile: the true reason is said."""

import io
import zipfile

import h5py
import keras
import numpy as np
import pytest

import kgen
from kgen import serving
from kgen.serving import loading


@pytest.fixture(scope="module")
def model():
    return kgen.build(
        "vae", (4, 3, 1), num_classes=2, hidden=(5,), filters=(3,), seed=0
    )


def rewrite(source, target, edit):
    """Copies a `.keras` file, each member through `edit(name, content)`."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = edit(name, old.read(name))
            if content is not None:
                new.writestr(name, content)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda n, c: c.replace(b"VAE", b"VQ"), "holds the model VQ.*class 'VQ'"),
        (lambda n, c: c.replace(b"Bernoulli", b"Beta"), "holds the model VAE.*'Beta'"),
        (lambda n, c: c.replace(b'"beta": ', b'"flux": '), "VAE.*flux.*Keras"),
        (lambda n, c: c.replace(b'"diagonal"', b'"banded"'), "covariance 'banded'"),
        (lambda n, c: c[:999] if "weights" in n else c, "no whole .keras file.*again"),
        (lambda n, c: None if "weights" in n else c, "no whole .*weights.h5.*again"),
        (lambda n, c: None if "config" in n else c, "no whole .*config.json.*again"),
        (lambda n, c: b"{]" if "config" in n else c, "no whole .keras file.*again"),
    ],
)
def test_what_cannot_be_built_here_is_said(model, tmp_path, edit, message):
    model.save(tmp_path / "good.keras")
    rewrite(tmp_path / "good.keras", tmp_path / "model.keras", edit)
    with pytest.raises(ValueError, match=f"model.keras.*{message}"):
        loading.load_model(tmp_path / "model.keras")
    with pytest.raises(ValueError, match=message):
        serving.sample_any(tmp_path, 2)


def test_both_versions_of_keras_are_named(model, tmp_path):
    model.save(tmp_path / "good.keras")

    def age(name, content):
        content = content.replace(keras.__version__.encode(), b"3.99.0")
        return content.replace(b"VAE", b"VQ")

    rewrite(tmp_path / "good.keras", tmp_path / "old.keras", age)
    versions = f"saved with Keras 3.99.0; Keras {keras.__version__} and kgen"
    with pytest.raises(ValueError, match=versions):
        loading.load_model(tmp_path / "old.keras")


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty"])
def test_damaged_files_are_said_to_be_so(model, tmp_path, damage):
    path = tmp_path / "model.keras"
    model.save(path)
    assert isinstance(loading.load_model(path), kgen.VAE)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    if damage == "flipped":
        content[middle] ^= 255
    else:
        del content[middle if damage == "cut" else 0 :]
    path.write_bytes(content)
    with pytest.raises(ValueError, match="model.keras is no whole .keras file.*again"):
        loading.load_model(path)


def test_models_of_others_and_code_in_files_are_refused(tmp_path):
    path = tmp_path / "model.keras"
    x = keras.Input((4,), name="x")
    keras.Model(x, keras.layers.Dense(2)(x)).save(path)
    with pytest.raises(
        ValueError, match="model.keras holds the model Functional.*not a model"
    ):
        loading.load_model(path)
    encoder = keras.Model(x, keras.layers.Lambda(lambda value: value * 2)(x))
    kgen.Autoencoder(encoder, kgen.networks.mlp_decoder(4, (4,))).save(path)
    with pytest.raises(ValueError, match="Autoencoder.*lambda.*not run.*trust"):
        loading.load_model(path)
    with pytest.raises(FileNotFoundError, match="no file .*other.keras"):
        loading.load_model(tmp_path / "other.keras")


def edit_weights(path, act):
    """Rewrites the weights of a `.keras` file, after `act(h5py.File)`."""

    def edit(name, content):
        if name != "model.weights.h5":
            return content
        buffer = io.BytesIO(content)
        with h5py.File(buffer, "r+") as file:
            act(file)
        return buffer.getvalue()

    rewrite(path, path.with_name("changed.keras"), edit)
    return path.with_name("changed.keras")


def datasets(file):
    """The weights of the layers of a file."""
    found = []
    file.visititems(lambda name, value: found.append((name, value)))
    return [(name, v) for name, v in found if isinstance(v, h5py.Dataset)]


def drop(file):
    name, _ = next(pair for pair in datasets(file) if "decoder" in pair[0])
    del file[name]


def reshape(file):
    name, value = next(pair for pair in datasets(file) if "decoder" in pair[0])
    del file[name]
    file[name] = np.zeros((*value.shape, 2), "float32")


def link(file):
    name, _ = next(pair for pair in datasets(file) if "decoder" in pair[0])
    del file[name]
    file[name] = h5py.ExternalLink("/etc/hostname", "/")


def empty(file):
    for name in list(file):
        del file[name]


@pytest.mark.parametrize("act", [drop, reshape, link, empty])
def test_weights_that_do_not_fit_are_blamed_and_no_version(model, tmp_path, act):
    model.save(tmp_path / "model.keras")
    path = edit_weights(tmp_path / "model.keras", act)
    with pytest.raises(ValueError, match="changed.keras.*VAE.*weights cannot.*again"):
        loading.load_model(path)
    with pytest.raises(ValueError) as info:
        serving.sample_any(path, 2)
    assert "versions that saved" not in str(info.value)


def test_weights_of_nan_are_refused_by_name(model, tmp_path):
    model.save(tmp_path / "model.keras")

    def spoil(file):
        name, value = next(pair for pair in datasets(file) if "decoder" in pair[0])
        value[(0,) * value.ndim] = np.nan

    path = edit_weights(tmp_path / "model.keras", spoil)
    with pytest.raises(ValueError, match="VAE, whose weight .* is NaN or infinite"):
        serving.sample_any(path, 2)


@pytest.mark.parametrize("config", ["[]", "3", '"VAE"', "{}", "[" * 100_000])
def test_hostile_configurations_are_damage(model, tmp_path, config):
    model.save(tmp_path / "good.keras")
    path = tmp_path / "model.keras"
    rewrite(
        tmp_path / "good.keras", path, lambda n, c: config if n == "config.json" else c
    )
    with pytest.raises(ValueError, match="model.keras is no whole .keras file"):
        loading.load_model(path)
