"""Images side by side, as one image."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.values import check_count
from kgen.plots.pictures import pixels


def image_grid(
    images: ArrayLike, columns: int | None = None, pad: int = 1
) -> np.ndarray:
    """Images side by side, row by row, as one image.

    Args:
        images: `(n, height, width, channels)` in [0, 1]; values outside are clipped.
            Or `(rows, columns, height, width, channels)`, in that layout.
        columns: Number of columns; about the square root of `n` by default.
        pad: Number of grey pixels between neighbours.

    Returns:
        float32 array `(height', width', channels)`.

    Raises:
        ValueError: if `images` has another shape, or `columns` or `pad` is no count.
    """
    return grid_of("image_grid", "images", images, columns, pad)


def grid_of(name, key, images, columns=None, pad=1):
    """`image_grid` for another function, with errors that name its argument.

    Args:
        name: Name of that function.
        key: Name of its argument.
        images: As for `image_grid`; so are the others.
        columns: Number of columns.
        pad: Number of grey pixels between neighbours.
    """
    if columns is not None:
        columns = check_count(name, "columns", columns)
    pad = check_count(name, "pad", pad, fewest=0)
    images = pixels(name, key, images)
    if images.ndim > 5:
        raise ValueError(
            f"`{name}` was given {key} of shape {images.shape}, but expects (n, height,"
            " width, channels) or (rows, columns, height, width, channels)."
        )
    if images.ndim == 5:
        columns = columns or images.shape[1]
        images = images.reshape(-1, *images.shape[2:])
    count, height, width, channels = images.shape
    columns = columns or math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    size = (rows * (height + pad) + pad, columns * (width + pad) + pad, channels)
    grid = np.full(size, 0.5, "float32")
    for index, image in enumerate(images):
        top = pad + (index // columns) * (height + pad)
        left = pad + (index % columns) * (width + pad)
        grid[top : top + height, left : left + width] = image
    return grid
