"""A command prints what it has to say, and nothing of TensorFlow's start."""

import os
import subprocess
import sys

import pytest

from kgen.cli.startup import LOGGED, without_log

OURS = {"TF_CPP_MIN_LOG_LEVEL", "KGEN_DEBUG"}


def start(*command):
    environment = {k: v for k, v in os.environ.items() if k not in OURS}
    return subprocess.run(
        [sys.executable, "-m", "kgen", *command],
        env=environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_tensorflow_prints_nothing_unless_asked_to_debug():
    quiet = start("list", "--settings", "gan")
    assert quiet.returncode == 0 and "latent_dim" in quiet.stdout
    assert quiet.stderr == ""
    noisy = start("list", "--settings", "gan", "--debug")
    assert noisy.stdout == quiet.stdout and "oneDNN" in noisy.stderr


LINES = """\
I0000 00:00:1 7 port.cc:153] oneDNN custom operations are on.
To enable the following instructions: AVX2 FMA, rebuild TensorFlow.
something else
"""


def test_other_lines_are_printed_and_all_after_an_error(capfd):
    with without_log():
        os.write(2, LINES.encode())
    assert capfd.readouterr().err == "something else\n"
    with pytest.raises(ImportError), without_log():
        os.write(2, LINES.encode())
        raise ImportError
    assert capfd.readouterr().err == LINES
    assert not LOGGED.fullmatch("ImportError: no such file")
