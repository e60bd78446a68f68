"""Files that are whole or not there, whatever ends the program or fills the disk."""

import contextlib
import os
import pathlib
import reprlib

ADVICE = "Make room there, permit writing, or choose another folder."


def check_path(name, key, path, endings=()):
    """`path` as a `pathlib.Path`, if it is the name of a file or folder.

    Args:
        name: Of the function that was given it, for the error.
        key: What it was passed as.
        path: What a user passed.
        endings: Those that it may have, such as `".png"`; any by default.

    Raises:
        ValueError: if it is no str or path, is empty, or ends otherwise.
    """
    given = f"`{name}` was given {key}={reprlib.repr(path)}, but expects"
    # One of bytes is a path to `os`, but not to `pathlib`.
    if not isinstance(path, (str, os.PathLike)) or isinstance(os.fspath(path), bytes):
        raise ValueError(f"{given} a path: a str or a pathlib.Path.")
    if not os.fspath(path) or "\0" in os.fspath(path):
        raise ValueError(f"{given} the name of a file or folder.")
    path = pathlib.Path(path)
    if endings and path.suffix.lower() not in endings:
        raise ValueError(f"{given} a file whose name ends in {' or '.join(endings)}.")
    return path


@contextlib.contextmanager
def whole(path, advice=ADVICE):
    """Gives a path to write to, whose file takes the place of `path` at the end.

    It lies beside `path`, is written to disk and moved in one step: a reader, or a
    machine that loses its power, has the old file or the new one.

    Args:
        path: The file to write; its folder has to be there.
        advice: What to do if it cannot be written, for the error.

    Raises:
        OSError: if it cannot be written; the message has the file and the reason, and
            what was at `path` is as it was.
    """
    path = pathlib.Path(path)
    partial = path.with_name(f".partial-{path.name}")
    try:
        yield partial
        _sync(partial)
        os.replace(partial, path)
        if hasattr(os, "O_DIRECTORY"):  # Where folders can be opened.
            _sync(path.parent)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        if not path.parent.is_dir():
            reason = f"its folder {path.parent} is not there any more"
        raise OSError(f"{path} could not be written: {reason}. {advice}") from error
    finally:
        # Where nothing can be removed, why it could not be written matters more.
        with contextlib.suppress(OSError):
            partial.unlink()


def save_atomically(model, path):
    """Saves a model beside `path` and moves it there, in one step, once it is whole.

    Args:
        model: A `keras.Model`.
        path: `.keras` file; its folder has to be there.

    Raises:
        OSError: if it cannot be written; what was at `path` is as it was.
    """
    with whole(path) as partial:
        model.save(partial)


def _sync(path):
    """Waits until a file, or the list of the files in a folder, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
