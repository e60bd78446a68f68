"""Checkpoint files: each is whole or not there, and a damaged one is noticed."""

import json
import pathlib
import warnings

import numpy as np

from kgen.core.checkpoint.state import number
from kgen.core.file_format import FORMAT, KEY, LaterFormatError, check_format
from kgen.core.files import whole

NAME = "step-{}.npz"
_ADVICE = (
    "Earlier ones are as they were. Make room, or permit writing there, and resume."
)


def write(folder, step, about, arrays, keep):
    """Writes the checkpoint of a step and removes those that it makes needless.

    The folder has to be there.

    Args:
        folder: Folder of the checkpoints.
        step: Number of steps of training so far.
        about: Dictionary that JSON can hold.
        arrays: `{name: array}`.
        keep: How many of the newest are kept.

    Raises:
        OSError: if it cannot be written, because the disk is full for instance; earlier
            checkpoints are left as they are.
    """
    path = pathlib.Path(folder, NAME.format(f"{step:09d}"))
    about = {**about, KEY: FORMAT, "arrays": sorted(arrays)}
    text = np.frombuffer(json.dumps(about, default=number).encode(), np.uint8)
    with whole(path, _ADVICE) as partial, open(partial, "wb") as file:
        np.savez(file, about=text, **arrays)
    others = sorted(path.parent.glob(NAME.format("*")))
    # Training went on from before those of later steps: damaged ones, or the end of
    # fewer epochs.
    later = [other for other in others if other > path]
    for other in later + others[: len(others) - len(later) - keep]:
        other.unlink()


def newest_checkpoint(folder, ended=True, check=None):
    """The newest checkpoint that can be read; a damaged one is warned of.

    Args:
        folder: Folder of the checkpoints.
        ended: Whether it may be the one of the end of training.
        check: Function of `(about, arrays, step)`, the last as the file's name has it,
            that raises an error if training cannot go on from that.

    Returns:
        `(path, about, arrays)`, or `None` if there is none.

    Raises:
        OSError: if there are checkpoints, but none can be read.
        ValueError: if a later kgen wrote the newest.
    """
    paths = sorted(pathlib.Path(folder).glob(NAME.format("*")), reverse=True)
    for path in paths:
        try:
            about, arrays = read(path)
            if check is not None:
                check(about, arrays, int(path.stem.partition("-")[2]))
            if ended or not about["ended"]:
                return path, about, arrays
        except LaterFormatError:
            raise  # The file is good, and the ones before it are no better place.
        # Whatever wrong bits and odd values make NumPy, zipfile, Python's parser of
        # headers or the check raise: the file is no good.
        except Exception as error:
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            warnings.warn(
                f"The checkpoint {path} is damaged ({reason}): the one before it is "
                "taken.",
                stacklevel=2,
            )
    if paths:
        raise OSError(
            f"None of the {len(paths)} checkpoints in {folder} can be read. Restore "
            "one of them from a backup, or remove them to start anew."
        )
    return None


def read(path):
    """`(about, arrays)` of one file, checked against its checksums; never unpickled."""
    # Opened here: NumPy leaves open what it cannot read.
    with open(path, "rb") as file, np.load(file, allow_pickle=False) as entries:
        arrays = {name: entries[name] for name in entries.files}
    about = json.loads(arrays.pop("about").tobytes())
    check_format(path, about.pop(KEY, None))
    if sorted(arrays) != about.pop("arrays"):
        raise ValueError("some of its arrays are missing")
    return about, arrays
