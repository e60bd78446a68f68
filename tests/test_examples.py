"""Every example runs as a script; one epoch is enough to see that it does."""

import pathlib
import runpy
import sys

import pytest

FOLDER = pathlib.Path(__file__).parents[1] / "examples"
EXAMPLES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "shared")
# They trace a U-Net for each of many samplers, or train several.
SLOW = {"ddpm", "diffusion_2d", "diffusion_bound", "few_steps"}
SLOW |= {"guidance", "inpainting"}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else [])
        for name in EXAMPLES
    ],
)
def test_example(name, tmp_path, monkeypatch, capsys, tfds_dir):
    monkeypatch.syspath_prepend(FOLDER)
    command = [f"{name}.py", "--epochs", "1", "--output", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", command)
    runpy.run_path(FOLDER / f"{name}.py", run_name="__main__")
    output = capsys.readouterr().out
    assert "held-out" in output.lower().replace(" ", "-")
    pictures = [line.split()[1] for line in output.splitlines() if "Wrote" in line]
    files = [path for path in tmp_path.iterdir() if path.suffix in (".png", ".gif")]
    assert pictures and len(pictures) == len(files)
