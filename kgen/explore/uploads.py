"""Files that a user uploads, as examples for a model."""

from __future__ import annotations

import io
import math

import numpy as np
from PIL import Image, ImageOps

MOST_BYTES = 16 * 2**20
MOST_PIXELS = 2**24
MODES = {1: "L", 3: "RGB", 4: "RGBA"}
# Pillow knows many more formats, which nobody needs here, and some have had holes.
FORMATS = ("PNG", "JPEG", "BMP", "WEBP")


def example_of(name: str, content: bytes, data_shape: tuple[int, ...]) -> np.ndarray:
    """The example in a picture, or in an array of NumPy's format.

    A picture of another size is cut to the form of the model's images, in its middle,
    and resized.

    Args:
        name: Name of the file, for errors.
        content: Its bytes.
        data_shape: Shape of the model's examples.

    Returns:
        `(1, *data_shape)`, float32 in [0, 1] for a picture.

    Raises:
        ValueError: if the file is too large or damaged, is neither a picture nor an
            array, or does not fit the model.
    """
    if len(content) > MOST_BYTES:
        raise ValueError(
            f"{name} has {len(content):,} bytes, but at most {MOST_BYTES:,} are taken."
        )
    if name.lower().endswith(".npy"):
        return _array(name, content, data_shape)
    channels = data_shape[-1] if len(data_shape) == 3 else None
    if channels not in MODES:
        raise ValueError(
            f"{name} is no .npy file, but the examples of this model have shape "
            f"{data_shape}, which no picture has. numpy.save writes .npy files."
        )
    height, width, _ = data_shape
    picture = _eight_bits(_picture(name, content)).convert(MODES[channels])
    picture = ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS)
    return np.asarray(picture, "float32").reshape(1, *data_shape) / 255


def _array(name, content, data_shape):
    shape, dtype = _header(name, content)
    if dtype.kind not in "iufb":
        raise ValueError(f"{name} holds {dtype}, but a model takes numbers.")
    if shape != data_shape and (shape[1:] != data_shape or not shape[:1] > (0,)):
        raise ValueError(
            f"{name} holds an array of shape {shape}, but expects one example, "
            f"{data_shape}, or several, of which the first is taken."
        )
    try:
        x = np.load(io.BytesIO(content), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise _not_whole(name) from error
    return x[None] if shape == data_shape else x[:1]


def _header(name, content):
    """The shape and the type that a file of `numpy.save` says, before it is read."""
    file = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(file)
        read = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, _, dtype = read(file)
    except Exception as error:  # Of a damaged header NumPy raises many.
        raise _not_whole(name) from error
    if math.prod(shape) * dtype.itemsize != len(content) - file.tell():
        raise _not_whole(name)
    return shape, dtype


def _not_whole(name):
    return ValueError(
        f"{name} is no whole array of numpy.save. Save one array of numbers by it."
    )


def _eight_bits(picture):
    """A grey picture of 16 bits as one of 8; Pillow would cut its values off."""
    if not picture.mode.startswith("I"):
        return picture
    return Image.fromarray((np.asarray(picture) // 257).astype("uint8"))


def _picture(name, content):
    """A picture whose size was looked at before its pixels were read."""
    try:
        picture = Image.open(io.BytesIO(content), formats=FORMATS)
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(f"{name} is no picture of {', '.join(FORMATS)}.") from error
    if picture.width * picture.height > MOST_PIXELS:
        raise ValueError(
            f"{name} has {picture.width:,} x {picture.height:,} pixels, but at most "
            f"{MOST_PIXELS:,} are taken."
        )
    try:
        picture.load()
        return ImageOps.exif_transpose(picture)
    except (OSError, ValueError, SyntaxError) as error:
        raise ValueError(f"{name} is a damaged picture: {error}") from error
