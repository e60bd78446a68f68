"""Run folders: the files of a run, and how a new run replaces an earlier one."""

import json
import os
import pathlib
import shutil
import tempfile
import warnings
from contextlib import contextmanager

from kgen.core.checkpoint.changes import is_number
from kgen.core.file_format import FORMAT, KEY, check_format
from kgen.core.files import whole
from kgen.loggers.tensorboard import FOLDER as EVENTS
from kgen.runs.fitting import CHECKPOINTS, HISTORY, SAMPLES

MODEL = "model.keras"
METRICS = "metrics.json"
COMMAND = "run.json"
LOGGED = "loggers.json"
PICTURES = (
    *("history.png", "samples.png", "reconstructions.png", "translations.png"),
    *("latent.png", "manifold.png"),
)


@contextmanager
def run_folder(folder, command, resume):
    """A context in which a folder has a run of this command and no earlier one.

    If training fails before the end of its first epoch, the earlier run is restored:
    a wrong setting must not destroy a trained model.

    Args:
        folder: `pathlib.Path`.
        command: Dictionary of the settings that decide the weights.
        resume: Whether to continue an earlier run of the same command.

    Raises:
        ValueError: if the run to be resumed had another command.
        OSError: if the folder cannot be written.
    """
    if is_resumed(folder, resume):
        found = read_json(folder / COMMAND)
        check_same_command(folder, found, command)
        yield
        if found != command:
            write_json(folder / COMMAND, command)
        return
    if resume and (folder / COMMAND).exists():
        warnings.warn(
            f"--resume: {folder} holds a run without checkpoints, which cannot be "
            "resumed. It is trained anew, and replaced.",
            stacklevel=2,
        )
    earlier = folder / ".earlier"
    shutil.rmtree(earlier, ignore_errors=True)
    move_run(folder, earlier)
    write_json(folder / COMMAND, command)
    try:
        yield
    except BaseException:
        if not (folder / HISTORY).exists() and (earlier / COMMAND).exists():
            for name in (CHECKPOINTS, EVENTS):
                shutil.rmtree(folder / name, ignore_errors=True)
            (folder / LOGGED).unlink(missing_ok=True)
            move_run(earlier, folder)
        raise
    finally:
        shutil.rmtree(earlier, ignore_errors=True)


def is_resumed(folder, resume):
    """Whether training in a folder goes on, and does not begin.

    Args:
        folder: `pathlib.Path`.
        resume: Whether the user wants it to go on.
    """
    checkpoints = folder / CHECKPOINTS
    return resume and checkpoints.is_dir() and any(checkpoints.iterdir())


def move_run(source, target):
    """Moves the files of a run, except the model, from one folder to another."""
    names = [COMMAND, METRICS, HISTORY, LOGGED, *PICTURES]
    # The old model stays until there is a new one.
    samples = [path.relative_to(source) for path in source.glob(f"{SAMPLES}/epoch-*")]
    for name in [*names, CHECKPOINTS, EVENTS, *samples]:
        if (source / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(source / name, target / name)
    target.mkdir(parents=True, exist_ok=True)
    source.mkdir(parents=True, exist_ok=True)


def check_same_command(folder, found, command):
    """Raises a ValueError unless a run was started by the same command.

    It may have had another number of epochs, and other loggers.
    `kgen.callbacks.Checkpoint` checks settings that are numbers, because it knows which
    of them may change.
    """
    found = found if isinstance(found, dict) else {}
    wanted = json.loads(json.dumps(command))
    settings = [
        (name, before, now)
        for name, before, now in pairs(found.get("settings"), wanted.pop("settings"))
        # A missing setting may be a number in the recipe.
        if not all(value is None or is_number(value) for value in (before, now))
    ]
    differing = [
        f"{name} {before!r}, now {now!r}"
        for name, before, now in pairs(found, wanted) + settings
        if before != now and name not in ("settings", "epochs", "log")
    ]
    if differing:
        raise ValueError(
            f"The run in {folder} was started with {'; '.join(differing)}. To go on, "
            "give the same again; to start anew, leave out --resume or choose another "
            "folder."
        )


def pairs(found, wanted):
    """`(name, found, wanted)` for all names in either of two dictionaries."""
    found = found if isinstance(found, dict) else {}
    names = {**found, **wanted}
    return [(name, found.get(name), wanted.get(name)) for name in names]


def read_json(path):
    """The content of a JSON file of a run.

    Raises:
        ValueError: if the file is missing, damaged or of a later kgen, with advice.
    """
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ValueError(
            f"{path} cannot be read ({error}), so the settings of this run are "
            "unknown. Restore it from a backup, or train into another folder."
        ) from error
    if isinstance(content, dict):
        check_format(path, content.pop(KEY, None))
    return content


def write_json(path, content):
    """Writes a JSON file, completely or not at all."""
    with whole(path) as partial:
        partial.write_text(json.dumps({KEY: FORMAT, **content}, indent=2) + "\n")


def check_writable(folder):
    """Tries to write in a folder, or in its nearest existing parent.

    Raises:
        OSError: if that fails, with advice.
    """
    folder = pathlib.Path(folder).absolute()
    place = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        tempfile.TemporaryFile(dir=place).close()
    except OSError as error:
        raise OSError(
            f"{folder} cannot be written: {place}: {error.strerror}. Choose a folder "
            "that you may write to."
        ) from error
