"""Pictures: each function writes one file and returns its path."""

from __future__ import annotations

import collections.abc
import math
import os
import pathlib
import reprlib
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import keras
import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from kgen.core.checks.containers import numbers
from kgen.core.checks.models import check_model
from kgen.core.checks.values import check_count, check_switch, is_number
from kgen.core.files import ADVICE, check_path, whole
from kgen.core.rolls import rolled

if TYPE_CHECKING:
    from kgen.core.model import GenerativeModel


CHANNELS = (1, 3, 4)  # A picture is grey, in colours, or in colours with transparency.


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
    return _grid("image_grid", "images", images, columns, pad)


def _grid(name, key, images, columns=None, pad=1):
    """`image_grid` for another function, with errors that name its argument."""
    if columns is not None:
        columns = check_count(name, "columns", columns)
    pad = check_count(name, "pad", pad, fewest=0)
    images = _pixels(name, key, images)
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


def save_samples(
    x: ArrayLike, path: str | os.PathLike[str], columns: int | None = None
) -> pathlib.Path:
    """Draws examples: images as a grid, points `(n, 2)` as a scatter plot.

    Args:
        x: Images as for `image_grid`; ints `(n, steps)`, with steps to the right and
            numbers upward; or vectors `(n, d)`, the first two numbers of each.
        path: PNG file to write; its folder is made.
        columns: Number of columns of the grid.

    Raises:
        ValueError: if `x` has another shape, `columns` is no count, or the path has no
            ending of a picture.
        OSError: if the file cannot be written.
    """
    return _save_samples("save_samples", x, path, columns)


def _save_samples(name, x, path, columns):
    """`save_samples` for another function, with errors that name that one."""
    if columns is not None:
        columns = check_count(name, "columns", columns)
    x = rolled(numbers(name, "x", x, axes=2, finite=False, rows=1))
    if x.ndim == 2:
        path = check_path(name, "path", path, _figure_endings())
        warn_missing(name, "x", x, np.isfinite(x), "left out")
        if x.shape[1] < 2:
            x = np.column_stack([x, np.zeros(len(x))])  # Points on a line.
        figure, axes = _figure()
        axes.scatter(x[:, 0], x[:, 1], s=4)
        axes.set_aspect("equal")
        return _write(figure, path)
    path = check_path(name, "path", path, _picture_endings(Image.SAVE))
    picture = _picture(name, "x", _grid(name, "x", x, columns), size=1024)
    path = _folder(path)
    with whole(path) as partial:
        picture.save(partial)
    return path


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
    path = check_path("save_gif", "path", path, _picture_endings(Image.SAVE_ALL))
    frames = _pixels("save_gif", "frames", frames)
    if frames.ndim > 4:
        raise ValueError(
            f"`save_gif` was given frames of shape {frames.shape}, but expects (n, "
            "height, width, channels). Make each frame by `image_grid`."
        )
    if there_and_back:
        frames = np.concatenate([frames, frames[-2:0:-1]])
    first, *rest = (_picture("save_gif", "frames", f, size=512) for f in frames)
    path = _folder(path)
    duration = 10 * round(100 / frames_per_second)
    film = {"append_images": rest, "duration": duration, "loop": 0}
    with whole(path) as partial:
        first.save(partial, save_all=True, **film)
    return path


