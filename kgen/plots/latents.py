"""Codes in the plane."""

from __future__ import annotations

import os
import pathlib
import reprlib
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from kgen.core.checks.containers import numbers

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_latent(
    z: ArrayLike,
    labels: ArrayLike | None = None,
    axis_labels: tuple[str, str] = ("z[0]", "z[1]"),
) -> Figure:
    """Draws two-dimensional codes, coloured by class.

    Args:
        z: `(n, 2)`, codes or their embedding by `kgen.latent.embed`.
        labels: `(n,)` ints; `None` leaves out the colours.
        axis_labels: Names of the two axes.

    Raises:
        ValueError: if `z` or `labels` has another shape or is not finite.
    """
    return _drawn("draw_latent", z, labels, axis_labels)


def save_latent(
    z: ArrayLike,
    labels: ArrayLike | None,
    path: str | os.PathLike[str],
    axis_labels: tuple[str, str] = ("z[0]", "z[1]"),
) -> pathlib.Path:
    """Draws two-dimensional codes, coloured by class.

    Args:
        z: `(n, 2)`, codes or their embedding by `kgen.latent.embed`.
        labels: `(n,)` ints; `None` leaves out the colours.
        path: PNG file to write.
        axis_labels: Names of the two axes.

    Raises:
        ValueError: if `z` or `labels` has another shape or is not finite, or the path
            has no ending of a picture.
        OSError: if the file cannot be written.
    """
    from kgen.plots.figures import check_figure_path, save_figure

    path = check_figure_path("save_latent", path)
    return save_figure(_drawn("save_latent", z, labels, axis_labels), path)


def _drawn(name, z, labels, axis_labels):
    z = numbers(name, "z", z, axes=2, rows=1)
    if z.ndim > 2 or z.shape[1] != 2:
        raise ValueError(
            f"`{name}` was given z of shape {z.shape}, but draws points (n, 2). "
            "kgen.latent.embed(z) makes points from codes of any shape."
        )
    if not isinstance(axis_labels, (list, tuple)) or len(axis_labels) != 2:
        raise ValueError(
            f"`{name}` was given axis_labels={reprlib.repr(axis_labels)}, but "
            "expects two names."
        )
    if labels is not None:
        labels = numbers(name, "labels", labels)
        if labels.shape != (len(z),):
            raise ValueError(
                f"`{name}` was given labels of shape {labels.shape} for {len(z)} "
                f"codes, but expects a number for each, ({len(z)},)."
            )
    from kgen.plots.figures import new_figure  # It imports Matplotlib.

    figure, axes = new_figure()
    colours = {} if labels is None else {"c": labels, "cmap": "tab10"}
    points = axes.scatter(z[:, 0], z[:, 1], s=6, **colours)
    if labels is not None:
        handles = points.legend_elements(num=None)
        figure.legend(*handles, title="class", loc="outside right center")
    axes.set(xlabel=axis_labels[0], ylabel=axis_labels[1])
    return figure
