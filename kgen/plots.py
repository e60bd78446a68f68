"""Pictures: each function writes one PNG and returns its path."""

import math
import pathlib

import keras
import numpy as np


def image_grid(images, columns=None, pad=1):
    """Images side by side, row by row, as one image.

    Args:
        images: `(n, height, width, channels)` in [0, 1]; values outside are clipped.
        columns: Number of columns; about the square root of `n` by default.
        pad: Pixels between neighbours, drawn in grey.

    Returns:
        float32 array `(height', width', channels)`.
    """
    images = np.clip(np.asarray(images, "float32"), 0.0, 1.0)
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


def save_samples(x, path, columns=None):
    """Draws examples: images as a grid, points `(n, 2)` as a scatter plot.

    Args:
        x: `(n, height, width, channels)` in [0, 1], or `(n, 2)`.
        path: PNG file to write; its folder is made.
        columns: Number of columns of the grid.
    """
    x = np.asarray(x)
    if x.ndim == 2:
        figure, axes = _figure()
        axes.scatter(x[:, 0], x[:, 1], s=4)
        axes.set_aspect("equal")
        return _write(figure, path)
    grid = image_grid(x, columns)
    # Small images are enlarged by whole pixels, so that they can be looked at.
    zoom = max(1, 1024 // max(grid.shape[:2]))
    grid = grid.repeat(zoom, axis=0).repeat(zoom, axis=1)
    path = _folder(path)
    keras.utils.save_img(path, np.round(255 * grid), scale=False)
    return path


def save_reconstructions(model, x, path, labels=None):
    """Draws examples above their reconstructions.

    Args:
        model: A model with `reconstruct`.
        x: `(n, height, width, channels)`, up to about 16 of them.
        path: PNG file to write.
        labels: Classes, for a conditional model.
    """
    reconstructed = model.reconstruct(x, labels=labels)
    return save_samples(np.concatenate([x, reconstructed]), path, columns=len(x))


def save_latent(z, labels, path):
    """Draws two-dimensional codes, coloured by class.

    Args:
        z: `(n, 2)`.
        labels: `(n,)` ints.
        path: PNG file to write.
    """
    figure, axes = _figure()
    points = axes.scatter(z[:, 0], z[:, 1], c=labels, s=6, cmap="tab10")
    handles = points.legend_elements(num=None)
    figure.legend(*handles, title="class", loc="outside right center")
    axes.set(xlabel="z[0]", ylabel="z[1]")
    return _write(figure, path)


def save_history(history, path):
    """Draws each logged term over the epochs, training and validation.

    Args:
        history: Mapping from name to one value per epoch, as `fit` returns it.
        path: PNG file to write.
    """
    terms = [name for name in history if not name.startswith("val_")]
    figure, axes = _figure(columns=len(terms))
    for axis, term in zip(np.atleast_1d(axes), terms, strict=True):
        for name, label in ((term, "training"), (f"val_{term}", "validation")):
            if name in history:
                epochs = np.arange(1, len(history[name]) + 1)
                axis.plot(epochs, history[name], label=label)
        axis.set(title=term, xlabel="epoch")
        axis.legend()
    return _write(figure, path)


def _figure(columns=1):
    # Not pyplot: it keeps figures alive and picks a window system.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5 * columns, 4.5), layout="constrained")
    return figure, figure.subplots(1, columns)


def _write(figure, path):
    path = _folder(path)
    figure.savefig(path, dpi=100)
    return path


def _folder(path):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
