"""The Python environment of the peers."""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
CPU_WHEELS = "https://download.pytorch.org/whl/cpu"


def peers_python(packages, python=None):
    """Path of a Python that can import the peers; builds an environment if needed.

    Args:
        packages: Names of the required packages.
        python: Path given by the user; `None` for `$KGEN_PEERS_PYTHON` or, without
            that variable, for the environment `benchmarks/.venv`, which is made once.
    """
    python = python or os.environ.get("KGEN_PEERS_PYTHON")
    if not python:
        python = FOLDER / ".venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
        if not python.exists():
            _install(python)
    # Looks the packages up without importing them, which would take seconds.
    probe = (
        "import sys; from importlib.util import find_spec as f; "
        f"sys.exit(not all(map(f, {packages})))"
    )
    if not shutil.which(python) or subprocess.run([python, "-c", probe]).returncode:
        sys.exit(f"{python} cannot import {', '.join(packages)}. {_advice()}")
    return str(python)


def _install(python):
    print(f"Installing the peers into {python.parents[1]} ...", file=sys.stderr)
    venv.create(python.parents[1], with_pip=True)
    requirements = FOLDER / "requirements.txt"
    command = [python, "-m", "pip", "install", "--extra-index-url", CPU_WHEELS]
    if subprocess.run([*command, "-r", requirements]).returncode:
        sys.exit(f"Could not install the peers. {_advice()}")


def _advice():
    return (
        "Install benchmarks/requirements.txt into an environment of your own and pass "
        "its Python as --peers-python, or remove benchmarks/.venv and try again."
    )
