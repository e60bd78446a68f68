"""Codes for TensorBoard's tab Projector: points, labels, pictures."""

import json
import pathlib
import urllib.request

import numpy as np
import pytest
import tensorflow as tf
from google.protobuf import text_format
from PIL import Image
from tensorboard import program
from tensorboard.plugins import projector

import kgen
from kgen.callbacks import LogHParams, LogProjector
from kgen.loggers import projector as written

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.random((7, 4, 6, 1)).astype("float32")
POINTS = RANDOM.random((5, 3)).astype("float32")
LABELS = np.arange(7) % 3


def fit(recipe, x, *callbacks, labels=None, epochs=1, **settings):
    model = kgen.build(recipe, x.shape[1:], seed=0, **settings)
    given = (x,) if labels is None else (x, labels)
    model.fit(*given, epochs=epochs, callbacks=callbacks, verbose=0)
    return model


def vae(x, *callbacks, **settings):
    return fit("vae", x, *callbacks, latent_dim=4, hidden=(3,), **settings)


def config(folder):
    text = (folder / "projector_config.pbtxt").read_text()
    (entry,) = text_format.Parse(text, projector.ProjectorConfig()).embeddings
    return entry


def codes(folder):
    return np.loadtxt(folder / config(folder).tensor_path, delimiter="\t", ndmin=2)


def test_codes_labels_and_pictures_of_images(tmp_path):
    model = vae(IMAGES, LogProjector(tmp_path, (IMAGES, LABELS)), filters=(2,))
    np.testing.assert_allclose(codes(tmp_path), model.encode(IMAGES), rtol=1e-4)
    entry = config(tmp_path)
    labels = (tmp_path / entry.metadata_path).read_text().splitlines()
    assert labels == [str(label) for label in LABELS]
    assert list(entry.sprite.single_image_dim) == [6, 4]
    with Image.open(tmp_path / entry.sprite.image_path) as sprite:
        pixels = np.asarray(sprite)
    assert pixels.shape == (3 * 4, 3 * 6)  # As many columns as rows.
    found = pixels[4:8, 6:12] / 255  # In the second row the second, the fifth of all.
    np.testing.assert_allclose(found, IMAGES[4, ..., 0], atol=1 / 255)


def test_data_without_pictures_and_labels(tmp_path):
    vae(POINTS, LogProjector(tmp_path, POINTS, num_examples=3))
    entry = config(tmp_path)
    assert codes(tmp_path).shape == (3, 4)
    assert not entry.metadata_path and not entry.HasField("sprite")


def test_a_data_set_and_a_conditional_model(tmp_path):
    settings = {"latent_dim": 4, "hidden": (3,), "filters": (2,), "num_classes": 3}
    model = kgen.build("cvae", (4, 6, 1), seed=0, **settings)
    data = tf.data.Dataset.from_tensor_slices((IMAGES, LABELS)).batch(3)
    logged = LogProjector(tmp_path, data, num_examples=5)
    model.fit(data, callbacks=[logged], verbose=0)
    expected = model.encode(IMAGES[:5], LABELS[:5])
    np.testing.assert_allclose(codes(tmp_path), expected, rtol=1e-4, atol=1e-6)
    assert (tmp_path / "labels.tsv").read_text() == "0\n1\n2\n0\n1\n"


def test_indices_of_a_codebook_become_its_words(tmp_path):
    x = RANDOM.random((7, 8, 8, 1)).astype("float32")
    model = fit("vq-vae", x, LogProjector(tmp_path, x), filters=(2,), latent_dim=2)
    words = np.asarray(model.quantizer.codebook)[np.asarray(model.encode(x))]
    np.testing.assert_allclose(codes(tmp_path), words.reshape(7, -1), rtol=1e-4)


def test_flat_codes_get_a_third_number(tmp_path):
    fit("autoencoder", POINTS, LogProjector(tmp_path, POINTS), latent_dim=2)
    found = codes(tmp_path)
    assert found.shape == (5, 3) and np.all(found[:, 2] == 0) and np.any(found[:, 1])


def test_every_few_epochs(tmp_path, monkeypatch):
    times = []
    write = written.write_codes
    monkeypatch.setattr(
        written, "write_codes", lambda *given: times.append(write(*given))
    )
    vae(POINTS, LogProjector(tmp_path, POINTS, every=2), epochs=5)
    assert len(times) == 3  # After epochs 2 and 4, and at the end.


def test_many_large_pictures_are_made_smaller(tmp_path, monkeypatch):
    monkeypatch.setattr(written, "SPRITE_SIZE", 9)
    size = written.write_sprite("test", IMAGES, tmp_path / "sprite.png")
    assert size == (3, 2)
    with Image.open(tmp_path / "sprite.png") as sprite:
        assert sprite.size == (9, 6)


def test_long_codes_are_of_fewer_examples(monkeypatch):
    monkeypatch.setattr(written, "NUM_VALUES", 12)
    model = vae(POINTS)
    assert len(written.examples_of("test", model, POINTS)["x"]) == 3


def test_what_cannot_be_shown_is_refused(tmp_path):
    message = "`LogProjector` was given a GAN as model, which has no `encode`"
    with pytest.raises(ValueError, match=message):
        fit("gan", POINTS, LogProjector(tmp_path, POINTS))
    with pytest.raises(ValueError, match="of shape"):
        vae(POINTS, LogProjector(tmp_path, IMAGES))
    with pytest.raises(ValueError, match="was given every=0"):
        LogProjector(tmp_path, POINTS, every=0)
    assert not list(tmp_path.iterdir())


def test_tensorboard_accepts_the_files(tmp_path):
    """Of two runs below one folder, by its own server."""
    for beta in (1.0, 4.0):
        folder = tmp_path / f"beta-{beta}"
        logged = LogHParams(folder, {"beta": beta})
        vae(IMAGES, LogProjector(folder, (IMAGES, LABELS)), logged, filters=(2,))
    board = program.TensorBoard()
    board.configure(argv=["", "--logdir", str(tmp_path), "--load_fast", "false"])
    board.flags.port, board.flags.host = 0, "localhost"
    url = board.launch()

    def get(path, **body):
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(f"{url}data/plugin/{path}", data)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request) as answer:
            return answer.read()

    runs = {}
    while len(runs) < 2:  # It reads the files in the background.
        runs = json.loads(get("projector/runs"))
    assert runs == ["beta-1.0", "beta-4.0"]
    entry = "run=beta-4.0&name=codes"
    found = np.frombuffer(get(f"projector/tensor?{entry}"), "float32").reshape(7, 4)
    expected = codes(pathlib.Path(tmp_path / "beta-4.0"))
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert get(f"projector/metadata?{entry}") == b"0\n1\n2\n0\n1\n2\n0\n"
    assert get(f"projector/sprite_image?{entry}").startswith(b"\x89PNG")
    told = json.loads(get("hparams/experiment", experimentName=""))
    (parameter,) = told["hparamInfos"]
    assert parameter["name"] == "beta" and parameter["differs"]
