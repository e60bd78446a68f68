"""A hole that is painted into an image, and what the model draws there."""

from __future__ import annotations

from functools import partial

import numpy as np
from nicegui import ui

from kgen.explore.canvas import HoleCanvas
from kgen.explore.controls import (
    OF_UPLOADS,
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

    async def change(*_):
        await look()
        await complete()

    source = ExampleSource(subject, f"completion-{name}", 0, change)
    label = class_choice(subject, f"completion-class-{name}", change, title=OF_UPLOADS)
    ui.label("Paint the hole; with Shift, take it back.").classes("text-sm")

    canvas = HoleCanvas(height, width, f"completion-canvas-{name}")
    with ui.row():
        for text, rows in (
            ("Upper half", slice(None, height // 2)),
            ("Lower half", slice(height // 2, None)),
            ("No hole", slice(0, 0)),
        ):
            key = text.lower().replace(" ", "-")
            button = ui.button(text, on_click=partial(canvas.fill, rows))
            tagged(button.props("dense outline"), f"completion-{key}", name)
        go = ui.button("Complete", on_click=lambda: complete()).props("dense")
        tagged(go, "completion-go", name)
    show = picture("w-96", "completion-picture", name)

    def draw(asked):
        chosen, label, hole, seed = asked
        if not hole.any():
            raise ValueError("There is no hole: paint one on the image.")
        x, label = source.find(chosen, label)
        rows = np.repeat(x, NUM_COMPLETIONS, axis=0)
        return picture_url(subject.complete(rows, hole, seed, label), columns=4)

    def read():
        return source.read(), label(), canvas.hole.copy(), shared.seed

    look = Redraw(
        source.read,
        lambda chosen: image_url(source.find(chosen)[0][0], canvas.side),
        canvas.image.set_source,
    )
    complete = Redraw(read, draw, show)
    return [look, complete]
