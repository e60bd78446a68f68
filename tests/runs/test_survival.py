"""The command line on damaged, full, shared and vanished folders: one sentence each."""

import json
import shutil
import zipfile

import keras
import numpy as np
import pytest
from click.testing import CliRunner

from kgen import runs
from kgen.cli import main
from kgen.cli.settings import parse_settings
from kgen.core.lock import locked
from kgen.runs import fitting

pytestmark = pytest.mark.usefixtures("tfds_dir")
TRAIN = ("train", "autoencoder", "--batch-size", 512, "--latent-dim", 2)


def kgen(*arguments, exit_code=0):
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == exit_code, result.output + repr(result.exception)
    assert "Traceback" not in result.output
    return result.output


def fails(*arguments):
    """The sentence that a command ends with."""
    message = kgen(*arguments, exit_code=1).strip().splitlines()[-1]
    assert message.startswith("Error: ")
    return message


@pytest.fixture(scope="module")
def finished(tmp_path_factory, tfds_dir):
    """A run of one epoch, also exported."""
    folder = tmp_path_factory.mktemp("finished")
    kgen(*TRAIN, "--epochs", 1, "--run-dir", folder / "run", "--export", folder / "to")
    return folder


@pytest.fixture
def run(finished, tmp_path):
    """A copy of it."""
    return shutil.copytree(finished / "run", tmp_path / "run")


RECORDS = {
    "no data": lambda record: record.pop("data"),
    "data of text": lambda record: record.update(data="digits"),
    "no name": lambda record: record["data"].pop("name"),
    "another entry": lambda record: record["data"].update(colour=1),
    "name of a number": lambda record: record["data"].update(name=3),
    "size of text": lambda record: record["data"].update(batch_size="64"),
    "size below 1": lambda record: record["data"].update(batch_size=-1),
    "image size": lambda record: record["data"].update(image_size={"a": [1]}),
    "unknown data": lambda record: record["data"].update(name="digit"),
}


@pytest.mark.parametrize("change", RECORDS.values(), ids=RECORDS)
def test_an_edited_record(run, change):
    record = json.loads((run / "metrics.json").read_text())
    change(record)
    (run / "metrics.json").write_text(json.dumps(record))
    fails("evaluate", run)


@pytest.mark.parametrize("content", ["", "[1]", "{", '{"settings": 3}', "null"])
def test_an_edited_command(run, content):
    (run / "run.json").write_text(content)
    command = (*TRAIN, "--epochs", 1, "--run-dir", run, "--resume")
    assert str(run) in fails(*command)


def edit_config(path, change):
    """Changes the configuration in a `.keras` file."""
    with zipfile.ZipFile(path) as file:
        entries = {name: file.read(name) for name in file.namelist()}
    config = json.loads(entries["config.json"])
    entries["config.json"] = json.dumps(change(config)).encode()
    with zipfile.ZipFile(path, "w") as file:
        for name, content in entries.items():
            file.writestr(name, content)


def without(name):
    return lambda config: {key: config[key] for key in config if key != name}


def with_setting(name, value):
    return lambda config: {**config, "config": {**config["config"], name: value}}


CONFIGS = {
    "list": lambda config: [config],
    "number": lambda config: 3,
    "no class": without("class_name"),
    "no config": without("config"),
    "text": lambda config: {**config, "config": "text"},
    "encoder of a number": with_setting("encoder", 3),
    "encoder of a list": with_setting("encoder", [[1], {}]),
    "decoder of nothing": with_setting("decoder", None),
    "compiled by text": lambda config: {**config, "compile_config": "text"},
    "compiled by numbers": lambda config: {**config, "compile_config": {"a": 1}},
}


@pytest.mark.parametrize("change", CONFIGS.values(), ids=CONFIGS)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_an_edited_model(run, change):
    edit_config(run / "model.keras", change)
    fails("export", run, "-o", run / "to")


def test_weights_that_are_not_finite(run):
    model = keras.saving.load_model(run / "model.keras")
    weight = model.trainable_variables[0]
    weight.assign(np.full(weight.shape, np.nan))
    model.save(run / "model.keras")
    for command in (("evaluate", run), ("export", run, "-o", run / "to")):
        message = fails(*command)
        assert "model.keras" in message and f"{weight.path} is NaN" in message


