"""Imports TensorFlow without what it prints at its start."""

import contextlib
import os
import re
import sys
import tempfile

import click

# Lines of TensorFlow's log, whatever their severity, and those that belong to them.
LOGGED = re.compile(
    r"[IWE]\d{4} .*|WARNING: All log messages before absl::.*|"
    r"To enable the following instructions: .*"
)


def load_libraries():
    """Imports Keras and TensorFlow; errors of its log are shown, all with `--debug`.

    TensorFlow prints about its build and the devices that it has not found, before its
    own `TF_CPP_MIN_LOG_LEVEL` has an effect.
    """
    debug = click.get_current_context().meta.get("debug", False)
    if debug or "tensorflow" in sys.modules:
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # Errors and worse.
    with without_log():
        import keras  # noqa: F401
        import tensorflow as tf

        tf.config.list_physical_devices()  # It says that there is no driver of CUDA.


@contextlib.contextmanager
def without_log():
    """A context in which the process prints no line of TensorFlow's log to `stderr`.

    The log comes from C++, so that the file descriptor is replaced. All other lines are
    printed at the end; all lines, if there was an error.
    """
    try:
        stderr = os.dup(2)
    except OSError:  # There is none.
        yield
        return
    failed = True
    with tempfile.TemporaryFile() as printed:
        os.dup2(printed.fileno(), 2)
        try:
            yield
            failed = False
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            printed.seek(0)
            for line in printed.read().decode(errors="replace").splitlines():
                if failed or not LOGGED.fullmatch(line):
                    print(line, file=sys.stderr)
