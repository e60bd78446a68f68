"""Runs in their loggers: each epoch once, whatever happens in between."""

import csv
import importlib.util
import json
import os

import pytest
import tensorflow as tf
from click.testing import CliRunner
from tensorboard.backend.event_processing import event_accumulator

from kgen import loggers, runs
from kgen.cli import main
from kgen.loggers.events import steps, writing
from kgen.runs.logging import parameters_of

pytestmark = pytest.mark.usefixtures("tfds_dir")
TINY = {"latent_dim": 2}
DATA = runs.DataSettings(batch_size=512)


def train(folder, epochs=2, recipe="autoencoder", settings=TINY, **options):
    return runs.train(recipe, settings, DATA, epochs=epochs, run_dir=folder, **options)


def kgen(*arguments, exit_code=0):
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == exit_code, result.output + repr(result.exception)
    return result.output


def tensors(folder):
    sizes = {event_accumulator.TENSORS: 0}
    return event_accumulator.EventAccumulator(str(folder), sizes).Reload()


def scalars(folder, tag):
    """`(step, value)` of each event of a scalar."""
    found = tensors(folder).Tensors(tag)
    return [(event.step, float(tf.make_ndarray(event.tensor_proto))) for event in found]


def rows(folder):
    with open(folder / "history.csv") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def broken():
    """A logger that stops training after the epoch that it holds."""

    @loggers.register("broken")
    class Broken(loggers.Logger):
        last, seen = None, []
        record, where = {}, "Nowhere."

        def __init__(self, run):
            pass

        def epochs(self):
            return set()

        def log_epoch(self, epoch, logs, picture):
            if epoch == self.last:
                raise RuntimeError("Broken.")

        def log_results(self, epoch, figures, files):
            self.seen.append(sorted(file.name for file in files))

        def close(self, status):
            self.seen.append(status)

    yield Broken
    del loggers.LOGGERS["broken"]


def test_what_is_in_tensorboard(tmp_path):
    _, figures = train(
        tmp_path, 2, "vae", {**TINY, "filters": (2,)}, log=["tensorboard"]
    )
    board = tmp_path / "tensorboard"
    for folder, before in (("train", ""), ("validation", "val_")):
        for name in ("loss", "kl"):
            found = scalars(board / folder, f"epoch_{name}")
            expected = [float(row[before + name]) for row in rows(tmp_path)]
            assert [step for step, _ in found] == [0, 1]
            assert [value for _, value in found] == pytest.approx(expected)
    assert [step for step, _ in scalars(board / "train", "epoch_learning_rate")] == [
        0,
        1,
    ]
    elbo = scalars(board, "held_out/elbo")
    assert dict(elbo) == pytest.approx({1: figures["elbo"]})
    assert steps(board)["samples"] == {0, 1}
    assert "held_out/num_examples" not in steps(board)
    codes = (board / "codes.tsv").read_text().splitlines()
    assert len(codes) == len((board / "labels.tsv").read_text().splitlines()) == 360
    assert {"sprite.png", "projector_config.pbtxt"} <= set(os.listdir(board))


def test_settings_that_were_not_given_are_parameters_too():
    command = {"recipe": "vae", "settings": {"filters": (2,), "beta": 3}, "seed": 4}
    command |= {"conditional": False, "data": {"name": "digits"}, "log": ["mlflow"]}
    found = parameters_of(command, (8, 8, 1))
    assert (found["recipe"], found["seed"], found["data.name"]) == ("vae", 4, "digits")
    assert found["settings.beta"] == 3 and found["settings.filters"] == "[2]"
    assert found["settings.learning_rate"] > 0
    assert "settings.context_shape" not in found and "log" not in found


def test_a_run_goes_on_in_its_logs_and_fills_their_gaps(tmp_path, broken):
    """Events of the last epochs are lost, as in a kill; one record is cut off."""
    broken.last = 2
    with pytest.raises(RuntimeError, match=r"Broken\."):
        train(tmp_path, 4, log=["tensorboard", "broken"])
    assert broken.seen[-1] == "failed"
    (file,) = (tmp_path / "tensorboard" / "train").iterdir()
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    left = steps(tmp_path / "tensorboard" / "train")["epoch_loss"]
    assert left < {0, 1, 2}
    broken.last = None
    train(tmp_path, 4, resume=True)  # It logs as it did before.
    for folder in ("train", "validation"):
        found = scalars(tmp_path / "tensorboard" / folder, "epoch_loss")
        name = "loss" if folder == "train" else "val_loss"
        expected = {i: float(row[name]) for i, row in enumerate(rows(tmp_path))}
        assert dict(found) == pytest.approx(expected) and len(expected) == 4
    found = scalars(tmp_path / "tensorboard" / "train", "epoch_loss")
    assert len(found) == 4
    metadata = tensors(tmp_path / "tensorboard").Tensors("_hparams_/session_start_info")
    assert len(metadata) == 1
    record = json.loads((tmp_path / "run.json").read_text())
    assert record["log"] == ["tensorboard", "broken"]
    # Nothing is left to train: nothing is logged twice.
    train(tmp_path, 4, resume=True)
    assert len(scalars(tmp_path / "tensorboard", "held_out/reconstruction")) == 1


