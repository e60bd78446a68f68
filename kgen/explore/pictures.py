"""Arrays and figures as pictures that a page shows."""

import base64
import io
import warnings

import numpy as np
from PIL import Image

from kgen.plots.figures import new_figure
from kgen.plots.pictures import picture_of, pixels
from kgen.plots.samples import draw_samples

SIDE = 384  # Pixels of a picture on the page.


def as_url(picture):
    """A picture of Pillow, or a figure, as the text of an address that contains it.

    So the page asks for no file, and no file of the machine can be asked for.
    """
    file = io.BytesIO()
    if isinstance(picture, Image.Image):
        picture.save(file, format="png")
    else:
        picture.savefig(file, format="png", dpi=100)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def file_url(path):
    """A PNG or GIF file as such a text."""
    kind = path.suffix.removeprefix(".")
    return f"data:image/{kind};base64," + base64.b64encode(path.read_bytes()).decode()


def picture_url(x, labels=None, data=None, columns=None):
    """Examples of any kind as such a text."""
    with warnings.catch_warnings():
        # Of values that are left out or drawn black: the picture shows it.
        warnings.simplefilter("ignore")
        return as_url(draw_samples(x, columns=columns, labels=labels, data=data))


def image_url(x, side=SIDE):
    """One image of a model, enlarged to squares, as such a text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (image,) = pixels("explore", "x", x[None])
    return as_url(picture_of("explore", "x", image, side))


def plane_url(draw, bounds, side=SIDE):
    """A plane whose axes fill the picture, so that pixels and points are linear.

    Args:
        draw: Function that draws on Matplotlib's axes.
        bounds: `((low_x, high_x), (low_y, high_y))`.
        side: Pixels of the picture.
    """
    figure, axes = new_figure()
    figure.set_layout_engine("none")
    figure.set_size_inches(side / 100, side / 100)
    axes.set_position([0, 0, 1, 1])
    draw(axes)
    axes.set(xlim=bounds[0], ylim=bounds[1], xticks=[], yticks=[])
    return as_url(figure)


def point_at(bounds, column, row, side=SIDE):
    """The point of the plane at a pixel of such a picture."""
    (low_x, high_x), (low_y, high_y) = bounds
    right, down = np.clip([column / side, row / side], 0, 1)
    return np.array(
        [low_x + right * (high_x - low_x), high_y - down * (high_y - low_y)]
    )
