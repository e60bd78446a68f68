"""New processes of a study, and what they print."""

import json
import os
import subprocess
import sys

from benchmarks.harness.interleave import REPOSITORY


def started(command, folder=REPOSITORY, **variables):
    """A process that runs; it finds this repository, and is silent about TensorFlow.

    Args:
        command: Arguments of Python.
        folder: The folder that it works in.
        **variables: Further variables of its environment.
    """
    paths = [str(REPOSITORY), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        **variables,
    }
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process):
    """What a process has printed at its end; a RuntimeError if it has failed."""
    output, errors = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{process.args} failed:\n{errors}")
    return output


def answer(process):
    """The last line that a process has printed, read as JSON."""
    return json.loads(finished(process).splitlines()[-1])