FULL = ("history.csv", "model.keras", "metrics.json", "history.png", "run.json")


@pytest.mark.parametrize("name", FULL)
def test_a_full_disk_names_the_file(tmp_path, name):
    # Linux' device that is always full stands in for the next file.
    (tmp_path / f".partial-{name}").symlink_to("/dev/full")
    message = fails(*TRAIN, "--epochs", 1, "--run-dir", tmp_path)
    assert f"{tmp_path / name} could not be written: No space left on" in message
    assert not (tmp_path / name).exists()


def test_two_runs_in_one_folder(run):
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*")}
    with locked(run):
        for resume in ((), ("--resume",)):
            message = fails(*TRAIN, "--epochs", 2, "--run-dir", run, *resume)
            assert f"Another training is writing to {run}" in message
    assert before == {path: path.stat().st_mtime_ns for path in run.rglob("*")}


@pytest.mark.parametrize("made_anew", [False, True])
def test_a_folder_that_is_removed_meanwhile(tmp_path, monkeypatch, made_anew):
    folder = tmp_path / "run"
    save = fitting.SaveHistory.on_epoch_end

    def removing(self, epoch, logs=None):
        save(self, epoch, logs)
        shutil.rmtree(folder)
        if made_anew:
            (folder / "checkpoints").mkdir(parents=True)

    monkeypatch.setattr(fitting.SaveHistory, "on_epoch_end", removing)
    fails(*TRAIN, "--epochs", 1, "--run-dir", folder)


def test_numbers_of_the_recipe_may_change_on_resuming(run):
    command = (*TRAIN, "--run-dir", run, "--resume", "--set", "learning_rate=1e-5")
    with pytest.warns(UserWarning, match="learning_rate=1e-05 instead of"):
        kgen(*command, "--epochs", 2)
    model, record = runs.load(run)
    assert float(model.optimizer.learning_rate) == pytest.approx(1e-5)
    assert record["settings"]["learning_rate"] == 1e-5
    command = json.loads((run / "run.json").read_text())
    assert command["settings"]["learning_rate"] == 1e-5
    other = (*TRAIN, "--run-dir", run, "--resume", "--set", "network=mlp")
    assert "network None, now 'mlp'" in fails(*other, "--epochs", 2)


def test_an_unexpected_error_is_one_sentence_and_a_trace_to_debug(run, monkeypatch):
    def wrong(*arguments, **options):
        return {}["nothing"]

    monkeypatch.setattr(runs, "evaluate", wrong)
    message = fails("evaluate", run)
    assert "KeyError: 'nothing'" in message and "--debug" in message
    for command, env in (
        (["evaluate", "--debug", str(run)], {}),
        (["--debug", "evaluate", str(run)], {}),
        (["evaluate", str(run)], {"KGEN_DEBUG": "1"}),
    ):
        result = CliRunner().invoke(main, command, env=env)
        assert isinstance(result.exception, KeyError)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("64,32", [64, 32]),
        ("[64, 32]", [64, 32]),
        ("1e-3", 1e-3),
        ("gelu", "gelu"),
        ("a,b", "a,b"),
        ('"64,32"', "64,32"),
        ("null", None),
    ],
)
def test_values_of_settings(value, expected):
    assert parse_settings([f"name={value}"]) == {"name": expected}


@pytest.mark.parametrize(
    "options",
    [
        *[("--set", f"beta={value}") for value in ("nan", "inf", "1e999", "[1, NaN]")],
        ("--set", "filters=" + 10_000 * "["),
        ("--set", "beta=1", "--set", "beta=2"),
        ("--set", "=1"),
        ("--set", "latent_dim=2", "--latent-dim", 3),
        ("--ema", "nan"),
        ("--ema", "1"),
        ("--seed", -1),
        ("--seed", 2**32),
    ],
    ids=lambda options: "-".join(str(option) for option in options)[:24],
)
def test_options_that_make_no_sense(tmp_path, options):
    output = kgen("train", "vae", *options, "--run-dir", tmp_path / "run", exit_code=2)
    assert len(output) < 400 and "Error: " in output
    assert not (tmp_path / "run").exists()
