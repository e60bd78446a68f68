"""An example, its reconstruction, the error, and how unusual the example is."""

from __future__ import annotations

import numpy as np
from nicegui import ui

from kgen.explore.controls import (
    OF_UPLOADS,
    ExampleSource,
    Shared,
    class_choice,
    picture,
    tagged,
)
from kgen.explore.pictures import picture_url
from kgen.explore.redraw import Redraw
from kgen.explore.shapes import LIKELIHOODS
from kgen.explore.subject import Subject, squared_error

TITLE = "Reconstruction"
NUM_COMPARED = 100  # Held-out examples whose scores stand beside that of an upload.


def missing(subject: Subject) -> str | None:
    """Why a model neither reconstructs nor scores."""
    if {"reconstruct", *LIKELIHOODS} & subject.verbs or subject.finds_codes:
        return None
    return "It has neither reconstructions nor a likelihood nor codes."


def build(subject: Subject, shared: Shared) -> list[Redraw]:
    """Adds an example, the pictures and the figures."""
    name = subject.name

    async def change(*_):
        await redraw()

    source = ExampleSource(subject, f"reconstruction-{name}", 0, change)
    label = class_choice(
        subject, f"reconstruction-class-{name}", change, title=OF_UPLOADS
    )
    show_picture = picture("w-96", "reconstruction-picture", name)
    caption = ui.label().classes("text-sm")
    figures = tagged(
        ui.label().classes("whitespace-pre-line"), "reconstruction-figures", name
    )
    normal = {}  # The scores of held-out examples, once they are known.

    def draw(asked):
        chosen, label = asked
        x, label = source.find(chosen, label)
        parts, lines = {"the example": x}, []
        again = subject.reconstruct(x, label)
        if again is not None:
            parts["its reconstruction"] = again
            if x.dtype.kind == "f":  # Tokens are names, without differences.
                lines.append(f"Mean squared error: {squared_error(x, again)[0]:.4g}")
            if subject.has_pictures:
                parts["their difference"] = np.abs(x - again)
        found = subject.score(x, label)
        if found is not None:
            kind, (score,) = found
            among = compared(subject, kind, score, normal)
            lines.append(f"Anomaly score ({kind}): {score:.4g}{among}")
        shown = np.concatenate(list(parts.values()))
        url = picture_url(shown, data=subject.points, columns=len(shown))
        return url, ", ".join(parts), "\n".join(lines)

    def show(answer):
        show_picture(answer[0])
        caption.set_text(answer[1])
        figures.set_text(answer[2])

    redraw = Redraw(lambda: (source.read(), label()), draw, show)
    return [redraw]


def compared(subject, kind, score, normal):
    """Words about a score among those of held-out examples, which `normal` keeps."""
    if subject.examples is None or kind == "inversion":
        return ""  # A search for the codes of many examples takes minutes.
    if kind not in normal:
        x, labels = (part[:NUM_COMPARED] for part in subject.examples)
        _, normal[kind] = subject.score(x, labels)
    above = np.mean(normal[kind] < score)
    return f", higher than {above:.0%} of {len(normal[kind])} held-out examples"
