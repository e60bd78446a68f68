"""kgen beside its peers: the description of a family, and its tables."""

import contextlib
import dataclasses
import sys

from benchmarks.harness.calls import Calls
from benchmarks.harness.interleave import (
    Worker,
    at,
    build,
    interleave,
    print_table,
    print_times,
    whole,
)
from benchmarks.harness.peers import peers_python

LIMIT = "bare tf.function loop"
KGEN = {
    LIMIT: ("kgen", "bare"),
    "kgen fit(dataset)": ("kgen", "dataset"),
    "kgen fit(x), arrays": ("kgen", "arrays"),
}

# The rows and the ratios of the families that pythae also has.
PEER = "pythae class, own loop"
VARIANTS = {
    PEER: ("torch", "pythae"),
    "PyTorch by hand, fused Adam": ("torch", "torch"),
    **KGEN,
}
REFERENCES = {"/ pythae": PEER, "/ bare loop": LIMIT}


@dataclasses.dataclass(frozen=True)
class Comparison:
    """A family of models, and how it is compared.

    Args:
        name: `benchmarks.<name>.torch` and `benchmarks.<name>.kgen` are the two
            processes, "torch" and "kgen".
        work: Description of a training step.
        figures: Name of the quality, the heading of its table.
        setting: The training data, and the measurement of the quality.
        models: Rows of the quality table, from a title to a process and the name of a
            model there. Without models there is no such table.
        columns: Columns of the quality table, from a figure to its format.
        variants: Rows of the other tables, from a title to a process and the name of a
            variant there.
        references: Ratios of the first table, from the head of a column to the title
            of the variant in the denominator.
        others: Titles of the variants that have a network of their own.
        steps: Steps in one timing.
        fit_lengths: Steps of the calls of `fit` in the second table. Without lengths
            there is no such table.
        calls: Further measurements, a table for each.
        peers: Packages that the process "torch" imports.
    """

    name: str
    work: str
    figures: str = ""
    setting: str = ""
    models: dict = dataclasses.field(default_factory=dict)
    columns: dict = dataclasses.field(default_factory=dict)
    variants: dict = dataclasses.field(default_factory=VARIANTS.copy)
    references: dict = dataclasses.field(default_factory=REFERENCES.copy)
    others: tuple[str, ...] = ()
    steps: int = 45
    fit_lengths: tuple = (20, 45)
    calls: tuple[Calls, ...] = ()
    peers: tuple[str, ...] = ("torch", "pythae")

    def report(self, options):
        """Prints the tables.

        Args:
            options: Options of the command line.
        """
        with self.workers(options) as workers:
            variants = at(workers, self.variants)
            parameters = build(variants, self.others)
            self.print_steps(variants, parameters, options)
            if self.fit_lengths:
                print_fits(variants, options.rounds, self.fit_lengths)
            for calls in self.calls:
                calls.report(workers, options)
            if options.seconds and self.models:
                self.print_quality(at(workers, self.models), options.seconds)

    @contextlib.contextmanager
    def workers(self, options):
        """A context with the two processes, by their names.

        Args:
            options: Options of the command line.
        """
        python = peers_python(self.peers, options.peers_python)
        family = f"benchmarks.{self.name}"
        with (
            Worker(python, f"{family}.torch", options.threads) as torch,
            Worker(sys.executable, f"{family}.kgen", options.threads) as kgen,
        ):
            yield {"torch": torch, "kgen": kgen}

    def print_steps(self, variants, parameters, options):
        """Prints the time of a training step."""
        steps = options.steps or self.steps
        print(
            f"\n## Training step\n\n{self.work} {options.rounds} rounds of "
            f"{steps} steps, {options.threads} threads. {parameters}\n"
            "Median (min–max); ratios are taken inside a "
            "round, below 1 is faster. A `fit` is timed as one whole call.\n"
        )
        answers = interleave(variants, options.rounds, steps)
        print_times(whole(answers), steps, self.references, digits=1)

    def print_quality(self, models, seconds):
        """Prints figures of held-out data after the same training time."""
        print(
            f"\n## {self.figures} after {seconds:g} s of training\n\n{self.setting} "
            "One seed.\n"
        )
        columns = {"parameters": ",", "steps": ",", "seconds": ".1f", **self.columns}
        rows = []
        for name, (worker, model) in models.items():
            found = worker.call("quality", model=model, seconds=seconds)
            rows.append((name, *(f"{found[key]:{columns[key]}}" for key in columns)))
        print_table(("model", *columns), rows)


def print_fits(variants, rounds, lengths):
    """Prints the time of each `fit`, and its wait after the last step."""
    print(
        "\n## Whole calls of fit\n\nSeconds of each call, one per round, and in "
        "brackets how long it waited after its last step.\n"
    )
    fits = {name: where for name, where in variants.items() if "fit" in name}
    columns = [interleave(fits, rounds, length) for length in lengths]
    rows = [
        (name, *(" ".join(f"{t:.2f} [{w:.2f}]" for t, w in c[name]) for c in columns))
        for name in fits
    ]
    print_table(("variant", *(f"{length} steps" for length in lengths)), rows)
