"""Serves the page to a browser on this machine."""

from __future__ import annotations

import os
import pathlib
import webbrowser
from collections.abc import Iterable, Sequence

import fastapi
import uvicorn
from nicegui import ui
from starlette.middleware.trustedhost import TrustedHostMiddleware

from kgen.core.checks.values import check_count, check_switch
from kgen.core.files import check_path
from kgen.core.ports import listening
from kgen.explore.guard import Guard
from kgen.explore.page import page_of
from kgen.explore.subject import Subject
from kgen.runs.opening import DataSettings

HOST, LAST_PORT = "127.0.0.1", 65535
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
        data_settings: `kgen.runs.DataSettings` of the data of `.keras` files and
            SavedModels; runs record theirs.

    Raises:
        FileNotFoundError: for a path without a model.
        OSError: if the port cannot be had.
        ValueError: for a model that cannot be loaded, a path that is there twice, or an
            argument that is invalid.
    """
    port = check_count("explore", "port", port, fewest=0)
    if port > LAST_PORT:
        raise ValueError(
            f"`explore` was given port={port}, but ports end at {LAST_PORT}."
        )
    show = check_switch("explore", "show", show)
    trust = check_switch("explore", "trust", trust)
    if not (data_settings is None or isinstance(data_settings, DataSettings)):
        raise ValueError(
            f"`explore` was given data_settings={data_settings!r}, but expects "
            "kgen.runs.DataSettings, such as DataSettings('digits')."
        )
    subjects = open_subjects(paths, trust, data_settings)
    with listening(HOST, port) as listener:
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
        ValueError: for a model that cannot be loaded, or a path that is there twice.
    """
    paths = [check_path("explore", "paths", path) for path in paths]
    subjects = [Subject(path, trust, data_settings) for path in paths]
    if data_settings is not None and all(s.run is not None for s in subjects):
        raise ValueError(
            "`explore` was given the name of a data set, but runs record the data that "
            "they learned. Leave it out."
        )
    for subject, name in zip(subjects, names_of(paths), strict=True):
        subject.rename(name)
        subject.prepare()
    return subjects


def names_of(paths: Sequence[pathlib.Path]) -> list[str]:
    """The last part of each path; more parts where two paths have the same.

    Raises:
        ValueError: for a path that is there twice.
    """
    whole = [str(path.resolve()).removesuffix(".keras") for path in paths]
    for path, name in zip(paths, whole, strict=True):
        if whole.count(name) > 1:
            raise ValueError(f"`explore` was given {path} twice. Leave one out.")
    lengths = [1] * len(paths)
    while True:
        found = [
            "/".join(name.split("/")[-length:])
            for name, length in zip(whole, lengths, strict=True)
        ]
        if len(set(found)) == len(found):
            return found
        lengths = [
            length + (found.count(name) > 1)
            for name, length in zip(found, lengths, strict=True)
        ]


def app(subjects: Sequence[Subject]) -> fastapi.FastAPI:
    """The page as an ASGI application, which answers to names of this machine only."""
    found = fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    found.add_middleware(Guard)
    found.add_middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS))
    ui.run_with(found, root=page_of(subjects), title="kgen", show_welcome_message=False)
    return found
