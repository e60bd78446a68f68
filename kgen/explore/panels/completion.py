"""A hole that is painted into an image, and what the model draws there."""

from __future__ import annotations

import numpy as np
from nicegui import ui

from kgen.explore.controls import (
    ExampleSource,
    Shared,
    class_choice,
    picture,
    tagged,
)
from kgen.explore.pictures import image_url, picture_url
from kgen.explore.redraw import Redraw
from kgen.explore.subject import Subject

TITLE = "Completion"
SIDE = 320
NUM_COMPLETIONS = 8


def missing(subject: Subject) -> str | None:
    """Why a model completes nothing."""
    if subject.completes:
        return None
    return "It completes no images: PixelCNNs, diffusion models and inpainters do."


def build(subject: Subject, shared: Shared) -> list[Redraw]:
    """Adds an image to paint on, and its completions."""
    name = subject.name
    height, width, _ = subject.data_shape
    zoom = max(1, SIDE // max(height, width))
    hole = np.zeros((height, width), bool)
    hole[height // 2 :] = True

    async def change(*_):
        await look()
        await complete()

    source = ExampleSource(subject, f"completion-{name}", 0, change)
    label = class_choice(subject, f"completion-class-{name}", change)
    ui.label("Paint the hole; with Shift, take it back.").classes("text-sm")

    def paint(event):
        """Marks the pixel under the pointer while a button is down."""
        if event.type == "mousedown" or event.buttons:
            row, column = int(event.image_y // zoom), int(event.image_x // zoom)
            if 0 <= row < height and 0 <= column < width:
                hole[row, column] = not event.shift
                cover()

    canvas = ui.interactive_image(
        on_mouse=paint, events=["mousedown", "mousemove"], sanitize=False
    )
    tagged(canvas, "completion-canvas", name).props("draggable=false")

    def cover():
        """Draws the hole over the image: numbers alone, nothing of a user."""
        canvas.content = "".join(
            f'<rect x="{zoom * column}" y="{zoom * row}" width="{zoom}" '
            f'height="{zoom}" fill="orange" fill-opacity="0.8" />'
            for row, column in np.argwhere(hole)
        )

    def whole_hole(rows):
        def fill():
            hole[:] = False
            hole[rows] = True
            cover()

        return fill

    with ui.row():
        for text, rows in (
            ("Upper half", slice(None, height // 2)),
            ("Lower half", slice(height // 2, None)),
            ("No hole", slice(0, 0)),
        ):
            key = text.lower().replace(" ", "-")
            button = ui.button(text, on_click=whole_hole(rows)).props("dense outline")
            tagged(button, f"completion-{key}", name)
        go = ui.button("Complete", on_click=lambda: complete()).props("dense")
        tagged(go, "completion-go", name)
    _, show = picture("w-96", "completion-picture", name)

    def draw(asked):
        chosen, label, hole, seed = asked
        if not hole.any():
            raise ValueError("There is no hole: paint one on the image.")
        x, own = source.find(chosen)
        rows = np.repeat(x, NUM_COMPLETIONS, axis=0)
        label = label if own is None else own
        return picture_url(subject.complete(rows, hole, seed, label), columns=4)

    def read():
        return source.read(), label(), hole.copy(), shared.seed

    look = Redraw(
        source.read,
        lambda chosen: image_url(source.find(chosen)[0][0], zoom * max(height, width)),
        canvas.set_source,
    )
    complete = Redraw(read, draw, show)
    cover()
    return [look, complete]
