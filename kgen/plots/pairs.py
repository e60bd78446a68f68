"""Examples above what a model makes of them, and paths from one to another."""

from __future__ import annotations

import os
import pathlib
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.containers import numbers
from kgen.core.checks.models import check_model
from kgen.core.files import check_path
from kgen.core.rolls import rolled
from kgen.plots.films import save_gif
from kgen.plots.grids import grid_of
from kgen.plots.samples import drawn, saved

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL import Image

    from kgen.core.model import GenerativeModel


def draw_reconstructions(
    model: GenerativeModel, x: ArrayLike, labels: ArrayLike | None = None
) -> Image.Image | Figure:
    """A picture of examples above their reconstructions.

    Args:
        model: A model with `reconstruct`.
        x: `(n, height, width, channels)`, up to about 16 of them; or vectors, which are
            drawn behind their reconstructions.
        labels: Classes, for a conditional model.

    Returns:
        A Pillow image, or for vectors a Matplotlib figure. Notebooks show both.

    Raises:
        ValueError: if the model has no `reconstruct`, or refuses the examples or the
            labels; and as `draw_samples`.
    """
    return drawn(**_reconstructed("draw_reconstructions", model, x, labels))


def save_reconstructions(
    model: GenerativeModel,
    x: ArrayLike,
    path: str | os.PathLike[str],
    labels: ArrayLike | None = None,
) -> pathlib.Path:
    """Draws examples above their reconstructions, see `draw_reconstructions`.

    Args:
        model: A model with `reconstruct`.
        x: `(n, height, width, channels)`, up to about 16 of them; or vectors.
        path: PNG file to write.
        labels: Classes, for a conditional model.

    Raises:
        ValueError: as `draw_reconstructions`, or if the path has no ending of a
            picture.
        OSError: if the file cannot be written.
    """
    both = _reconstructed("save_reconstructions", model, x, labels)
    return saved(path=path, **both)


def _reconstructed(name, model, x, labels):
    """Arguments of `drawn` for examples and their reconstructions."""
    check_model(name, model, "reconstruct")
    x = numbers(name, "x", x, axes=2, rows=1)
    return _above(name, x, np.asarray(model.reconstruct(x, labels=labels)))


def _above(name, x, y):
    """Arguments of `drawn`: x above y; vectors y with x behind them."""
    if rolled(x).ndim == 2:
        return {"name": name, "x": y, "data": x}
    return {"name": name, "x": np.concatenate([x, y]), "columns": len(x)}


def save_pairs(
    x: ArrayLike, y: ArrayLike, path: str | os.PathLike[str]
) -> pathlib.Path:
    """Draws examples x above others, such as their reconstructions.

    Args:
        x: `(n, height, width, channels)`, up to about 16 of them; or vectors, which are
            drawn behind `y`.
        y: As many examples of the same shape.
        path: PNG file to write.

    Raises:
        ValueError: if the shapes differ; and as `save_samples`.
        OSError: if the file cannot be written.
    """
    name = "save_pairs"
    x, y = (numbers(name, n, v, axes=2, rows=1) for n, v in (("x", x), ("y", y)))
    if x.shape != y.shape:
        raise ValueError(
            f"`{name}` was given x of shape {x.shape} and y of shape {y.shape}, but "
            "expects as many examples of the same shape."
        )
    return saved(path=path, **_above(name, x, y))


def save_paths(x: ArrayLike, path: str | os.PathLike[str]) -> pathlib.Path:
    """Draws paths from one example to another, one in each row.

    Args:
        x: `(n, num_steps, *data_shape)`: images, sequences of ints, or vectors, of
            which the first two numbers are drawn as a line for each path.
        path: File to write: a picture, or for images a film that ends with `.gif`, in
            which all paths are walked at once.

    Raises:
        ValueError: if `x` has another shape, or the path another ending.
        OSError: if the file cannot be written.
    """
    name = "save_paths"
    x = numbers(name, "x", x, axes=3, rows=1)
    count, steps = x.shape[:2]
    flat = rolled(x.reshape(count * steps, *x.shape[2:]))
    if flat.ndim == 2:
        return _save_lines(name, x, path)
    if check_path(name, "path", path).suffix.lower() != ".gif":
        return saved(name, flat, path, columns=steps)
    images = flat.reshape(count, steps, *flat.shape[1:])
    return save_gif([grid_of(name, "x", images[:, t]) for t in range(steps)], path)


def _save_lines(name, x, path):
    """Paths of vectors as lines in the plane."""
    from kgen.plots.figures import check_figure_path, new_figure, save_figure

    path = check_figure_path(name, path)
    if x.shape[2] < 2:
        raise ValueError(
            f"`{name}` was given x of shape {x.shape}, but draws paths of vectors of "
            "two numbers or more."
        )
    figure, axes = new_figure()
    for line in x:
        axes.plot(line[:, 0], line[:, 1], marker=".", linewidth=1)
    axes.set_aspect("equal")
    return save_figure(figure, path)


def save_translations(
    model: GenerativeModel,
    x: ArrayLike,
    y: ArrayLike,
    path: str | os.PathLike[str],
) -> pathlib.Path:
    """Draws rows of x, their translations, of y, and those of y, of one image shape.

    Args and errors are as for `save_reconstructions`; the model is a `CycleGAN`, or has
    its two verbs.
    """
    name = "save_translations"
    check_model(name, model, "translate_back")
    x, y = (numbers(name, n, v, axes=4, rows=1) for n, v in (("x", x), ("y", y)))
    y = y[: len(x)]
    rows = [x, model.translate(x), y, model.translate_back(y)]
    return saved(name, np.concatenate(rows), path, columns=len(x))
