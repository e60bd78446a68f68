"""Pictures: each function writes one file and returns its path."""

import math
import pathlib

import keras
import numpy as np

from kgen.core.containers import numbers
from kgen.core.files import ADVICE, whole


def image_grid(images, columns=None, pad=1):
    """Images side by side, row by row, as one image.

    Args:
        images: `(n, height, width, channels)` in [0, 1]; values outside are clipped.
            Or `(rows, columns, height, width, channels)`, which are laid out so.
        columns: Number of columns; about the square root of `n` by default.
        pad: Pixels between neighbours, drawn in grey.

    Returns:
        float32 array `(height', width', channels)`.
    """
    images = numbers("image_grid", "images", images, axes=4, finite=False)
    images = np.clip(images.astype("float32"), 0.0, 1.0)
    if images.ndim > 5 or 0 in images.shape:
        raise ValueError(
            f"Images of shape {images.shape} were given, but a grid is of (n, height, "
            "width, channels), or (rows, columns, height, width, channels)."
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


def save_samples(x, path, columns=None):
    """Draws examples: images as a grid, points `(n, 2)` as a scatter plot.

    Args:
        x: Images as `image_grid` takes them, or vectors `(n, d)`, of which the first
            two numbers are shown.
        path: PNG file to write; its folder is made.
        columns: Number of columns of the grid.
    """
    x = numbers("save_samples", "x", x, axes=2, finite=False)
    if 0 in x.shape:
        raise ValueError(f"Examples of shape {x.shape} were given: there are none.")
    if x.ndim == 2:
        if x.shape[1] < 2:
            x = np.column_stack([x, np.zeros(len(x))])  # Points on a line.
        figure, axes = _figure()
        axes.scatter(x[:, 0], x[:, 1], s=4)
        axes.set_aspect("equal")
        return _write(figure, path)
    path = _folder(path)
    picture = _picture(image_grid(x, columns), size=1024)
    with whole(path) as partial:
        picture.save(partial)
    return path


def save_gif(frames, path, frames_per_second=12, there_and_back=True):
    """Writes a film that starts again when it ends.

    Args:
        frames: `(n, height, width, channels)` in [0, 1]; values outside are clipped.
            For several films side by side make each frame by `image_grid`.
        path: GIF file to write; its folder is made.
        frames_per_second: Speed, at most 50. A GIF counts in hundredths of a second.
        there_and_back: Whether the frames are shown backwards then, so that the film
            has no jump. Turn it off for frames that end where they start.

    Example:

    >>> frames = np.linspace(0.0, 1.0, 10).reshape(10, 1, 1, 1)
    >>> save_gif(frames, f"{folder}/dawn.gif").name
    'dawn.gif'
    """
    if not 0 < frames_per_second <= 50:
        raise ValueError(
            f"frames_per_second={frames_per_second} was given, but viewers show "
            "0 to 50, 0 excluded."
        )
    frames = numbers("save_gif", "frames", frames, axes=4, finite=False)
    frames = np.clip(frames.astype("float32"), 0.0, 1.0)
    if there_and_back:
        frames = np.concatenate([frames, frames[-2:0:-1]])
    first, *rest = (_picture(frame, size=512) for frame in frames)
    path = _folder(path)
    duration = 10 * round(100 / frames_per_second)
    film = {"append_images": rest, "duration": duration, "loop": 0}
    with whole(path) as partial:
        first.save(partial, save_all=True, **film)
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


def save_latent(z, labels, path, axis_labels=("z[0]", "z[1]")):
    """Draws two-dimensional codes, coloured by class.

    Args:
        z: `(n, 2)`, codes or their embedding by `kgen.latent.embed`.
        labels: `(n,)` ints.
        path: PNG file to write.
        axis_labels: What the two axes are.
    """
    figure, axes = _figure()
    points = axes.scatter(z[:, 0], z[:, 1], c=labels, s=6, cmap="tab10")
    handles = points.legend_elements(num=None)
    figure.legend(*handles, title="class", loc="outside right center")
    axes.set(xlabel=axis_labels[0], ylabel=axis_labels[1])
    return _write(figure, path)


def save_history(history, path):
    """Draws each logged term over the epochs, training and validation.

    Args:
        history: Mapping from name to one value per epoch, as `fit` returns it.
        path: PNG file to write.
    """
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


def _picture(image, size):
    """An image in [0, 1] as Pillow's, enlarged by whole pixels to at most `size`.

    So small ones can be looked at, and none becomes blurred.
    """
    zoom = max(1, size // max(image.shape[:2]))
    image = np.round(255 * image.repeat(zoom, axis=0).repeat(zoom, axis=1))
    return keras.utils.array_to_img(image, scale=False)


def _figure(columns=1, rows=1):
    # Not pyplot: it keeps figures alive and picks a window system.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5 * columns, 4.5 * rows), layout="constrained")
    return figure, figure.subplots(rows, columns)


def _write(figure, path):
    path = _folder(path)
    with whole(path) as partial:
        figure.savefig(partial, dpi=100)
    return path


def _folder(path):
    path = pathlib.Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(
            f"{path.parent} cannot be made: {error.strerror}. {ADVICE}"
        ) from error
    return path
