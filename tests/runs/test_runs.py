"""Runs: a folder holds one run, and training may be started from any thread."""

import json
import threading

import pytest

import kgen
from kgen import runs
from kgen.core.file_format import FORMAT, KEY
from kgen.core.recipe import STEPS
from kgen.runs.folders import run_folder


@pytest.fixture
def train(tmp_path, tfds_dir):
    def train(recipe, data=None, **kwargs):
        settings = {"latent_dim": 2, **kwargs.pop("settings", {})}
        return runs.train(recipe, settings, data, run_dir=tmp_path, **kwargs)

    return train


def test_a_new_run_replaces_the_old_one_and_nothing_else(train, tmp_path):
    (tmp_path / "holiday.png").write_text("mine")
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "drum.wav").write_text("mine")
    train("vae", epochs=2, settings={"filters": (2,)})
    assert (tmp_path / "samples" / "epoch-0002.png").exists()
    train("autoencoder", epochs=1)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {
        *("model.keras", "metrics.json", "history.csv", "history.png"),
        *("run.json", "checkpoints"),
        *("reconstructions.png", "latent.png", "holiday.png", "samples"),
    }
    assert [path.name for path in (tmp_path / "samples").iterdir()] == ["drum.wav"]


def test_same_seed_same_model(train):
    figures = [train("autoencoder", epochs=2, seed=seed)[1] for seed in (1, 1, 2)]
    assert figures[0] == figures[1] != figures[2]


def test_training_outside_the_main_thread(train):
    results = []
    thread = threading.Thread(
        target=lambda: results.append(train("autoencoder", epochs=1))
    )
    thread.start()
    thread.join()
    assert len(results) == 1


def test_no_epochs_leave_an_untrained_but_whole_run(train, tmp_path):
    train("autoencoder", epochs=0)
    model, record = runs.load(tmp_path)
    assert record["epochs"] == 0
    assert runs.evaluate(tmp_path) == record["held_out"]


def test_a_gan_that_collapses_is_told_and_why(train):
    settings = {"filters": (2,), "learning_rate": 1e-9}
    with pytest.warns(UserWarning) as told:
        train("gan", runs.DataSettings(batch_size=512), epochs=6, settings=settings)
    texts = [str(warning.message) for warning in told]
    collapse = [text for text in texts if "collapse" in text]
    assert collapse[0].startswith("Epoch 5: collapse. Samples have")
    assert "higher" in collapse[0] and "lower" in collapse[0]
    assert collapse[1].startswith("At the end, since epoch 5: collapse.")


def test_levels_of_the_data_make_nats_a_likelihood(train, monkeypatch):
    load = kgen.data.load

    def in_levels(**settings):
        pair = load(**settings)
        for part in pair:
            part.levels = 17
        return pair

    monkeypatch.setattr(kgen.data, "load", in_levels, raising=False)
    assert "bits_per_dimension" in train("vae", epochs=1)[1]


def test_without_epochs_a_run_has_those_of_the_recipe(train, tmp_path, monkeypatch):
    monkeypatch.setitem(STEPS, "small image", 45)
    train("autoencoder")  # 23 steps an epoch.
    assert runs.load(tmp_path)[1]["epochs"] == 2


def test_a_run_without_checkpoints_is_not_gone_on_with_in_silence(tmp_path):
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "run.json").write_text("{}")
    with pytest.warns(UserWarning, match="run without checkpoints.*trained anew"):
        with run_folder(tmp_path, {"recipe": "vae"}, resume=True):
            assert "vae" in (tmp_path / "run.json").read_text()


def test_a_run_of_a_later_kgen_is_refused(train, tmp_path):
    train("autoencoder", epochs=1)
    record = json.loads((tmp_path / "metrics.json").read_text())
    assert record.pop(KEY) == FORMAT
    (tmp_path / "metrics.json").write_text(json.dumps(record))  # As before versions.
    assert runs.load(tmp_path)[1]["recipe"] == "autoencoder"
    (tmp_path / "metrics.json").write_text(json.dumps({**record, KEY: FORMAT + 1}))
    with pytest.raises(ValueError, match="metrics.json was written by a later kgen"):
        runs.load(tmp_path)
    command = json.loads((tmp_path / "run.json").read_text())
    assert command[KEY] == FORMAT
    (tmp_path / "run.json").write_text(json.dumps({**command, KEY: FORMAT + 1}))
    with pytest.raises(ValueError, match="run.json was written by a later kgen"):
        train("autoencoder", epochs=1, resume=True)
