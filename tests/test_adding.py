"""`docs/adding.md` is true: each addition is one file, and nothing else changes."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "adding.md").read_text()

USE = """
import numpy as np
from click.testing import CliRunner
import kgen
from kgen.cli import main

def run(*arguments):
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exit_code == 0, result.output
    return result.output

listed = run("list")
assert all(n in listed for n in ("brightness_error", "ramps", "table")), listed
run("train", "vae", "--data", "ramps", "--epochs", "1", "--run-dir", "run")
found = run("evaluate", "run", "-n", "2", "--figures", "brightness_error")
assert "brightness_error" in found and "lower" in found, found
exported = run("export", "run", "-o", "exported", "--format", "table")
assert np.loadtxt("exported/1/decode.csv").shape == (64,)

game = game_module.game
names = ("critic", "forger", "mirror")
assert game.optimizer_names == tuple(f"{name}_optimizer" for name in names)
assert int(game.optimizer.iterations) == 16
assert int(game.mirror_optimizer.iterations) == 8
assert "sharp-vae" in listed and recipe_module.vae.beta == 0.5
import keras
game.save("game.keras")
same = keras.saving.load_model("game.keras")
x = game_module.x[:5]
np.testing.assert_allclose(same.translate(x), game.translate(x))
drift = model_module.drift
assert sorted(drift.data_specs) == ["weights", "wind", "x"]
from kgen import testing
for check in testing.CHECKS:
    if check.__name__ in ("check_inputs", "check_bad_input", "check_precision"):
        check(drift, np.zeros((8, 3), "float32"), None)
"""


def code(heading):
    """The Python of a section, and the file that it says it is, if any."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    place = re.search(r"file is `(kgen/[^`]+)`", section)
    return re.search(r"```python\n(.*?)```", section, re.DOTALL)[1], place and place[1]


@pytest.fixture(scope="module")
def additions(tmp_path_factory):
    """A copy of kgen, the files of the page, and a folder to work in."""
    folder = tmp_path_factory.mktemp("adding")
    shutil.copytree(
        ROOT / "kgen", folder / "kgen", ignore=shutil.ignore_patterns("__pycache__")
    )
    headings = ("A figure", "A data set", "An export format")
    files = [code(heading) for heading in headings]
    return folder, files


def python(folder, program):
    work = folder / "work"
    work.mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=work,
        env={**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{work}"},
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_five_additions_are_five_files(additions):
    folder, files = additions
    for text, place in files:
        assert not (folder / place).exists()
        (folder / place).write_text(text)
    (folder / "work").mkdir()
    in_folder = {"model": "A model", "game": "A game", "recipe": "A recipe"}
    for name, heading in in_folder.items():
        (folder / "work" / f"{name}_module.py").write_text(code(heading)[0])
    modules = ", ".join(f"{name}_module" for name in in_folder)
    done = python(folder, f"import {modules}\n{USE}")
    assert done.returncode == 0, done.stderr[-3000:]
    for _, place in files:
        (folder / place).unlink()
    done = python(folder, "from kgen.cli import main; main(['list'])")
    assert done.returncode == 0 and "digits" in done.stdout
    assert not re.search("brightness_error|ramps|table", done.stdout.split("Data")[1])
