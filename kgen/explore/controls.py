"""Controls that several panels have."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
from nicegui import ui

from kgen.explore.redraw import Redraw
from kgen.explore.subject import Subject
from kgen.explore.uploads import MOST_BYTES, example_of

Handler = Callable[..., Awaitable[None]]
OF_UPLOADS = "Class of an upload"  # A held-out example has its own.
LARGEST_SEED = 2**31 - 1
STILL = "no-transition no-spinner"  # Of pictures: one that moves would stay faded.


@dataclasses.dataclass
class Shared:
    """What all models of a page have in common: the seed and the number of samples.

    A panel is drawn when it is first open, and again after one of them has changed:
    some pictures take seconds. `title` is that of the panel that is open.
    """

    seed: int = 0
    num_samples: int = 16
    redraws: dict[str, list[Redraw]] = dataclasses.field(default_factory=dict)
    drawn: set[str] = dataclasses.field(default_factory=set)
    title: str = ""

    async def change(self, seed: int, num_samples: int) -> None:
        """Takes new numbers, and draws the panel that is open."""
        self.seed, self.num_samples = seed, num_samples
        self.drawn.clear()
        await self.open(self.title)

    async def open(self, title: str) -> None:
        """Draws the pictures of a panel, unless they are up to date."""
        self.title = title
        if title not in self.drawn:
            self.drawn.add(title)
            await asyncio.gather(*(draw() for draw in self.redraws.get(title, ())))


def tagged(element: Any, *names: str) -> Any:
    """An element that tests, and a user's own scripts, find by its name."""
    name = "-".join(names)
    return element.mark(name).props(f'data-testid="{name}"')


def picture(width: str, *names: str) -> Callable[[str], None]:
    """The function that sets the source of a new picture, which is hidden until then.

    Args:
        width: A class of its width, such as `"w-96"`.
        *names: Parts of its name.
    """
    found = tagged(ui.image().classes(width), *names).props(STILL)
    found.set_visibility(False)

    def show(url):
        found.set_source(url)
        found.set_visibility(True)

    return show


def integer(
    label: str, value: int, low: int, high: int, name: str, on_change: Handler
) -> Any:
    """A field for an int, which `whole` reads."""
    field = ui.number(label, value=value, min=low, max=high, step=1, precision=0)
    field.props(f'dense debounce=300 aria-label="{label}"').classes("w-28")
    field.on_value_change(on_change)
    return tagged(field, name)


def whole(field: Any) -> int:
    """The int in a field.

    Raises:
        ValueError: if the field is empty, or has another number.
    """
    low, high = int(field.min), int(field.max)
    if field.value is None or not low <= field.value <= high:
        raise ValueError(
            f"{field.label} was given {field.value}, but expects an int from {low:,} "
            f"to {high:,}."
        )
    return int(field.value)


def slider(
    label: str,
    bounds: tuple[float, float, float],
    value: float,
    name: str,
    on_change: Handler,
) -> Any:
    """A slider with its value beside it; `bounds` are its ends and its step."""
    low, high, step = bounds
    with ui.row().classes("items-center w-full no-wrap gap-3"):
        ui.label(label).classes("w-24 text-sm")
        found = ui.slider(min=low, max=high, step=step, value=value)
        found.props(f'aria-label="{label}"')
        ui.label().bind_text_from(found, "value", "{:.3g}".format).classes(
            "w-10 text-sm"
        )
    found.on_value_change(on_change)
    return tagged(found, name)


def class_choice(
    subject: Subject,
    name: str,
    on_change: Handler,
    in_turn: bool = False,
    title: str = "Class",
) -> Callable[[], int | None]:
    """A menu of classes; the function that it returns reads it.

    Args:
        subject: The model; without classes there is no menu, and the class is `None`.
        name: Name of the control.
        on_change: What a choice calls.
        in_turn: Whether all classes in turn may be chosen, read as `None`.
        title: Label of the menu.
    """
    if subject.num_classes is None:
        return lambda: None
    choices = {label: f"class {label}" for label in range(subject.num_classes)}
    if in_turn:
        choices = {-1: "all classes", **choices}
    menu = ui.select(choices, value=next(iter(choices)), label=title)
    menu.props("dense").classes("w-40").on_value_change(on_change)
    tagged(menu, name)
    return lambda: None if menu.value == -1 else menu.value


class ExampleSource:
    """Where an example comes from: a held-out one of the data, or an upload.

    `read` is for the page's thread; `find` loads data, and is for another one.

    Args:
        subject: The model.
        name: Name of the controls.
        index: The held-out example at first.
        on_change: What a choice calls.
    """

    def __init__(
        self, subject: Subject, name: str, index: int, on_change: Handler
    ) -> None:
        self.subject, self.uploaded, self.on_change = subject, None, on_change
        self.index = None
        with ui.row().classes("items-center gap-2"):
            if subject.data_settings is not None:
                self.index = integer(
                    "Held-out example", index, 0, 999, f"{name}-index", self._choose
                )
            upload = ui.upload(
                label="or upload" if self.index else "Upload",
                auto_upload=True,
                max_file_size=MOST_BYTES,
                max_files=1,
                on_upload=self._upload,
                on_rejected=self._refuse,
            )
            upload.props("flat bordered accept='image/*,.npy'").classes("w-48")
            self.upload = tagged(upload, f"{name}-upload")
            with ui.row().classes("items-center gap-2") as self.used:
                self.file = ui.label().classes("text-sm")
                if self.index is not None:
                    again = ui.button("Held-out", on_click=self._choose)
                    tagged(again.props("dense flat"), f"again-{name}")
            self.used.set_visibility(False)

    async def _choose(self, *_):
        self.uploaded = None
        self.used.set_visibility(False)
        await self.on_change()

    async def _upload(self, event):
        content = await event.file.read()
        self.upload.reset()
        try:
            self.uploaded = example_of(
                event.file.name, content, self.subject.data_shape
            )
        except ValueError as error:
            ui.notify(str(error), type="negative", multi_line=True, timeout=10_000)
            return
        self.file.set_text(f"{event.file.name} is used")
        self.used.set_visibility(True)
        await self.on_change()

    def _refuse(self, *_):
        ui.notify(
            f"The file was refused: at most {MOST_BYTES:,} bytes are taken.",
            type="negative",
        )

    def read(self) -> np.ndarray | int | None:
        """The upload, the number of a held-out example, or `None` without either."""
        if self.uploaded is not None or self.index is None:
            return self.uploaded
        return whole(self.index)

    def find(
        self, chosen: np.ndarray | int | None, label: int | None = None
    ) -> tuple[np.ndarray, int | None]:
        """The example that was read, `(1, *data_shape)`, and its class.

        Args:
            chosen: What `read` gave.
            label: The class of an upload; a held-out example has its own.

        Raises:
            ValueError: if there is none.
        """
        if chosen is None:
            raise ValueError(
                "Upload an example. Pages of runs, and of models with --data NAME, "
                "offer held-out ones, too."
            )
        if isinstance(chosen, np.ndarray):
            return chosen, label
        x, labels = self.subject.examples
        if chosen >= len(x):
            raise ValueError(
                f"Held-out example was given {chosen}, but there are {len(x)}, from 0."
            )
        label = None if self.subject.num_classes is None else int(labels[chosen])
        return x[chosen : chosen + 1], label
