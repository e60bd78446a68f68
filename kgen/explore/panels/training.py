"""How a run was trained: samples of each epoch as a film, its figures and pictures."""

from __future__ import annotations

from nicegui import ui

from kgen.explore.controls import Shared, picture, tagged
from kgen.explore.pictures import file_url
from kgen.explore.redraw import Redraw
from kgen.explore.subject import Subject
from kgen.runs.fitting import SAMPLES
from kgen.runs.folders import METRICS, read_json

TITLE = "Training"
PICTURES = ("history", "reconstructions", "latent", "manifold", "translations")
SECONDS_A_FRAME = 0.4


def missing(subject: Subject) -> str | None:
    """Why a model has no record of its training."""
    if subject.run is not None:
        return None
    return "It is no run folder of `kgen train`, which keeps samples and figures."


def build(subject: Subject, shared: Shared) -> list[Redraw]:
    """Adds the film, the table and the pictures."""
    record = read_json(subject.run / METRICS)
    rows = [
        {"figure": name, "value": f"{value:.6g}"}
        for name, value in record["held_out"].items()
    ]
    rows += [
        {"figure": name, "value": str(record[name])}
        for name in ("recipe", "epochs", "seconds_of_training")
    ]
    columns = [
        {"name": name, "label": name, "field": name, "align": "left"}
        for name in ("figure", "value")
    ]
    table = ui.table(rows=rows, columns=columns).props("dense flat bordered")
    tagged(table, "training-figures", subject.name)
    frames = sorted(subject.run.glob(f"{SAMPLES}/epoch-*.png"))
    if frames:
        _film(subject.name, frames)
    for name in PICTURES:
        path = subject.run / f"{name}.png"
        if path.exists():
            ui.label(name).classes("text-sm mt-2")
            found = ui.image(file_url(path)).classes("w-96")
            tagged(found, f"training-{name}", subject.name)
    return []


def _film(name, frames):
    ui.label("Samples of each epoch").classes("text-sm mt-2")
    show_frame = picture("w-96", "training-film", name)
    caption = ui.label().classes("text-sm")
    slider = ui.slider(min=0, max=len(frames) - 1, step=1, value=len(frames) - 1)
    tagged(slider, "training-epoch", name).props('aria-label="Epoch"')

    def show():
        frame = frames[int(slider.value)]
        try:
            show_frame(file_url(frame))
        except OSError:
            caption.set_text(f"{frame.name} is no longer there.")
        else:
            caption.set_text(frame.stem)

    def step():
        slider.value = (int(slider.value) + 1) % len(frames)

    slider.on_value_change(show)
    timer = ui.timer(SECONDS_A_FRAME, step, active=False)
    play = ui.switch("Play").bind_value_to(timer, "active")
    tagged(play, "training-play", name)
    show()
