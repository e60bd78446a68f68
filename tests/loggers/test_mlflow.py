"""Runs in MLflow, in a store of their own."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from kgen import runs
from kgen.loggers.events import steps
from kgen.loggers.mlflow import without_password

mlflow = pytest.importorskip("mlflow")
DATA = runs.DataSettings(batch_size=512)
TINY = {"filters": (2,), "latent_dim": 2}


@pytest.fixture(scope="module", autouse=True)
def store(tmp_path_factory, tfds_dir):
    """A data base and a folder of files."""
    folder = tmp_path_factory.mktemp("mlflow")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        patch.setenv("MLFLOW_EXPERIMENT_NAME", "digits")
        yield folder


def train(folder, epochs=2, **options):
    return runs.train("vae", TINY, DATA, epochs, run_dir=folder, **options)


def logged(folder):
    """The client of MLflow, and the run of a folder."""
    client = mlflow.MlflowClient()
    record = json.loads((folder / "loggers.json").read_text())
    return client, client.get_run(record["mlflow"]["run_id"])


def history(client, run, name):
    found = client.get_metric_history(run.info.run_id, name)
    return [(metric.step, metric.value) for metric in found]


def rows(folder):
    with open(folder / "history.csv") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def finished(store):
    figures = train(store / "one", log=["mlflow"])[1]
    return store / "one", figures


def test_what_is_in_mlflow(finished):
    folder, figures = finished
    client, run = logged(folder)
    assert client.get_experiment(run.info.experiment_id).name == "digits"
    assert run.info.run_name == "one" and run.info.status == "FINISHED"
    expected = {"recipe": "vae", "seed": "0", "data.name": "digits", "epochs": "2"}
    expected |= {"settings.latent_dim": "2", "settings.beta": "1.0"}
    assert expected.items() <= run.data.params.items()
    for name in ("loss", "val_loss", "val_kl"):
        expected = {i: float(row[name]) for i, row in enumerate(rows(folder))}
        found = history(client, run, name)
        assert len(found) == 2 and dict(found) == pytest.approx(expected)
    elbo = dict(history(client, run, "held_out/elbo"))
    assert elbo == pytest.approx({1: figures["elbo"]})
    files = {file.path for file in client.list_artifacts(run.info.run_id)}
    assert {"samples.png", "metrics.json", "images"} <= files
    pictures = client.list_artifacts(run.info.run_id, "images")
    shown = [file.path for file in pictures if file.path.endswith(".png")]
    assert len(shown) == 2 and all("/samples" in path for path in shown)


def test_a_run_goes_on_as_the_same_run(finished):
    folder, _ = finished
    before = logged(folder)[1]
    train(folder, 3, resume=True)
    client, run = logged(folder)
    assert run.info.run_id == before.info.run_id
    assert run.info.status == "FINISHED" and run.data.params == before.data.params
    assert run.data.tags["resumed.epochs"] == "3"
    assert [step for step, _ in history(client, run, "loss")] == [0, 1, 2]
    assert [step for step, _ in history(client, run, "held_out/elbo")] == [1, 2]
    client.delete_run(run.info.run_id)
    with pytest.raises(ValueError, match="it was deleted.*remove loggers.json"):
        train(folder, 4, resume=True)
    client.restore_run(run.info.run_id)


def test_a_run_that_is_not_there_is_named(finished, monkeypatch):
    folder, _ = finished
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/other.db")
    with pytest.raises(ValueError, match="RESOURCE_DOES_NOT_EXIST.*as before"):
        train(folder, 4, resume=True)


def test_addresses_are_shown_without_a_password():
    found = without_password("https://me:secret@host:5000/path")
    assert found == "https://host:5000/path"
    assert without_password("sqlite:////a/b@c.db") == "sqlite:////a/b@c.db"


MAIN = "from kgen.cli import main; main(prog_name='kgen')"


@pytest.mark.slow
def test_after_a_kill_each_epoch_is_there_once(store):
    folder = store / "killed"
    command = [sys.executable, "-c", MAIN, "train", "autoencoder", "--epochs", "60"]
    command += ["--batch-size", "512", "--latent-dim", "2"]
    command += ["--run-dir", str(folder), "--log", "mlflow", "--log", "tensorboard"]
    for epoch in (5, 20):
        process = subprocess.Popen([*command, "--resume"], env=dict(os.environ))
        deadline = time.monotonic() + 200
        while not (folder / "history.csv").exists() or len(rows(folder)) < epoch:
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert logged(folder)[1].info.status == "RUNNING"
    subprocess.run([*command, "--resume"], check=True)
    client, run = logged(folder)
    expected = {i: float(row["val_loss"]) for i, row in enumerate(rows(folder))}
    found = history(client, run, "val_loss")
    assert len(found) == 60 and run.info.status == "FINISHED"
    assert dict(found) == pytest.approx(expected)
    assert steps(folder / "tensorboard" / "train")["epoch_loss"] == set(range(60))
    (experiment,) = client.search_experiments(filter_string="name = 'digits'")
    found = client.search_runs([experiment.experiment_id])
    assert [r.info.run_name for r in found].count("killed") == 1
