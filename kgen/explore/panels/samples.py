"""Samples: seed, class, temperature, truncation, guidance and number of steps."""

from __future__ import annotations

from nicegui import ui

from kgen.core.sampling import default_labels
from kgen.explore.controls import Shared, class_choice, picture, slider, tagged
from kgen.explore.pictures import picture_url
from kgen.explore.redraw import Redraw
from kgen.explore.subject import Subject

TITLE = "Samples"
# Ends and step of each slider. Above the last temperature samples are noise.
BOUNDS = {
    "temperature": (0.05, 2.0, 0.05),
    "truncation": (0.0, 1.5, 0.05),
    "guidance": (0.0, 10.0, 0.25),
}
FIRST_STEPS = 50  # Of a diffusion model: all its steps may take a minute.


def missing(subject: Subject) -> str | None:
    """Why a model has no samples."""
    if "sample" in subject.verbs:
        return None
    if {"encode", "decode"} <= subject.verbs:
        return "It has no verb `sample`: kgen.TwoStage(model, prior) learns to sample."
    return f"It draws no samples: its verbs are {', '.join(sorted(subject.verbs))}."


def build(subject: Subject, shared: Shared) -> list[Redraw]:
    """Adds the controls and the picture."""

    async def change(*_):
        await redraw()

    label = class_choice(subject, f"samples-class-{subject.name}", change, in_turn=True)
    sliders = {
        name: slider(
            name, BOUNDS[name], value, f"samples-{name}-{subject.name}", change
        )
        for name, value in subject.options().items()
    }
    most = subject.steps()
    if most is not None:
        sliders["num_steps"] = slider(
            "DDIM steps",
            (1, most, 1),
            min(FIRST_STEPS, most),
            f"samples-num_steps-{subject.name}",
            change,
        )
    steps = None
    if subject.served_steps():
        choices = {None: "the model's", **{n: f"{n}" for n in subject.served_steps()}}
        steps = ui.select(choices, value=None, label="Steps").classes("w-36")
        tagged(steps.on_value_change(change), "samples-steps", subject.name)
    show = picture("w-96", "samples-picture", subject.name)

    def read():
        options = {name: found.value for name, found in sliders.items()}
        if subject.is_servable:  # The defaults in an export are not known.
            first = subject.options()
            options = {k: v for k, v in options.items() if v != first[k]}
        if steps is not None and steps.value is not None:
            options["num_steps"] = steps.value
        if "num_steps" in options:
            options["num_steps"] = int(options["num_steps"])
        return shared.num_samples, shared.seed, label(), options

    def draw(asked):
        num_samples, seed, label, options = asked
        x = subject.sample(num_samples, seed, label, **options)
        labels = None
        if label is None:
            labels = default_labels(subject.num_classes, num_samples)
        return picture_url(x, labels, subject.points)

    redraw = Redraw(read, draw, show)
    return [redraw]
