"""The page: panels of all models side by side, and the playground."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nicegui import ui

from kgen.explore import playground
from kgen.explore.controls import LARGEST_SEED, Shared, integer, whole
from kgen.explore.panels import PANELS
from kgen.explore.subject import Subject

MOST_SAMPLES = 1000


def page_of(subjects: Sequence[Subject]) -> Callable[[], None]:
    """The function that builds the page of these models for each visitor."""

    def root() -> None:
        are_points = all(subject.has_points for subject in subjects)
        shared = Shared(num_samples=500 if are_points else 16)
        names = ", ".join(subject.name for subject in subjects)
        # A file that is uploaded is used at once: a list of files would stay empty.
        ui.add_css(".q-uploader__list { display: none }")
        ui.page_title(f"kgen: {names or 'playground'}")
        _header(subjects, shared)
        titles = [panel.TITLE for panel in PANELS] if subjects else []
        with ui.tabs().classes("w-full") as tabs:
            for title in [*titles, playground.TITLE]:
                ui.tab(title).mark(f"tab-{title}").props(f'data-testid="tab-{title}"')
        first = titles[0] if titles else playground.TITLE
        with ui.tab_panels(tabs, value=first, keep_alive=True).classes("w-full"):
            for panel in PANELS if subjects else ():
                with ui.tab_panel(panel.TITLE), ui.row().classes("items-start"):
                    shared.redraws[panel.TITLE] = [
                        redraw
                        for subject in subjects
                        for redraw in _card(panel, subject, shared)
                    ]
            with ui.tab_panel(playground.TITLE):
                playground.build()

        tabs.on_value_change(lambda event: shared.open(event.value))
        ui.timer(0, lambda: shared.open(first), once=True)

    return root


def _header(subjects, shared):
    """The seed and the number of samples, which all models share."""
    with ui.row().classes("items-center gap-6"):
        ui.label("kgen explore").classes("text-xl font-bold")
        if not subjects:
            return

        async def change(*_):
            try:
                numbers = whole(seed), whole(num_samples)
            except ValueError as error:
                ui.notify(str(error), type="negative")
            else:
                await shared.change(*numbers)

        seed = integer("Seed", shared.seed, 0, LARGEST_SEED, "seed", change)
        num_samples = integer(
            "Samples", shared.num_samples, 1, MOST_SAMPLES, "num_samples", change
        )


def _card(panel, subject, shared):
    with ui.card().classes("max-w-xl"):
        ui.label(subject.name).classes("font-bold")
        reason = panel.missing(subject)
        if reason is not None:
            ui.label(reason).classes("text-sm")
            return []
        try:
            return panel.build(subject, shared)
        except (OSError, ValueError, LookupError) as error:
            # Such as a run that was moved: the other models still have their cards.
            ui.label(f"The panel cannot be shown: {error}").classes("text-negative")
            return []
