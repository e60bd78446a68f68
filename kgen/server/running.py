"""Runs a server, and makes an export of what is not exported yet."""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import sys
import tempfile
import threading
from collections.abc import Iterable

import uvicorn

from kgen.core.ports import listening
from kgen.server.app import app
from kgen.server.limits import Limits
from kgen.serving.exporting import export
from kgen.serving.loading import load_model
from kgen.serving.opening import keras_file
from kgen.serving.versions import is_served

STOP_SECONDS = 10  # In which requests may still be answered.


def serve(
    paths: Iterable[str | os.PathLike[str]],
    host: str = "127.0.0.1",
    port: int = 8501,
    limits: Limits | None = None,
    trust: bool = False,
    poll_seconds: float = 2.0,
) -> None:
    """Serves models until it is stopped, by TensorFlow Serving's REST interface.

    Args:
        paths: Exported models, runs or `.keras` files. The last part of a path is the
            name of its model.
        host: Address to listen at; `"0.0.0.0"` for all of this machine.
        port: Port to listen at.
        limits: `kgen.server.Limits`.
        trust: Whether to load SavedModels unchecked, see `load_servable`.
        poll_seconds: Time between two looks for newer versions.

    Raises:
        FileNotFoundError: for a path without a model.
        OSError: if the port cannot be had.
        ValueError: for two models of one name, or one that cannot be loaded.
    """
    limits = limits or Limits()
    named = {}
    for path in map(pathlib.Path, paths):
        name = path.resolve().name.removesuffix(".keras")
        if name in named:
            raise ValueError(
                f"Two models are called {name!r}: {named[name]} and {path}. Rename one."
            )
        named[name] = path
    with tempfile.TemporaryDirectory() as folder, listening(host, port) as listener:
        found = {
            name: exported(path, pathlib.Path(folder, name))
            for name, path in named.items()
        }
        served = app(found, limits, trust, poll_seconds)
        for name in found:
            address = f"http://{host}:{listener.getsockname()[1]}/v1/models/{name}"
            print(f"Serving {named[name]} at {address}", flush=True)
        config = uvicorn.Config(
            served,
            log_level="warning",
            timeout_graceful_shutdown=STOP_SECONDS,
        )
        with ending_by_signal():
            uvicorn.Server(config).run(sockets=[listener])


@contextlib.contextmanager
def ending_by_signal():
    """Context in which SIGTERM raises SystemExit, so that temporary files are removed.

    The server itself ends first: uvicorn sends the signal again after it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)


def exported(path, folder):
    """The folder of an exported model; a run or a file is exported into `folder`.

    Raises:
        FileNotFoundError: if `path` is none of the three.
    """
    if is_served(path):
        return path
    file = keras_file(path)
    if file is not None:
        export(load_model(file), folder)
        return folder
    raise FileNotFoundError(
        f"{path} is no exported model, run folder or .keras file. `kgen train` writes "
        "all three."
    )
