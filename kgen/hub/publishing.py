"""Publishes runs: to a folder, or to Hugging Face."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import tempfile
import warnings

from kgen.core.checks.values import check_switch
from kgen.core.files import check_path
from kgen.hub.card import CARD, LOADED, check_license, text_of
from kgen.hub.manifest import MANIFEST, manifest_of
from kgen.hub.places import place_of
from kgen.runs.folders import COMMAND, METRICS, MODEL, PICTURES
from kgen.runs.opening import load


def push(
    run_dir: str | os.PathLike[str],
    place: str | os.PathLike[str],
    license: str | None = None,
    private: bool = False,
    message: str | None = None,
) -> str:
    """Publishes the model of a run, with its record, pictures and card.

    `kgen.load(place)` then loads it. The card is the `README.md` of the run, if there
    is one, else what `card` would write. A folder that a web server serves is a place
    for others: they load its https address.

    Args:
        run_dir: Folder of a run.
        place: `hf://USER/NAME`, made if it does not exist, or a folder.
        license: License of the model, see `card`.
        private: Whether the repository is private. By default its owner's settings
            decide.
        message: Message of the commit.

    Returns:
        Where the model can be seen: the address of the repository, or the folder.

    Raises:
        FileNotFoundError: if the folder holds no run.
        ValueError: for a place that cannot be written to, or arguments that it does not
            take.
        ConnectionError: if the server does not answer, or refuses.
        ImportError: for `hf://...` without huggingface_hub.

    Warns:
        UserWarning: if the card states no license or is older than the model, or if the
            record has a path of this machine.
    """
    folder = check_path("push", "run_dir", run_dir)
    private = check_switch("push", "private", private)
    target = place_of(place)
    target.check_put(private, message)
    model, record = load(folder)  # What cannot be loaded is not published.
    loaded = f"kgen.load({json.dumps(str(place))})"
    text = card_of(folder, model, record, license).replace(LOADED, loaded)
    name = record["data"]["name"]
    if os.path.isabs(name) or os.path.isdir(name):
        warnings.warn(
            f"The record of the run has the path {name!r}, which is published with it.",
            stacklevel=2,
        )
    with tempfile.TemporaryDirectory() as temporary:
        # The files as they are now: the manifest has to fit them.
        source = pathlib.Path(temporary)
        (source / CARD).write_text(text, encoding="utf-8")
        for name in (MODEL, METRICS, COMMAND, *PICTURES):
            if (folder / name).exists():
                shutil.copyfile(folder / name, source / name)
        names = sorted(path.name for path in source.iterdir())
        (source / MANIFEST).write_text(manifest_of(source, names))
        names.append(MANIFEST)  # The last one to be written.
        return target.put(source, names, private, message)


def card_of(folder, model, record, license):
    """The text of the card that is published with a run; warns where it may be wrong.

    Args:
        folder: Folder of the run.
        model: Its model.
        record: Its record.
        license: The license, or `None`.
    """
    check_license(license)
    path = folder / CARD
    if not path.exists():
        if license is None:
            warnings.warn(
                "The card states no license, so nobody may use the model: pass "
                "license, such as 'mit'.",
                stacklevel=3,
            )
        return text_of(folder, model, record, license)
    if license is not None:
        raise ValueError(
            f"license={license!r} was given, but {path} is there already and is taken "
            "as it is. Write the license into it, or remove it."
        )
    if path.stat().st_mtime < (folder / METRICS).stat().st_mtime:
        warnings.warn(
            f"{path} is older than the model: its figures may be those of an earlier "
            "one. Write it anew if so.",
            stacklevel=3,
        )
    return path.read_text(encoding="utf-8")
