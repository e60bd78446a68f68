"""An image on which a hole is painted."""

from __future__ import annotations

from typing import Any

import numpy as np
from nicegui import ui
from PIL import Image

from kgen.explore.controls import tagged
from kgen.explore.pictures import as_url

SIDE = 320
ORANGE = (255, 165, 0, 204)


class HoleCanvas:
    """An image with a hole, `hole`, bool `(height, width)`.

    Args:
        height: Pixels of the image.
        width: Pixels of the image.
        name: Name of the element.
    """

    def __init__(self, height: int, width: int, name: str) -> None:
        self.hole = np.zeros((height, width), bool)
        self.hole[height // 2 :] = True
        self.zoom = max(1, SIDE // max(height, width))
        self.brush = max(height, width) // 64  # Pixels to each side of the pointer.
        self.last = None
        self.image = ui.interactive_image(
            on_mouse=self._paint, events=["mousedown", "mousemove"], sanitize=False
        )
        tagged(self.image, name).props("draggable=false")
        self.cover()

    @property
    def side(self) -> int:
        """Pixels of the longer side on the page."""
        return self.zoom * max(self.hole.shape)

    def fill(self, rows: slice) -> None:
        """Makes these rows the hole, and nothing else."""
        self.hole[:] = False
        self.hole[rows] = True
        self.cover()

    def cover(self) -> None:
        """Draws the hole over the image."""
        height, width = self.hole.shape
        pixels = np.where(self.hole[..., None], np.uint8(ORANGE), np.uint8(0))
        url = as_url(Image.fromarray(pixels, "RGBA"))
        self.image.content = (
            f'<image width="{self.zoom * width}" height="{self.zoom * height}" '
            f'style="image-rendering: pixelated" href="{url}" />'
        )

    def _paint(self, event: Any) -> None:
        """Marks the way of the pointer since the last event, while a button is down."""
        if event.type != "mousedown" and not event.buttons:
            self.last = None
            return
        point = np.array([event.image_y, event.image_x]) / self.zoom
        start = point if event.type == "mousedown" or self.last is None else self.last
        for share in np.linspace(0, 1, int(np.abs(point - start).max()) + 2):
            row, column = np.floor(start + share * (point - start)).astype(int)
            low_row, low_column = max(0, row - self.brush), max(0, column - self.brush)
            rows = slice(low_row, max(0, row + self.brush + 1))
            columns = slice(low_column, max(0, column + self.brush + 1))
            self.hole[rows, columns] = not event.shift
        self.last = point
        self.cover()
