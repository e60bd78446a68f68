"""Figures that were found: values with their spreads, units and directions."""

from __future__ import annotations

from typing import Any

import numpy as np


class Estimate(float):
    """A mean with its standard error: `Estimate(3.1, 0.2)`."""

    def __new__(cls, value, error):
        return super().__new__(cls, value)

    def __init__(self, value: float, error: float) -> None:
        super().__init__()
        self.error = float(error)


class FewSamplesWarning(UserWarning):
    """There are too few examples or samples for some figures."""


class Figures(dict):
    """Figures by name, in the requested order; a text is a note.

    Attributes:
        units: Unit of each number that has one.
        better: Whether `"higher"` or `"lower"` is better, if either is.
        spread: Standard error of each number, where it is known.
        num_samples: Number of samples, or `None` if none were drawn.
        judge: What gave features, in words, or `None`.
        left_out: The reason for each figure that could not be computed.
        few: Number of samples that would do, for each figure that has too few.
    """

    def __init__(self) -> None:
        super().__init__(num_examples=None)  # In the first place.
        self.units, self.better, self.spread, self.left_out = {}, {}, {}, {}
        self.num_samples = self.judge = None
        self.few = {}

    def put(self, name, figure, given, spread=None):
        """Adds the numbers of a figure, under a longer name if a name is taken.

        Args:
            name: Name of the figure.
            figure: The `Figure`.
            given: Result of its function.
            spread: Standard errors of its numbers by name, or `None`.
        """
        for key, value in as_dictionary(name, given).items():
            if key == "num_examples":
                self[key] = value
                continue
            unit, better = figure.reading(key)
            place = f"{name}/{key}" if key in self else key
            self[place] = value if isinstance(value, str) else float(np.mean(value))
            if isinstance(value, str):
                continue
            if unit:
                self.units[place] = unit
            if better:
                self.better[place] = better
            if spread and key in spread:
                self.spread[place] = spread[key]

    def lines(self):
        """Texts for people, one for each figure: value, spread, unit and direction."""
        for name, value in self.items():
            if not isinstance(value, str) and name != "num_examples":
                better = self.better.get(name)
                error = self.spread.get(name)
                notes = [
                    "" if error is None else f"± {error:.2g}",
                    self.units.get(name),
                    better and f"({better} is better)",
                ]
                yield " ".join(filter(None, [f"{name:22} {value:10.4f}", *notes]))
        yield from self.notes()

    def notes(self):
        """Texts for people: notes, too few samples, and what is left out."""
        for value in self.values():
            if isinstance(value, str):
                yield f"Note: {value}"
        if self.few:
            yield f"Note: {self.advice()}"
        for name, reason in self.left_out.items():
            yield f"Left out: {name}, {reason}"

    def advice(self):
        """A sentence on the figures for which there are too few samples."""
        wanted = ", ".join(f"{name} ({enough:,})" for name, enough in self.few.items())
        return (
            f"{self['num_examples']:,} held-out examples and {self.num_samples or 0:,} "
            f"samples are few. In brackets are the numbers that would do: {wanted}."
        )

    def record(self) -> dict[str, Any]:
        """All of it as dictionaries of texts and numbers, for JSON."""
        return {
            "figures": {
                name: {
                    "value": value,
                    "spread": self.spread.get(name),
                    "unit": self.units.get(name),
                    "better": self.better.get(name),
                }
                for name, value in self.items()
                if name != "num_examples"
            },
            "num_examples": self["num_examples"],
            "num_samples": self.num_samples,
            "features": self.judge,
            "left_out": self.left_out,
        }


def rows_of(found):
    """Rows of a table of models: `(name, unit, better, values)`, values by model.

    A model that lacks the figure has `None`.

    Args:
        found: `Figures` by the names of models.
    """
    for name in dict.fromkeys(name for figures in found.values() for name in figures):
        values = {key: figures.get(name) for key, figures in found.items()}
        if name == "num_examples" or any(isinstance(v, str) for v in values.values()):
            continue
        first = next(figures for figures in found.values() if name in figures)
        yield name, first.units.get(name, ""), first.better.get(name, ""), values


def side_by_side(found):
    """Texts for people: a row for each figure, a column for each model.

    Args:
        found: `Figures` by the names of models.
    """
    width = max(20, *(len(name) + 2 for name in found))
    yield " " * 30 + "".join(f"{name:>{width}}" for name in found)
    for name, unit, better, values in rows_of(found):
        cells = []
        for key, value in values.items():
            error = found[key].spread.get(name)
            spread = "" if error is None else f" ± {error:.2g}"
            cells.append("-" if value is None else f"{value:.4g}{spread}")
        label = f"{name}, {unit}" if unit else name
        row = "".join(f"{cell:>{width}}" for cell in cells)
        yield f"{label:30}{row}" + (f"  {better}" if better else "")


def as_dictionary(name, given):
    """The result of a figure's function as a dictionary."""
    return given if isinstance(given, dict) else {name: given}
