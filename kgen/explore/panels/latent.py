"""The latent space: a slider for each coordinate, and a map to click."""

from __future__ import annotations

import numpy as np
from nicegui import ui

from kgen.explore.controls import Shared, class_choice, picture, slider, tagged
from kgen.explore.pictures import point_at
from kgen.explore.plane import Plane
from kgen.explore.redraw import Redraw
from kgen.explore.subject import Subject

TITLE = "Latent"
MOST_SLIDERS = 12


def missing(subject: Subject) -> str | None:
    """Why a model has no latent space to walk in."""
    if "decode" in subject.verbs and subject.has_real_codes:
        return None
    return "It decodes no codes of real numbers."


def build(subject: Subject, shared: Shared) -> list[Redraw]:
    """Adds the sliders, the map, and the picture of the code."""
    name, plane = subject.name, Plane(subject)
    size = plane.size
    z = np.zeros(size, "float32")
    rng = np.random.default_rng(shared.seed)
    if size > MOST_SLIDERS:  # The others have to have some value of the prior.
        z[:] = rng.standard_normal(size)

    async def change(*_):
        await redraw()

    label = class_choice(subject, f"latent-class-{name}", change)
    with ui.row().classes("items-start"):
        with ui.column():
            show = picture("w-64", "latent-picture", name)
            with ui.row():
                random, centre = (
                    tagged(ui.button(text).props("dense outline"), "latent", key, name)
                    for text, key in (("Random", "random"), ("Centre", "centre"))
                )
        chart = ui.interactive_image(
            plane.url(), on_mouse=lambda event: click(event), cross=True
        )
        tagged(chart.classes("w-64"), "latent-map", name)
    ui.label(f"A click decodes that point of {plane.words}.").classes("text-sm")
    sliders = _sliders(name, z, plane.reach, change)

    def go_to(code):
        """Takes a new code: the sliders follow it."""
        z[:] = code
        for found, value in zip(sliders, z, strict=False):
            found.value = float(np.clip(value, -plane.reach, plane.reach))
        return redraw()

    def click(event):
        point = point_at(plane.bounds, event.image_x, event.image_y)
        chart.content = (
            f'<circle cx="{event.image_x:.1f}" cy="{event.image_y:.1f}" r="6" '
            'fill="none" stroke="black" stroke-width="2" />'
        )
        return go_to(plane.code_at(point, z))

    random.on_click(lambda: go_to(rng.standard_normal(size)))
    centre.on_click(lambda: go_to(plane.centre))

    def read():
        code = z.copy()
        code[: len(sliders)] = [found.value for found in sliders]
        return code.reshape(1, *subject.latent_shape), label()

    def draw(asked):
        code, label = asked
        return subject.one_url(subject.call("decode", label, z=code), side=256)

    redraw = Redraw(read, draw, show)
    return [redraw]


def _sliders(name, z, reach, on_change):
    """A slider for each of the first coordinates."""
    size = min(len(z), MOST_SLIDERS)
    bounds = (-reach, reach, 0.05)
    found = [
        slider(f"z[{k}]", bounds, float(z[k]), f"latent-z{k}-{name}", on_change)
        for k in range(size)
    ]
    if size < len(z):
        ui.label(f"The other {len(z) - size} coordinates are a draw.")
    return found
