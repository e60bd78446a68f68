"""Logged terms over the epochs."""

from __future__ import annotations

import collections.abc
import os
import pathlib
import reprlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import keras
import numpy as np

from kgen.core.checks.containers import numbers

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_history(
    history: keras.callbacks.History | Mapping[str, Sequence[float]],
) -> Figure:
    """Draws each logged term over the epochs, training and validation.

    Args:
        history: The result of `fit`, or its `history`: a mapping from name to one value
            per epoch.

    Raises:
        ValueError: if `history` is no such mapping or is empty.
    """
    return _drawn("draw_history", history)


def save_history(
    history: keras.callbacks.History | Mapping[str, Sequence[float]],
    path: str | os.PathLike[str],
) -> pathlib.Path:
    """Draws each logged term over the epochs, training and validation.

    Args:
        history: The result of `fit`, or its `history`: a mapping from name to one value
            per epoch.
        path: PNG file to write.

    Raises:
        ValueError: if `history` is no such mapping or is empty, or the path has no
            ending of a picture.
        OSError: if the file cannot be written.
    """
    from kgen.plots.figures import check_figure_path, save_figure

    path = check_figure_path("save_history", path)
    return save_figure(_drawn("save_history", history), path)


def _drawn(name, history):
    history = _checked(name, history)
    terms = [key for key in history if not key.startswith("val_")]
    columns = min(len(terms), 5)
    from kgen.plots.figures import new_figure  # It imports Matplotlib.

    figure, axes = new_figure(columns, rows=-(-len(terms) // columns))
    for axis in np.ravel(axes)[len(terms) :]:
        axis.remove()
    for axis, term in zip(np.ravel(axes), terms, strict=False):
        for key, label in ((term, "training"), (f"val_{term}", "validation")):
            if key in history:
                epochs = np.arange(1, len(history[key]) + 1)
                axis.plot(epochs, history[key], label=label)
        axis.set(title=term, xlabel="epoch")
        axis.legend()
    return figure


def _checked(name, history):
    """The values of each term by its name, as arrays."""
    history = getattr(history, "history", history)
    if not isinstance(history, collections.abc.Mapping) or not all(
        isinstance(key, str) for key in history
    ):
        raise ValueError(
            f"`{name}` was given history={reprlib.repr(history)}, but expects "
            "the result of `fit`, or a mapping from name to one value per epoch."
        )
    if all(key.startswith("val_") for key in history):
        raise ValueError(
            f"`{name}` was given a history of {list(history)}, but expects at "
            "least one term of training: train for an epoch first."
        )
    found = {
        key: numbers(name, f"history[{key!r}]", values, finite=False)
        for key, values in history.items()
    }
    for key, values in found.items():
        if values.ndim > 1:
            raise ValueError(
                f"`{name}` was given history[{key!r}] of shape {values.shape}, "
                "but expects one value per epoch."
            )
    return found
