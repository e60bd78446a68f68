"""Serves the page to a browser on this machine."""

from __future__ import annotations

import contextlib
import os
import socket
import webbrowser
from collections.abc import Iterable, Sequence

import fastapi
import uvicorn
from nicegui import ui
from starlette.middleware.trustedhost import TrustedHostMiddleware

from kgen.explore.page import page_of
from kgen.explore.subject import Subject
from kgen.runs.opening import DataSettings

HOST = "127.0.0.1"
# A page of the web must not reach this one under another name of this machine.
HOSTS = ("127.0.0.1", "localhost")


def explore(
    *paths: str | os.PathLike[str],
    port: int = 8080,
    show: bool = True,
    trust: bool = False,
    data_settings: DataSettings | None = None,
) -> None:
    """Serves a page that explores models, until it is stopped by Ctrl-C.

    The page is for browsers on this machine alone.

    Args:
        *paths: Runs, `.keras` files and SavedModels, which stand side by side. Without
            any there is the playground only.
        port: Port to listen at; 0 for a free one.
        show: Whether to open the page in a browser.
        trust: Whether to run SavedModels unchecked, see `kgen.serving.load_servable`.
        data_settings: `kgen.runs.DataSettings` of the models' data; by default those
            of their runs.

    Raises:
        FileNotFoundError: for a path without a model.
        OSError: if the port cannot be had.
        ValueError: for a model that cannot be loaded, or two of one name.
    """
    subjects = open_subjects(paths, trust, data_settings)
    with _listening(port) as listener:
        address = f"http://{HOST}:{listener.getsockname()[1]}"
        print(f"Exploring at {address} (Ctrl-C ends it)", flush=True)
        if show:
            webbrowser.open(address)
        config = uvicorn.Config(app(subjects), log_level="warning")
        uvicorn.Server(config).run(sockets=[listener])


def open_subjects(
    paths: Iterable[str | os.PathLike[str]],
    trust: bool = False,
    data_settings: DataSettings | None = None,
) -> list[Subject]:
    """The models at these paths, with their examples loaded.

    Raises:
        FileNotFoundError: for a path without a model.
        ValueError: for a model that cannot be loaded, or two of one name.
    """
    subjects = {}
    for path in paths:
        subject = Subject(path, trust, data_settings)
        if subject.name in subjects:
            raise ValueError(
                f"Two models are called {subject.name!r}: "
                f"{subjects[subject.name].path} and {subject.path}. Rename one."
            )
        subjects[subject.name] = subject
    for subject in subjects.values():
        subject.prepare()
    return list(subjects.values())


def app(subjects: Sequence[Subject]) -> fastapi.FastAPI:
    """The page as an ASGI application, which answers to names of this machine only."""
    found = fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    found.add_middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS))
    ui.run_with(found, root=page_of(subjects), title="kgen", show_welcome_message=False)
    return found


@contextlib.contextmanager
def _listening(port):
    try:
        listener = socket.create_server((HOST, port))
    except OSError as error:
        raise OSError(
            f"The port {port} cannot be used: {error}. Pass another --port."
        ) from error
    with listener:
        yield listener
