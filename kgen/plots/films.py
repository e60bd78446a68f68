"""Films: GIF files."""

from __future__ import annotations

import os
import pathlib
import reprlib

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from kgen.core.checks.values import check_switch, is_number
from kgen.core.files import check_path, whole
from kgen.plots.pictures import (
    picture_endings,
    picture_of,
    pixels,
    with_folder,
)


def save_gif(
    frames: ArrayLike,
    path: str | os.PathLike[str],
    frames_per_second: float = 12,
    there_and_back: bool = True,
) -> pathlib.Path:
    """Writes a film that repeats for ever.

    Args:
        frames: `(n, height, width, channels)` in [0, 1]; values outside are clipped.
            For several films side by side make each frame by `image_grid`.
        path: GIF file to write; its folder is made.
        frames_per_second: Speed, at most 50. A GIF counts in hundredths of a second.
        there_and_back: Whether the frames are then shown backwards, so that the film
            has no jump. Turn it off for frames that end where they start.

    Raises:
        ValueError: if `frames` has another shape, the speed is invalid, or the path has
            no ending of a film.
        OSError: if the file cannot be written.

    Example:

    >>> frames = np.linspace(0.0, 1.0, 10).reshape(10, 1, 1, 1)
    >>> save_gif(frames, f"{folder}/dawn.gif").name
    'dawn.gif'
    """
    if not is_number(frames_per_second) or not 0 < frames_per_second <= 50:
        raise ValueError(
            f"`save_gif` was given frames_per_second={reprlib.repr(frames_per_second)},"
            " but viewers show 0 to 50, 0 excluded."
        )
    there_and_back = check_switch("save_gif", "there_and_back", there_and_back)
    path = check_path("save_gif", "path", path, picture_endings(Image.SAVE_ALL))
    frames = pixels("save_gif", "frames", frames)
    if frames.ndim > 4:
        raise ValueError(
            f"`save_gif` was given frames of shape {frames.shape}, but expects (n, "
            "height, width, channels). Make each frame by `image_grid`."
        )
    if there_and_back:
        frames = np.concatenate([frames, frames[-2:0:-1]])
    first, *rest = (picture_of("save_gif", "frames", f, size=512) for f in frames)
    path = with_folder(path)
    duration = 10 * round(100 / frames_per_second)
    film = {"append_images": rest, "duration": duration, "loop": 0}
    with whole(path) as partial:
        first.save(partial, save_all=True, **film)
    return path
