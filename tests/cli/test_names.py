"""Names are found in the source, refused before TensorFlow is there, and completed."""

import os
import subprocess
import sys

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from kgen.cli import main, names
from kgen.loggers import LOGGERS
from kgen.metrics import CONTESTS, FIGURES
from kgen.recipes import RECIPES
from kgen.serving import FORMATS

TABLES = {
    "kgen.recipes": (names.recipes, RECIPES),
    "kgen.metrics": (names.figures, {**FIGURES, **CONTESTS}),
    "kgen.serving": (names.formats, FORMATS),
    "kgen.loggers": (names.loggers, LOGGERS),
}


@pytest.mark.parametrize("module", TABLES)
def test_the_source_has_the_names_of_the_table(module, monkeypatch):
    found, table = TABLES[module]
    assert sorted(found()) == sorted(table)
    monkeypatch.delitem(sys.modules, module)
    assert sorted(found()) == sorted(table)


REFUSED = {
    ("train", "vee"): "Unknown recipe 'vee'. Did you mean 'vae'?",
    ("list", "--settings", "ddmp"): "Did you mean 'ddpm'?",
    ("evaluate", "run", "--figures", "likelihood,psnrr"): "'psnrr'. Did you mean 'ps",
    ("export", "run", "-o", "to", "--format", "saved"): "Unknown export format 'saved'",
    ("train", "vae", "--log", "mlfow"): "Unknown logger 'mlfow'. Did you mean 'mlfl",
    ("train", "vae", "--data", "digit"): "no data set 'digit'",
    ("train", "vae", "--data", "./pictures"): "no data set './pictures'",
    ("trian", "vae"): "no command 'trian'. Did you mean 'train'?",
}
PROGRAM = """
import sys
from click.testing import CliRunner
from kgen.cli import main
for command in COMMANDS:
    result = CliRunner().invoke(main, command)
    loaded = "tensorflow" in sys.modules
    print(result.exit_code, loaded, result.output.split("Error")[1])
"""


def test_misspelt_names_are_refused_without_tensorflow():
    """It takes most of the time of a command."""
    program = PROGRAM.replace("COMMANDS", repr([*map(list, REFUSED)]))
    process = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True
    )
    assert process.returncode == 0, process.stderr
    lines = process.stdout.split("\n\n")
    for (command, message), line in zip(REFUSED.items(), lines, strict=False):
        exit_code, loaded, text = line.split(maxsplit=2)
        assert (exit_code, loaded) == ("2" if command[0] == "trian" else "1", "False")
        assert message in text


def test_names_that_a_file_registers_are_known(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "import dataclasses, kgen\n"
        "vae = kgen.recipes.RECIPES['vae']\n"
        "kgen.recipes.register('my-vae', dataclasses.replace(vae, summary='mine'))\n"
    )
    try:
        command = ["--import", str(file), "list", "--settings", "my-vae"]
        result = CliRunner().invoke(main, command)
        assert result.exit_code == 0 and "my-vae: mine" in result.output, result.output
    finally:
        RECIPES.pop("my-vae", None)


@pytest.mark.parametrize(
    ("words", "incomplete", "found"),
    [
        ([], "tr", ["train"]),
        (["train"], "beta", ["beta-vae"]),
        (["train", "vae"], "--bat", ["--batch-size"]),
        (["train", "vae", "--data"], "mo", ["moons", "mo"]),
        (["evaluate", "--figures"], "psnr,ss", ["psnr,ssim"]),
        (["export", "run", "--format"], "saved", ["saved_model"]),
        (["list", "--settings"], "ddp", ["ddpm"]),
        (["train", "--from", "run.json"], "glo", ["glow"]),
    ],
)
def test_the_shell_completes_names(words, incomplete, found):
    complete = ShellComplete(main, {}, "kgen", "_KGEN_COMPLETE")
    items = complete.get_completions(words, incomplete)
    assert [item.value for item in items] == found


@pytest.mark.parametrize(
    "words", [["sample"], ["evaluate", "a"], ["export", "a", "-o"], ["encode", "-o"]]
)
def test_the_shell_completes_files(words):
    complete = ShellComplete(main, {}, "kgen", "_KGEN_COMPLETE")
    (item,) = complete.get_completions(words, "runs/v")
    assert (item.type, item.value) == ("file", "runs/v")


def test_the_completion_of_a_shell_is_printed():
    process = subprocess.run(
        [sys.executable, "-m", "kgen"],
        env={**os.environ, "_KGEN_COMPLETE": "zsh_source"},
        capture_output=True,
        text=True,
    )
    assert "compdef" in process.stdout, process.stderr
