"""The latent space: a slider for each coordinate, and a map to click."""

from __future__ import annotations

import numpy as np
from nicegui import ui

from kgen.explore.controls import Shared, class_choice, picture, slider, tagged
from kgen.explore.pictures import SIDE, image_url, picture_url, plane_url, point_at
from kgen.explore.redraw import Redraw
from kgen.explore.subject import Subject

TITLE = "Latent"
MOST_SLIDERS = 12
REACH = 4.0  # Of sliders and of the map, for a model whose codes of data are not known.


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
            _, show = picture("w-64", "latent-picture", name)
            with ui.row():
                random = ui.button("Random").props("dense outline")
                centre = ui.button("Centre").props("dense outline")
        chart = ui.interactive_image(
            plane.url(), on_mouse=lambda event: click(event), cross=True
        )
        tagged(chart.classes("w-64"), "latent-map", name)
    chart_note = "A click decodes that point of the plane"
    if size > 2:
        chart_note += plane.words
    ui.label(chart_note + ".").classes("text-sm")
    sliders = [
        slider(
            f"z[{k}]",
            (-plane.reach, plane.reach, 0.05),
            float(z[k]),
            f"latent-z{k}-{name}",
            change,
        )
        for k in range(min(size, MOST_SLIDERS))
    ]
    if size > MOST_SLIDERS:
        ui.label(f"The other {size - MOST_SLIDERS} coordinates are a draw.")

    def place(code):
        """Takes a new code: the sliders follow, and the picture follows them."""
        z[:] = code
        for found, value in zip(sliders, z, strict=False):
            found.value = float(np.clip(value, -plane.reach, plane.reach))

    def click(event):
        point = point_at(plane.bounds, event.image_x, event.image_y)
        chart.content = (
            f'<circle cx="{event.image_x:.1f}" cy="{event.image_y:.1f}" r="6" '
            'fill="none" stroke="black" stroke-width="2" />'
        )
        place(plane.code_at(point, z))
        return redraw()

    def draw_prior():
        place(rng.standard_normal(size))
        return redraw()

    def to_centre():
        place(plane.centre)
        return redraw()

    tagged(random, "latent-random", name).on_click(draw_prior)
    tagged(centre, "latent-centre", name).on_click(to_centre)

    def read():
        code = z.copy()
        code[: len(sliders)] = [found.value for found in sliders]
        return code.reshape(1, *subject.latent_shape), label()

    def draw(asked):
        code, label = asked
        x = subject.call("decode", label, z=code)
        return (
            image_url(x[0], 256)
            if subject.has_pictures
            else picture_url(x, data=subject.points)
        )

    redraw = Redraw(read, draw, show)
    return [redraw]


class Plane:
    """The plane of a map: the latent itself, or the two widest directions of codes.

    Without codes of data it is that of the first two coordinates.
    """

    def __init__(self, subject: Subject) -> None:
        self.size = int(np.prod(subject.latent_shape))
        self.centre = np.zeros(self.size, "float32")
        axes = np.eye(2, self.size, dtype="float32")
        self.points, self.labels = None, None
        self.reach, self.words = REACH, ", its first two coordinates"
        codes = subject.codes
        if codes is not None and len(codes) > 2:
            codes = codes.reshape(len(codes), -1)
            _, self.labels = subject.examples
            self.reach = float(np.ceil(max(REACH - 1, np.abs(codes).max())))
            if self.size > 2:
                from sklearn.decomposition import PCA

                found = PCA(2, random_state=0).fit(codes)
                self.centre, axes = found.mean_, found.components_
                self.words = " of the two widest directions of the codes"
        self.axes = np.asarray(axes, "float32")
        half = np.full((2, 1), self.reach)
        self.bounds = np.concatenate([-half, half], axis=1)
        if codes is not None and len(codes) > 2:
            self.points = (codes - self.centre) @ self.axes.T
            low, high = self.points.min(0), self.points.max(0)
            margin = 0.1 * (high - low) + 1e-3
            self.bounds = np.stack([low - margin, high + margin], axis=1)

    def code_at(self, point: np.ndarray, z: np.ndarray) -> np.ndarray:
        """The code of a point: `z`, moved within the plane."""
        now = (z - self.centre) @ self.axes.T
        if self.points is not None and self.size > 2:
            return self.centre + point @ self.axes
        return z + (point[: len(self.axes)] - now) @ self.axes

    def url(self) -> str:
        """The map: codes of held-out examples in the colours of their classes."""

        def draw(axes):
            if self.points is None:
                angle = np.linspace(0, 2 * np.pi, 100)
                for radius in (1, 2, 3):
                    axes.plot(radius * np.cos(angle), radius * np.sin(angle), c="0.8")
                return
            second = self.points[:, 1] if self.points.shape[1] > 1 else 0 * self.labels
            axes.scatter(self.points[:, 0], second, c=self.labels, cmap="tab10", s=6)

        return plane_url(draw, self.bounds, SIDE)
