"""Between two examples: their codes, a path, and what it decodes to."""

from __future__ import annotations

import numpy as np
from nicegui import ui

from kgen.explore.controls import (
    ExampleSource,
    Shared,
    class_choice,
    picture,
    slider,
    tagged,
)
from kgen.explore.pictures import picture_url
from kgen.explore.redraw import Redraw
from kgen.explore.subject import Subject
from kgen.latent.interpolation import path

TITLE = "Interpolation"
NUM_PICTURES = 9


def missing(subject: Subject) -> str | None:
    """Why a model does not interpolate."""
    if subject.finds_codes:
        return None
    return "It has no codes of real numbers that it both finds and decodes."


def build(subject: Subject, shared: Shared) -> list[Redraw]:
    """Adds two examples, a slider between them, and the pictures."""
    name = subject.name

    async def change(*_):
        await redraw()

    first = ExampleSource(subject, f"interpolation-first-{name}", 0, change)
    second = ExampleSource(subject, f"interpolation-second-{name}", 1, change)
    label = class_choice(subject, f"interpolation-class-{name}", change)
    mode = ui.toggle(["linear", "slerp"], value="linear").on_value_change(change)
    tagged(mode.props("dense"), "interpolation-mode", name)
    share = slider("share", (0, 1, 0.01), 0.5, f"interpolation-share-{name}", change)
    show_one = picture("w-48", "interpolation-picture", name)
    show_strip = picture("w-full", "interpolation-strip", name)
    kept = {}  # The path of the last pair: the slider then moves along it.

    def read():
        return first.read(), second.read(), label(), mode.value, share.value

    def draw(asked):
        first_one, second_one, label, mode, share = asked
        key = (_key(first_one), _key(second_one), label, mode)
        if kept.get("key") != key:
            ends = [first.find(first_one)[0], second.find(second_one)[0]]
            z = [subject.encode(x, label) for x in ends]
            codes = path(z[0], z[1], 101, mode)[0]
            kept.update(key=key, codes=codes)
        codes = kept["codes"]
        few = codes[np.linspace(0, len(codes) - 1, NUM_PICTURES).round().astype(int)]
        one = codes[[round(share * (len(codes) - 1))]]
        return subject.call("decode", label, z=np.concatenate([one, few]))

    def show(x):
        show_one(subject.one_url(x[:1], side=192))
        show_strip(picture_url(x[1:], data=subject.points, columns=NUM_PICTURES))

    redraw = Redraw(read, draw, show)
    return [redraw]


def _key(chosen):
    return chosen.tobytes() if isinstance(chosen, np.ndarray) else chosen
