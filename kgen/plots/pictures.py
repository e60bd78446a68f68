"""Arrays as pictures of Pillow, and their files."""

from __future__ import annotations

import warnings

import keras
import numpy as np
from PIL import Image

from kgen.core.checks.containers import numbers
from kgen.core.files import ADVICE, check_path, whole

CHANNELS = (1, 3, 4)  # A picture is grey, in colours, or in colours with transparency.


def warn_missing(
    name: str, key: str, values: np.ndarray, there: np.ndarray, fate: str
) -> None:
    """Warns of values that cannot be drawn."""
    missing = values.size - np.count_nonzero(there)
    if missing:
        warnings.warn(
            f"`{name}` was given {key} with NaN or infinity in {missing} of "
            f"{values.size} values, which are {fate}.",
            stacklevel=4,
        )


def pixels(name, key, images):
    """Images as float32 in [0, 1]."""
    images = numbers(name, key, images, axes=4, finite=False, rows=1)
    images = np.clip(images.astype("float32"), 0.0, 1.0)  # Infinity, too.
    warn_missing(name, key, images, ~np.isnan(images), "drawn black")
    return np.nan_to_num(images, copy=False)


def picture_of(name, key, image, size):
    """An image in [0, 1] as a Pillow image, enlarged to at most `size` pixels.

    Each pixel becomes a square, so that small images are visible and not blurred.
    """
    if image.shape[-1] not in CHANNELS:
        raise ValueError(
            f"`{name}` was given {key} of {image.shape[-1]} channels, but a picture "
            "has 1, 3 or 4. Choose some of them: x[..., :3]."
        )
    zoom = max(1, size // max(image.shape[:2]))
    image = np.round(255 * image.repeat(zoom, axis=0).repeat(zoom, axis=1))
    return keras.utils.array_to_img(image, scale=False)


def picture_endings(writers):
    """Endings of the files that Pillow writes.

    Args:
        writers: `Image.SAVE`, or for films `Image.SAVE_ALL`.
    """
    endings = Image.registered_extensions().items()  # The call fills `writers`, too.
    return sorted(ending for ending, kind in endings if kind in writers)


def check_picture_path(name, path):
    """`path`, if its ending is that of a picture."""
    return check_path(name, "path", path, picture_endings(Image.SAVE))


def save_picture(picture, path):
    """Writes a Pillow image and returns the path."""
    path = with_folder(path)
    with whole(path) as partial:
        picture.save(partial)
    return path


def with_folder(path):
    """The path, after its folder was made."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(
            f"{path.parent} cannot be made: {error.strerror}. {ADVICE}"
        ) from error
    return path
