"""One writer for each folder."""

import contextlib
import os
import pathlib
import warnings

from kgen.core.files import ADVICE

try:
    import fcntl
except ImportError:  # Windows.
    fcntl = None


@contextlib.contextmanager
def locked(folder):
    """Inside, nobody else has this folder locked.

    The operating system locks the folder itself: that leaves no file, and ends with the
    process, however it ends.

    Args:
        folder: The folder, which is made if need be.

    Returns:
        In `as`, a function that raises a `FileNotFoundError` if the folder was removed,
        or replaced by another one, since.

    Raises:
        OSError: if somebody else has it locked, or if it cannot be made.
    """
    folder = pathlib.Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(f"{folder} cannot be made: {error.strerror}. {ADVICE}") from error
    if fcntl is None:
        warnings.warn(
            f"{folder} cannot be locked on this system: let no two programs train "
            "into it.",
            stacklevel=3,
        )
        yield lambda: None
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        _lock(handle, folder)
        yield lambda: _check_there(handle, folder)
    finally:
        os.close(handle)


def _lock(handle, folder):
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OSError(
            f"Another training is writing to {folder}. Wait for its end, end it, or "
            "choose another folder."
        ) from None
    except OSError as error:  # Some file systems on networks.
        warnings.warn(
            f"{folder} cannot be locked ({error.strerror}): let no two programs train "
            "into it.",
            stacklevel=2,
        )


def _check_there(handle, folder):
    try:
        same = os.path.samestat(os.fstat(handle), os.stat(folder))
    except FileNotFoundError:
        same = False
    if not same:
        raise FileNotFoundError(
            f"{folder} was removed while this training wrote to it: what it held is "
            "lost. Start the training again, and leave the folder alone meanwhile."
        )