@pytest.mark.slow
def test_a_new_run_begins_new_logs(tmp_path):
    train(tmp_path, log=["tensorboard"])
    train(tmp_path, 1, log=["tensorboard"])
    assert steps(tmp_path / "tensorboard" / "train")["epoch_loss"] == {0}
    train(tmp_path, 0)
    assert not {"tensorboard", "loggers.json"} & set(os.listdir(tmp_path))


@pytest.mark.slow
def test_a_logger_that_comes_later_gets_all_epochs(tmp_path):
    train(tmp_path)
    train(tmp_path, 3, resume=True, log_dir=tmp_path / "logs")
    found = steps(tmp_path / "logs" / "train")
    assert found["epoch_loss"] == {0, 1, 2} and 0 not in found["epoch_learning_rate"]
    assert not (tmp_path / "tensorboard").exists()


def test_a_folder_with_events_of_another_run_is_told(tmp_path):
    with writing(tmp_path / "logs" / "train"):
        tf.summary.scalar("epoch_loss", 1.0)
    with pytest.warns(UserWarning, match="logs has events of another training"):
        train(tmp_path / "run", 1, log_dir=tmp_path / "logs")
    assert len(scalars(tmp_path / "logs" / "train", "epoch_loss")) == 2


def test_a_logger_that_fails_for_a_while_stops_nothing(tmp_path, broken, monkeypatch):
    broken.last = 0
    monkeypatch.setattr(broken, "errors", (RuntimeError,))
    with pytest.warns(UserWarning, match=r"logger 'broken' failed: Broken\."):
        train(tmp_path, 1, log=["broken"])
    assert broken.seen[-1] == "finished"


@pytest.mark.slow
def test_an_earlier_run_keeps_its_logs_if_the_next_one_fails(
    tmp_path, broken, monkeypatch
):
    train(tmp_path, log=["tensorboard"])
    before = (tmp_path / "loggers.json").read_text()
    monkeypatch.setattr(broken, "epochs", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        train(tmp_path, log=["tensorboard", "broken"])
    assert (tmp_path / "loggers.json").read_text() == before
    assert steps(tmp_path / "tensorboard" / "train")["epoch_loss"] == {0, 1}


def test_names_are_checked_before_anything_else(tmp_path, monkeypatch):
    folder = tmp_path / "run"
    command = ("train", "vae", "--run-dir", folder, "--log")
    for wrong in ("mlflow", 3, [None]):
        with pytest.raises(ValueError, match="expects a list of names of loggers"):
            train(folder, log=wrong)
    with pytest.raises(ValueError, match="Unknown logger 'trackio'"):
        train(folder, log=["trackio"])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    message = (
        'needs the package mlflow, which is not installed: pip install "kgen[mlflow]"'
    )
    assert message in kgen(*command, "mlflow", exit_code=1)
    assert not folder.exists()


def test_a_damaged_record_of_loggers(tmp_path):
    (tmp_path / "checkpoints" / "step-000000003.npz").mkdir(parents=True)
    (tmp_path / "loggers.json").write_text("[3]")
    with pytest.raises(
        ValueError, match=r"loggers\.json does not say by which loggers"
    ):
        train(tmp_path, 1, resume=True)


@pytest.mark.slow
def test_another_run_from_the_record_logs_too(tmp_path):
    tiny = ("--latent-dim", 2, "--batch-size", 512)
    one, two = ("--run-dir", tmp_path / "one"), ("--run-dir", tmp_path / "two")
    kgen(
        "train",
        "autoencoder",
        *tiny,
        "--epochs",
        1,
        *one,
        "--log-dir",
        tmp_path / "logs",
    )
    assert steps(tmp_path / "logs" / "train")["epoch_loss"] == {0}
    output = kgen("train", "--from", tmp_path / "one", *two)
    assert f"tensorboard --logdir {tmp_path / 'two' / 'tensorboard'}" in output
    assert steps(tmp_path / "two" / "tensorboard" / "train")["epoch_loss"] == {0}
    assert steps(tmp_path / "logs" / "train")["epoch_loss"] == {0}
