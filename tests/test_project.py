"""What is around the code: the wheel, the image, the version."""

import pathlib
import re
import subprocess
import sys
import zipfile

import pytest

import kgen

ROOT = pathlib.Path(__file__).parents[1]


def run(*command, **options):
    """Runs a program of this environment; its output."""
    script = pathlib.Path(sys.executable).parent / command[0]
    done = subprocess.run(
        [script, *command[1:]], capture_output=True, text=True, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_image_copies_what_it_needs_and_is_linted():
    text = (ROOT / "Dockerfile").read_text()
    run("hadolint", str(ROOT / "Dockerfile"))
    copied = [
        name
        for line in re.findall(r"^COPY (.*) \S+$", text, re.M)
        for name in line.split()
    ]
    allowed = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.M)
    assert sorted(copied) == sorted(allowed)
    assert all((ROOT / name).exists() for name in copied)


def test_one_version_everywhere():
    citation = (ROOT / "CITATION.cff").read_text()
    assert re.search(r"^version: (.*)$", citation, re.M)[1] == kgen.__version__


@pytest.mark.slow
def test_the_wheel_is_built_checked_and_installed(tmp_path):
    """In an empty environment, where it lists its recipes."""
    run("python", "-m", "build", "--outdir", str(tmp_path), str(ROOT))
    (wheel,), (source,) = tmp_path.glob("*.whl"), tmp_path.glob("*.tar.gz")
    run("twine", "check", "--strict", str(wheel), str(source))
    names = zipfile.ZipFile(wheel).namelist()
    assert "kgen/py.typed" in names and "kgen/__init__.pyi" in names
    assert not [name for name in names if name.startswith(("tests", "docs"))]
    run("python", "-m", "venv", str(tmp_path / "env"))
    python = tmp_path / "env" / "bin" / "python"
    for command in (["-m", "pip", "install", "-q", str(wheel)], ["-m", "kgen", "list"]):
        done = subprocess.run(
            [python, *command], capture_output=True, text=True, cwd=tmp_path
        )
        assert done.returncode == 0, done.stderr
    assert "realnvp" in done.stdout
