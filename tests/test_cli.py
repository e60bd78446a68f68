"""The command line, end to end on the digits."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
from click.testing import CliRunner

from kgen import runs
from kgen.cli import main
from kgen.core.checkpoint.files import newest_checkpoint
from kgen.metrics import FIGURES
from tests import choice

pytestmark = pytest.mark.usefixtures("tfds_dir")


def kgen(*arguments, exit_code=0):
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == exit_code, result.output + repr(result.exception)
    return result.output


@pytest.fixture(scope="module")
def run(tmp_path_factory, tfds_dir):
    """A run of a conditional VAE with two latent numbers, and what it printed."""
    folder = tmp_path_factory.mktemp("cli")
    output = kgen(
        *("train", "cvae", "--binarize", "--epochs", 2, "--latent-dim", 2),
        *("--set", "filters=[4]", "--set", "activation=gelu", "--batch-size", 128),
        *("--run-dir", folder / "run", "--log-dir", folder / "logs"),
        *("--export", folder / "served"),
    )
    return folder, output


def test_train_prints_the_held_out_figures(run):
    _, output = run
    assert "Epoch 2/2" in output
    assert "Held-out digits, 360 examples:" in output
    lines = [line.split() for line in output.splitlines()]
    figures = {line[0]: line for line in lines if line}
    assert figures["elbo"][4] == "nats" and figures["elbo"][2] == "±"
    assert figures["iwae_bound"][4:] == ["nats", "(higher", "is", "better)"]
    nats, bits = (float(figures[k][1]) for k in ("iwae_bound", "bits_per_dimension"))
    assert figures["bits_per_dimension"][4] == "bits"
    assert bits == pytest.approx(-nats / (64 * np.log(2)), abs=1e-4)


def test_train_writes_a_run_folder(run):
    folder, output = run
    names = {path.name for path in (folder / "run").iterdir()}
    assert names == {
        *("model.keras", "metrics.json", "history.csv", "history.png", "samples"),
        *("run.json", "checkpoints", "loggers.json"),
        *("samples.png", "reconstructions.png", "latent.png", "manifold.png"),
    }
    assert len(list((folder / "run" / "samples").iterdir())) == 2
    record = json.loads((folder / "run" / "metrics.json").read_text())
    assert record["recipe"] == "cvae" and record["seed"] == 0
    assert record["settings"]["activation"] == "gelu"
    assert record["epochs"] == 2 and not record["interrupted"]
    assert set(record["versions"]) >= {"kgen", "keras", "tensorflow", "python"}
    assert record["held_out"]["num_examples"] == 360
    lines = (folder / "run" / "history.csv").read_text().splitlines()
    rows = list(csv.DictReader(lines))
    assert len(rows) == 2
    assert {"loss", "kl", "reconstruction", "val_loss"} <= set(rows[0])
    assert float(rows[1]["loss"]) < float(rows[0]["loss"])
    assert list((folder / "logs").rglob("events*"))


def test_sample_gives_the_same_pixels_from_run_file_and_saved_model(run, tmp_path):
    folder, _ = run
    pictures = []
    for source in ("run", "run/model.keras", "served", "served/1"):
        path = tmp_path / f"{len(pictures)}.png"
        labels = ("--labels", "3,7")
        output = kgen("sample", folder / source, "-n", 6, *labels, "-o", path)
        assert f"Wrote {path}" in output
        pictures.append(keras.utils.img_to_array(keras.utils.load_img(path)))
    for picture in pictures[1:]:
        assert np.max(np.abs(picture - pictures[0])) <= 1  # Of 255: rounding.


def test_evaluate_repeats_the_figures_of_training(run):
    folder, output = run
    again = kgen("evaluate", folder / "run")
    assert again.strip() in output
    fewer = kgen("evaluate", folder / "run", "--num-draws", 1)
    assert fewer != again


def test_figures_by_name(run):
    folder, _ = run
    names = "frechet_distance,precision_recall"
    lines = kgen("evaluate", folder / "run", "--figures", names).splitlines()
    assert lines[0] == "Held-out digits, 360 examples:"
    assert [line.split()[0] for line in lines[1:-1]] == [
        *("frechet_distance", "precision", "recall")
    ]
    assert lines[-1].strip().startswith("Note: 360 held-out examples and 360 samples")
    assert "frechet_distance (2,000), precision_recall (1,000)." in lines[-1]
    assert lines[1].endswith("(lower is better)")
    message = kgen("evaluate", folder / "run", "--figures", "fid", exit_code=1)
    assert "Unknown figure 'fid'" in message and "frechet_distance" in message


def test_export_adds_a_version(run):
    folder, _ = run
    arguments = ("export", folder / "run", "-o", folder / "served")
    assert "served/2" in kgen(*arguments)
    message = kgen(*arguments, "--format", "saved_modle", exit_code=1)
    assert "Did you mean 'saved_model'?" in message
    message = kgen(*arguments, "--version", 2, exit_code=1)
    assert message.startswith("Error: ") and "never overwritten" in message


def test_list_names_recipes_and_data():
    output = kgen("list")
    for name in ("vae", "beta-vae", "cvae", "autoencoder", "digits", "moons", "psnr"):
        assert name in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("train", "vee"), "Unknown recipe 'vee'. Did you mean 'vae'?"),
        (("train", "vae", "--set", "latent=2"), "Did you mean 'latent_dim' or"),
        (("train", "vae", "--set", "latent"), "expected NAME=VALUE"),
        (("train", "vae", "--data", "digit"), "Did you mean 'digits'"),
        (("train", "vae", "--strategy", "multiworker"), "TF_CONFIG"),
        (("train", "vae", "--strategy", "double"), "'double' is not one of"),
        (("train", "vae", "--precision", "float8"), "'float8' is not one of"),
        (("train", "vae", "--run-dir", "/dev/null/run"), "/dev/null: Not a directory"),
        (("train", "vae", "--export", "/dev/null/vae"), "/dev/null: Not a directory"),
        (("sample", "nowhere"), "nowhere is no run folder"),
        (("evaluate", "nowhere"), "nowhere is not a run"),
    ],
)
def test_mistakes_get_one_line(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exit_code = 2 if "NAME=VALUE" in message or "is not one of" in message else 1
    output = kgen(*arguments, exit_code=exit_code)
    assert message in output and "Traceback" not in output
    assert os.listdir(tmp_path) == []


def test_numbers_that_go_wrong_end_in_one_line(tmp_path):
    command = ("train", "vae", "--set", "learning_rate=1e30", "--epochs", 3)
    output = kgen(*command, "--run-dir", tmp_path, exit_code=1)
    message = output.strip().splitlines()[-1]
    assert message.startswith("Error: Training stopped at step")
    assert " is nan" in message and "lower learning_rate" in message
    assert newest_checkpoint(tmp_path / "checkpoints") is not None


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("beta=null", "beta was given as None"),
        ("kl_warmup_steps=abc", "kl_warmup_steps was given as 'abc'"),
        ("filters=abc", "filters='abc'"),
        ("filters=4", "filters=4"),
        ("filters=[]", "filters=[]"),
        ("seed=1.5", "seed=1.5"),
        ("num_classes=3", "num_classes is no setting"),
        ("likelihood=laplace", "Unknown likelihood 'laplace'"),
        ("learning_rate=1e30", "Training stopped at step"),
    ],
)
def test_a_setting_that_makes_no_sense_costs_nothing(
    earlier_run, tmp_path, setting, message
):
    folder = shutil.copytree(earlier_run, tmp_path / "run")
    before = {path: path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    command = ("train", "vae", "--set", setting, "--run-dir", folder)
    output = kgen(*command, exit_code=1)
    assert message in output and "Traceback" not in output
    assert before == {
        path: path.stat().st_size for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture(scope="module")
def earlier_run(tmp_path_factory, tfds_dir):
    """A run that nobody wants to lose."""
    folder = tmp_path_factory.mktemp("earlier") / "run"
    kgen("train", "autoencoder", "--epochs", 1, "--run-dir", folder)
    return folder


@pytest.mark.parametrize("content", ["", "[]", "{}", "half a rec"])
def test_a_damaged_record_is_named(earlier_run, tmp_path, content):
    folder = shutil.copytree(earlier_run, tmp_path / "run")
    (folder / "metrics.json").write_text(content)
    output = kgen("evaluate", folder, exit_code=1)
    assert output.startswith("Error: ") and "metrics.json" in output


def test_resume_goes_on_to_more_epochs_and_refuses_another_command(tmp_path):
    command = ("train", "autoencoder", "--latent-dim", 2, "--batch-size", 128)
    kgen(*command, "--epochs", 2, "--run-dir", tmp_path / "whole")
    command += ("--run-dir", tmp_path / "parts", "--resume")
    kgen(*command, "--epochs", 1)
    assert "Training goes on at step" in kgen(*command, "--epochs", 2)
    weights = [
        keras.saving.load_model(tmp_path / run / "model.keras").get_weights()
        for run in ("whole", "parts")
    ]
    for one, other in zip(*weights, strict=True):
        assert np.array_equal(one, other)
    output = kgen(*command, "--epochs", 3, "--seed", 1, exit_code=1)
    assert "seed 0, now 1" in output and "Traceback" not in output


def test_precision_and_averaged_weights(tmp_path):
    options = ("--precision", "mixed_bfloat16", "--ema", 0.9, "--strategy", "mirrored")
    options += ("--log", "tensorboard")
    kgen("train", "autoencoder", "--epochs", 2, "--run-dir", tmp_path, *options)
    assert len((tmp_path / "tensorboard" / "codes.tsv").read_text().splitlines()) == 360
    model, record = runs.load(tmp_path)
    assert model.encoder.layers[-1].compute_dtype == "bfloat16"
    assert model.optimizer.use_ema and model.optimizer.ema_momentum == 0.9
    assert record["precision"] == "mixed_bfloat16" and record["ema"] == 0.9
    assert keras.config.dtype_policy().name == "float32"


@choice.parametrize(
    "recipe, signal_number, rows",
    [("autoencoder", signal.SIGINT, 3), ("vae", signal.SIGTERM, 0)],
    by_default=1,
    ids=["ctrl-c-later", "terminated-at-once"],
)
def test_interrupting_leaves_a_usable_run(recipe, signal_number, rows, tmp_path):
    command = ["train", recipe, "--epochs", "100000", "--run-dir", str(tmp_path)]
    process = subprocess.Popen(
        [sys.executable, "-c", "from kgen.cli import main; main()", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    history = tmp_path / "history.csv"
    deadline = time.monotonic() + 120
    while not history.exists() or len(history.read_text().splitlines()) < rows:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(signal_number)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 128 + signal_number, errors
    assert "Held-out digits" in output
    record = json.loads((tmp_path / "metrics.json").read_text())
    assert record["interrupted"] and record["epochs"] >= rows - 1
    assert (tmp_path / "reconstructions.png").exists()
    assert kgen("evaluate", tmp_path).strip() in output


def test_a_gan_with_two_latent_numbers_draws_their_map(tmp_path):
    command = ("train", "gan", "--epochs", 1, "--latent-dim", 2, "--batch-size", 512)
    sizes = ("--set", "network=mlp", "--set", "hidden=[8]")
    assert "Held-out digits" in kgen(*command, *sizes, "--run-dir", tmp_path)
    assert (tmp_path / "manifold.png").exists()
    assert not (tmp_path / "latent.png").exists()


def test_a_file_that_is_imported_first_registers_what_it_has(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "import kgen\n"
        "@kgen.metrics.register('my_figure', needs=('x',))\n"
        "def my_figure(x):\n"
        "    return 1.0\n"
    )
    try:
        result = CliRunner().invoke(main, ["--import", str(file), "list"])
        assert result.exit_code == 0 and "my_figure" in result.output, result.output
    finally:
        FIGURES.pop("my_figure", None)
    file.write_text("raise ValueError('no such thing')")
    result = CliRunner().invoke(main, ["--import", str(file), "list"])
    assert result.exit_code == 1 and "Error: no such thing" in result.output
