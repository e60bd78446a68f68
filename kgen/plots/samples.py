"""Examples: images as a grid, points as a scatter plot."""

from __future__ import annotations

import os
import pathlib
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.containers import numbers
from kgen.core.checks.values import check_count
from kgen.core.rolls import rolled
from kgen.plots.classes import as_labels, class_picture
from kgen.plots.grids import grid_of
from kgen.plots.pictures import (
    check_picture_path,
    picture_of,
    pixels,
    save_picture,
    warn_missing,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL import Image

MOST_POINTS = 5000  # Of the data behind samples.


def draw_samples(
    x: ArrayLike,
    columns: int | None = None,
    labels: ArrayLike | None = None,
    data: ArrayLike | None = None,
) -> Image.Image | Figure:
    """A picture of examples: images as a grid, points `(n, 2)` as a scatter plot.

    Args:
        x: Images as for `image_grid`; ints `(n, steps)`, with steps to the right and
            numbers upward; or vectors `(n, d)`, the first two numbers of each.
        columns: Number of columns of the grid, or of the images of one class; by
            default the picture is about square.
        labels: Classes, ints `(n,)`. Images of a class then stand together, under its
            number; points are coloured by class.
        data: For vectors, examples `(m, d)` of the data, drawn in grey behind them. Of
            more than 5,000 the first ones are drawn.

    Returns:
        A Pillow image, or for vectors a Matplotlib figure. Notebooks show both.

    Raises:
        ValueError: if `x` or another argument has another shape, `columns` is no count,
            or `data` is given for images.

    Example:

    >>> draw_samples(np.zeros((20, 8, 8, 1)), labels=np.arange(20) % 2).mode
    'RGB'
    """
    return drawn("draw_samples", x, columns, labels, data)


def save_samples(
    x: ArrayLike,
    path: str | os.PathLike[str],
    columns: int | None = None,
    labels: ArrayLike | None = None,
    data: ArrayLike | None = None,
) -> pathlib.Path:
    """Draws examples, see `draw_samples`.

    Args:
        x: Images, sequences of ints or vectors.
        path: PNG file to write; its folder is made.
        columns: Number of columns of the grid.
        labels: Classes, ints `(n,)`.
        data: For vectors, examples of the data to draw behind them.

    Raises:
        ValueError: as `draw_samples`, or if the path has no ending of a picture.
        OSError: if the file cannot be written.
    """
    return saved("save_samples", x, path, columns, labels, data)


def saved(name, x, path, columns=None, labels=None, data=None):
    """`save_samples` for another function, with errors that name that one."""
    from kgen.plots.figures import check_figure_path, save_figure

    x = numbers(name, "x", x, axes=2, finite=False, rows=1)
    if rolled(x).ndim == 2:
        path = check_figure_path(name, path)
        return save_figure(drawn(name, x, columns, labels, data), path)
    path = check_picture_path(name, path)
    return save_picture(drawn(name, x, columns, labels, data), path)


def drawn(name, x, columns=None, labels=None, data=None):
    """`draw_samples` for another function, with errors that name that one."""
    if columns is not None:
        columns = check_count(name, "columns", columns)
    x = rolled(numbers(name, "x", x, axes=2, finite=False, rows=1))
    if labels is not None:
        labels = as_labels(name, labels, len(x))
    if x.ndim == 2:
        return _scatter(name, x, labels, data)
    if data is not None:
        raise ValueError(
            f"`{name}` was given data for images of shape {x.shape}, but data is drawn "
            "behind vectors (n, d) only. Leave it out."
        )
    if labels is not None and x.ndim == 4:
        return class_picture(name, pixels(name, "x", x), labels, columns)
    return picture_of(name, "x", grid_of(name, "x", x, columns), size=1024)


def _scatter(name, x, labels, data):
    """Vectors as points, over those of the data."""
    from kgen.plots.figures import new_figure

    warn_missing(name, "x", x, np.isfinite(x), "left out")
    figure, axes = new_figure()
    behind = []
    if data is not None:
        data = numbers(name, "data", data, axes=2, rows=1)
        if data.ndim != 2 or data.shape[1] != x.shape[1]:
            raise ValueError(
                f"`{name}` was given data of shape {data.shape} for x of shape "
                f"{x.shape}, but expects examples of the same size, (m, {x.shape[1]})."
            )
        behind = [axes.scatter(*_plane(data[:MOST_POINTS]), s=4, c="0.8", label="data")]
    colours = {} if labels is None else {"c": labels, "cmap": "tab10"}
    points = axes.scatter(*_plane(x), s=6, label="samples", **colours)
    if labels is not None:
        handles, _ = points.legend_elements(num=None)
        names = [f"class {label}" for label in np.unique(labels)]
        names += ["data"] * len(behind)
        figure.legend(handles + behind, names, loc="outside right center")
    elif data is not None:
        figure.legend(loc="outside upper center", ncols=2)
    axes.set_aspect("equal")
    return figure


def _plane(x):
    """The first two coordinates of vectors; zeros for a second one that is missing."""
    return x[:, 0], x[:, 1] if x.shape[1] > 1 else np.zeros(len(x))
