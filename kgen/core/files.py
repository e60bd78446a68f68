"""Files are written completely or not at all, even if the program or disk fails."""

import contextlib
import os
import pathlib
import reprlib

ADVICE = "Make room there, permit writing, or choose another folder."


def check_path(name, key, path, endings=()):
    """`path` as a `pathlib.Path`, if it is the name of a file or folder.

    Args:
        name: Name of the function that takes `path`, for the error.
        key: Name of the argument.
        path: The user's argument.
        endings: Allowed endings, such as `".png"`; any by default.

    Raises:
        ValueError: if `path` is not a str or path, is empty, or has another ending.
    """
    given = f"`{name}` was given {key}={reprlib.repr(path)}, but expects"
    # `os` accepts a path of bytes, but `pathlib` does not.
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
    """Gives a temporary path to write to; its file replaces `path` at the end.

    The temporary file lies beside `path`, is flushed to disk and moved in one step: a
    reader finds the old file or the new one, also after a power failure.

    Args:
        path: The file to write; its folder has to exist.
        advice: Advice in the error if the file cannot be written.

    Raises:
        OSError: if the file cannot be written; the message has the file and the
            reason, and an earlier file at `path` is unchanged.
    """
    path = pathlib.Path(path)
    partial = path.with_name(f".partial-{path.name}")
    try:
        yield partial
        _sync(partial)
        os.replace(partial, path)
        if hasattr(os, "O_DIRECTORY"):  # The system can open folders.
            _sync(path.parent)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        if not path.parent.is_dir():
            reason = f"its folder {path.parent} is not there any more"
        raise OSError(f"{path} could not be written: {reason}. {advice}") from error
    finally:
        # A failure to remove the file must not hide the error above.
        with contextlib.suppress(OSError):
            partial.unlink()


def save_atomically(model, path):
    """Saves a model beside `path`, then moves the complete file there in one step.

    Args:
        model: A `keras.Model`.
        path: `.keras` file; its folder has to exist.

    Raises:
        OSError: if it cannot be written; an earlier file at `path` is unchanged.
    """
    with whole(path) as partial:
        model.save(partial)


def _sync(path):
    """Waits until a file, or the file list of a folder, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
