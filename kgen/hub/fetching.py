"""Fetches published models by name, and keeps them."""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import tempfile
import warnings
from typing import TYPE_CHECKING

from kgen.core.checks.values import check_switch
from kgen.core.files import whole
from kgen.core.lock import in_turn
from kgen.hub.manifest import LIMIT, MANIFEST, check_file, read_manifest, sha256_of
from kgen.hub.places import Folder, place_of
from kgen.runs.folders import METRICS, MODEL
from kgen.suggestions import suggest
from kgen.tables import PLAIN, SHIPPED, shipped

if TYPE_CHECKING:
    from kgen.core.model import GenerativeModel
    from kgen.serving.servable import Servable


def names() -> list[str]:
    """Names of the models that come with kgen."""
    return shipped()


def load(
    source: str | os.PathLike[str], sha256: str | None = None, trust: bool = False
) -> GenerativeModel | Servable:
    """A trained model, by its name, its place or its path.

    Code in a model is not run. Files of a published model are checked by their SHA-256,
    and kept in `KGEN_CACHE`, by default `~/.cache/kgen`.

    Args:
        source: A name of `kgen.hub.names()`, or of a model at the place that the
            environment variable `KGEN_HUB` names; a place, `https://...` or
            `hf://USER/NAME`; or a run folder, a `.keras` file or a SavedModel.
        sha256: If given, the SHA-256 that the file `model.keras` has to have.
        trust: Whether to run a SavedModel unchecked, see `load_servable`.

    Raises:
        ValueError: for an unknown name, for files that are not those that were
            published, or that kgen cannot load.
        FileNotFoundError: if there is no model at that place.
        ConnectionError: if the place cannot be reached, and no copy is kept.
        ImportError: for `hf://...` without huggingface_hub.

    Example:

    >>> vae = kgen.load("digits-vae")
    >>> vae.sample(3, seed=0).shape
    TensorShape([3, 8, 8, 1])
    """
    from kgen.serving import open_any
    from kgen.serving.opening import keras_file

    trust = check_switch("load", "trust", trust)
    path = fetch(source)
    if sha256 is not None:
        file = keras_file(path)
        if file is None:
            raise ValueError(
                f"sha256 was given, but {source} has no {MODEL} that it could be of."
            )
        if sha256_of(file) != str(sha256).lower():
            raise ValueError(
                f"{source} has a model with the SHA-256 {sha256_of(file)}, but "
                f"{sha256} was asked for. Take it only if you know why it has changed."
            )
    return open_any(path, trust)


def fetch(source: str | os.PathLike[str]) -> pathlib.Path:
    """The folder of a published model on this machine; see `load`.

    It has the files of a run: its model, record and pictures. Files that are there
    already are not downloaded again. Without a network the last copy is taken, with a
    warning.

    Args:
        source: As for `load`. A path of something that exists is returned as it is,
            after a check of its manifest if it has one.

    Warns:
        UserWarning: if there is no network, or if the record names data that commands
            would read from this machine, or a program: it is left out.
    """
    if not isinstance(source, (str, os.PathLike)) or not os.fspath(source):
        raise ValueError(
            f"`fetch` was given source={source!r}, but expects a name, a place or a "
            "path."
        )
    if not os.path.exists(source):
        place = resolve(os.fspath(source))
        if not isinstance(place, Folder):
            return _kept(place)
        path = place.path
    else:
        path = pathlib.Path(source)
        if not (path / MANIFEST).exists():
            return path
    files = read_manifest(_manifest(Folder(path)), path)
    for name in {MODEL, METRICS} & set(files):  # What is loaded.
        check_file(path / name, files[name], path)
    return path


def resolve(source):
    """The place of a name or of an address.

    Raises:
        ValueError: for an unknown name.
    """
    if "://" in source:
        return place_of(source)
    if source in shipped():
        return Folder(SHIPPED / source)
    base = os.environ.get("KGEN_HUB")
    if base and PLAIN.fullmatch(source):
        return place_of(f"{base.rstrip('/')}/{source}")
    raise ValueError(
        f"There is no file, folder or model {source!r}.{suggest(source, shipped())} "
        f"These models come with kgen: {', '.join(shipped())}. Others have a place, "
        "https://... or hf://USER/NAME, or a name at the place in KGEN_HUB."
    )


def cache() -> pathlib.Path:
    """The folder that keeps what was fetched."""
    given = os.environ.get("KGEN_CACHE")
    folder = pathlib.Path(given) if given else pathlib.Path("~", ".cache", "kgen")
    return folder.expanduser()


def _kept(place):
    """The folder in the cache with all files of a place, downloaded if need be."""
    known = cache() / "places" / hashlib.sha256(str(place).encode()).hexdigest()
    with in_turn(known):
        before = known / MANIFEST
        try:
            pinned = place.pinned()
            text = _manifest(pinned)
        except ConnectionError as error:
            if not before.exists():
                raise
            warnings.warn(
                f"{error} The copy that was fetched before is taken.", stacklevel=3
            )
            pinned, text = place, before.read_text()
        files = read_manifest(text, place)
        # A folder for each content: what is in use does not change.
        content = json.dumps(files, sort_keys=True).encode()
        name = place.name if PLAIN.fullmatch(place.name) else "model"
        folder = cache() / "models" / hashlib.sha256(content).hexdigest() / name
        folder.mkdir(parents=True, exist_ok=True)
        for file, entry in files.items():
            path = folder / file
            if not (path.exists() and sha256_of(path) == entry["sha256"]):
                _download(pinned, place, file, entry, folder)
        if not before.exists() or before.read_text() != text:
            with whole(before) as partial:
                partial.write_text(text)
        _leave_out_a_record_that_reads_files(folder, place)
    return folder


def _download(pinned, place, name, entry, folder):
    """Puts a file into a folder once it is whole, and the one that is described."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        path = pathlib.Path(temporary, name)
        pinned.get(name, path, entry["bytes"])
        check_file(path, entry, place)
        os.replace(path, folder / name)


def _manifest(place):
    """The text of a place's manifest."""
    with tempfile.TemporaryDirectory() as temporary:
        path = pathlib.Path(temporary, MANIFEST)
        place.get(MANIFEST, path, LIMIT)
        return path.read_text(errors="replace")


def _leave_out_a_record_that_reads_files(folder, place):
    """Removes the record of a fetched run if its data is a path, or runs a program.

    Commands load the data of a record: a stranger's must not name a folder of this
    machine, or a data set of a community, whose code TFDS would fetch and run.
    """
    path = folder / METRICS
    if not path.exists():
        return
    try:
        name = json.loads(path.read_text())["data"]["name"]
        safe = all(map(PLAIN.fullmatch, name.split("/"))) and not os.path.exists(name)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        name, safe = "of no name", False
    if not safe:
        path.unlink()
        warnings.warn(
            f"The record of {place} names the data {str(name)[:100]!r}, which are not "
            "read for somebody else. It is left out: name the data with --data.",
            stacklevel=4,
        )
