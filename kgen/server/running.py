"""Runs a server, and makes an export of what is not exported yet."""

from __future__ import annotations

import os
import pathlib
import tempfile
from collections.abc import Iterable

from kgen.server.app import app
from kgen.server.limits import Limits
from kgen.serving.exporting import export
from kgen.serving.loading import load_model
from kgen.serving.versions import is_served


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
        ValueError: for two models of one name, or one that cannot be loaded.
    """
    import uvicorn

    with tempfile.TemporaryDirectory() as folder:
        found = {}
        for path in map(pathlib.Path, paths):
            name = path.resolve().name.removesuffix(".keras")
            if name in found:
                raise ValueError(
                    f"Two models are called {name!r}: {found[name]} and {path}. Rename "
                    "a folder."
                )
            found[name] = exported(path, pathlib.Path(folder, name))
        served = app(found, limits, trust, poll_seconds)
        print(
            f"Serving {', '.join(found)} at http://{host}:{port}/v1/models", flush=True
        )
        uvicorn.run(served, host=host, port=port, log_level="warning")


def exported(path, folder):
    """The folder of an exported model; a run or a file is exported into `folder`.

    Raises:
        FileNotFoundError: if `path` is none of the three.
    """
    if is_served(path):
        return path
    if (path / "model.keras").exists():
        path = path / "model.keras"
    if path.suffix == ".keras" and path.exists():
        export(load_model(path), folder)
        return folder
    raise FileNotFoundError(
        f"{path} is no exported model, run folder or .keras file. `kgen train` writes "
        "all three."
    )
