"""The controls of the playground, and the picture that moves."""

from __future__ import annotations

from nicegui import ui

from kgen.data.sources.points import DENSITIES
from kgen.explore.controls import picture, tagged
from kgen.explore.playground.trial import FAMILIES, Trial

TITLE = "Playground"
SECONDS_A_LOOK = 0.3
RATES = {None: "the recipe's", 1e-2: "0.01", 1e-3: "0.001", 1e-4: "0.0001"}


def build() -> None:
    """Adds the menus, the buttons and the picture."""
    state = {"trial": None}
    ui.label(
        "Choose a density, a family and a loss, and press Train. Grey points are the "
        "data, black ones are samples."
    ).classes("text-sm")
    with ui.row().classes("items-center"):
        density = ui.select(sorted(DENSITIES), value="moons", label="Density")
        family = ui.select(list(FAMILIES), value="GAN", label="Family")
        recipe = ui.select(list(FAMILIES["GAN"]), value="gan", label="Loss")
        rate = ui.select(RATES, value=None, label="Learning rate")
        train, stop = ui.button("Train"), ui.button("Stop").props("outline")
    names = ("density", "family", "recipe", "rate", "train", "stop")
    controls = (density, family, recipe, rate, train, stop)
    for name, control in zip(names, controls, strict=True):
        tagged(control, "playground", name)
    for menu in (density, family, recipe, rate):
        menu.classes("w-36")
    show = picture("w-96", "playground", "picture")
    step = tagged(ui.label(), "playground", "step")
    figures = tagged(ui.label().classes("whitespace-pre-line"), "playground", "figures")

    def choose_family():
        recipe.set_options(
            list(FAMILIES[family.value]), value=FAMILIES[family.value][0]
        )

    def end():
        if state["trial"] is not None:
            state["trial"].stop()

    def begin():
        end()
        try:
            state["trial"] = Trial(density.value, recipe.value, rate.value)
        except ValueError as error:
            ui.notify(str(error), type="negative")
            return
        step.set_text("The first steps are compiled ...")
        state["trial"].start()

    def look():
        trial = state["trial"]
        if trial is None:
            return
        if trial.error is not None:
            figures.set_text(f"Training ended: {trial.error}")
            state["trial"] = None
        elif trial.snapshot is not None:
            show(trial.snapshot.url)
            figures.set_text(trial.snapshot.figures)
            ended = "" if trial.is_running else ", ended"
            step.set_text(f"step {trial.snapshot.num_steps:,}{ended}")

    family.on_value_change(choose_family)
    train.on_click(begin)
    stop.on_click(end)
    ui.timer(SECONDS_A_LOOK, look)
    ui.context.client.on_disconnect(end)
