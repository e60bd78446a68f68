"""Figures of Matplotlib, and their files."""

import io

from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.figure import Figure

from kgen.core.files import check_path, whole
from kgen.plots.pictures import with_folder


class Drawing(Figure):
    """A figure that a notebook shows.

    It is none of pyplot's, which keeps figures alive and picks a window system.
    """

    def _repr_png_(self):
        file = io.BytesIO()
        self.savefig(file, format="png", dpi=100)
        return file.getvalue()


def new_figure(columns=1, rows=1):
    """A `Drawing` and its axes.

    Args:
        columns: Number of axes side by side.
        rows: Number of rows of axes.
    """
    figure = Drawing(figsize=(5 * columns, 4.5 * rows), layout="constrained")
    return figure, figure.subplots(rows, columns)


def check_figure_path(name, path):
    """`path`, if Matplotlib writes files of its ending."""
    endings = [f".{ending}" for ending in sorted(FigureCanvasBase.filetypes)]
    return check_path(name, "path", path, endings)


def save_figure(figure, path):
    """Writes a figure and returns the path."""
    path = with_folder(path)
    with whole(path) as partial:
        figure.savefig(partial, dpi=100)
    return path