def save_reconstructions(
    model: GenerativeModel,
    x: ArrayLike,
    path: str | os.PathLike[str],
    labels: ArrayLike | None = None,
) -> pathlib.Path:
    """Draws examples above their reconstructions.

    Args:
        model: A model with `reconstruct`.
        x: `(n, height, width, channels)`, up to about 16 of them.
        path: PNG file to write.
        labels: Classes, for a conditional model.

    Raises:
        ValueError: if the model has no `reconstruct`, or refuses the examples or the
            labels; and as `save_samples`.
        OSError: if the file cannot be written.
    """
    name = "save_reconstructions"
    check_model(name, model, "reconstruct")
    x = numbers(name, "x", x, axes=2, rows=1)
    both = np.concatenate([x, model.reconstruct(x, labels=labels)])
    return _save_samples(name, both, path, columns=len(x))


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
    return _save_samples(name, np.concatenate(rows), path, columns=len(x))


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
    path = check_path("save_latent", "path", path, _figure_endings())
    z = numbers("save_latent", "z", z, axes=2, rows=1)
    if z.ndim > 2 or z.shape[1] != 2:
        raise ValueError(
            f"`save_latent` was given z of shape {z.shape}, but draws points (n, 2). "
            "kgen.latent.embed(z) makes points from codes of any shape."
        )
    if not isinstance(axis_labels, (list, tuple)) or len(axis_labels) != 2:
        raise ValueError(
            f"`save_latent` was given axis_labels={reprlib.repr(axis_labels)}, but "
            "expects two names."
        )
    if labels is not None:
        labels = numbers("save_latent", "labels", labels)
        if labels.shape != (len(z),):
            raise ValueError(
                f"`save_latent` was given labels of shape {labels.shape} for {len(z)} "
                f"codes, but expects a number for each, ({len(z)},)."
            )
    figure, axes = _figure()
    colours = {} if labels is None else {"c": labels, "cmap": "tab10"}
    points = axes.scatter(z[:, 0], z[:, 1], s=6, **colours)
    if labels is not None:
        handles = points.legend_elements(num=None)
        figure.legend(*handles, title="class", loc="outside right center")
    axes.set(xlabel=axis_labels[0], ylabel=axis_labels[1])
    return _write(figure, path)


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
    path = check_path("save_history", "path", path, _figure_endings())
    history = _history(history)
    terms = [name for name in history if not name.startswith("val_")]
    columns = min(len(terms), 5)
    figure, axes = _figure(columns, rows=-(-len(terms) // columns))
    for axis in np.ravel(axes)[len(terms) :]:
        axis.remove()
    for axis, term in zip(np.ravel(axes), terms, strict=False):
        for name, label in ((term, "training"), (f"val_{term}", "validation")):
            if name in history:
                epochs = np.arange(1, len(history[name]) + 1)
                axis.plot(epochs, history[name], label=label)
        axis.set(title=term, xlabel="epoch")
        axis.legend()
    return _write(figure, path)


def _history(history):
    """The values of each term by its name, as arrays."""
    history = getattr(history, "history", history)
    if not isinstance(history, collections.abc.Mapping) or not all(
        isinstance(name, str) for name in history
    ):
        raise ValueError(
            f"`save_history` was given history={reprlib.repr(history)}, but expects "
            "the result of `fit`, or a mapping from name to one value per epoch."
        )
    if all(name.startswith("val_") for name in history):
        raise ValueError(
            f"`save_history` was given a history of {list(history)}, but expects at "
            "least one term of training: train for an epoch first."
        )
    found = {
        name: numbers("save_history", f"history[{name!r}]", values, finite=False)
        for name, values in history.items()
    }
    for name, values in found.items():
        if values.ndim > 1:
            raise ValueError(
                f"`save_history` was given history[{name!r}] of shape {values.shape}, "
                "but expects one value per epoch."
            )
    return found


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


def _pixels(name, key, images):
    """Images as float32 in [0, 1]."""
    images = numbers(name, key, images, axes=4, finite=False, rows=1)
    images = np.clip(images.astype("float32"), 0.0, 1.0)  # Infinity, too.
    warn_missing(name, key, images, ~np.isnan(images), "drawn black")
    return np.nan_to_num(images, copy=False)


def _picture(name, key, image, size):
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


def _figure(columns=1, rows=1):
    # Not pyplot: it keeps figures alive and picks a window system.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5 * columns, 4.5 * rows), layout="constrained")
    return figure, figure.subplots(rows, columns)


def _figure_endings():
    """Endings of the files that Matplotlib writes."""
    from matplotlib.backend_bases import FigureCanvasBase

    return [f".{ending}" for ending in sorted(FigureCanvasBase.filetypes)]


def _picture_endings(writers):
    """Endings of the files that Pillow writes.

    Args:
        writers: `Image.SAVE`, or for films `Image.SAVE_ALL`.
    """
    endings = Image.registered_extensions().items()  # The call fills `writers`, too.
    return sorted(ending for ending, kind in endings if kind in writers)


def _write(figure, path):
    path = _folder(path)
    with whole(path) as partial:
        figure.savefig(partial, dpi=100)
    return path


def _folder(path):
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(
            f"{path.parent} cannot be made: {error.strerror}. {ADVICE}"
        ) from error
    return path
