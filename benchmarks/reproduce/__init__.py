"""The family `reproduce`: figures of the literature, on MNIST.

    python -m benchmarks reproduce                  # the rows, with what is known
    python -m benchmarks reproduce vae              # trains and evaluates one
    python -m benchmarks reproduce vae pixelcnn

A row trains a recipe with fixed settings and a fixed seed. Its folder
`runs/reproduce/NAME` is that of `kgen train`: after a kill, the same command goes on.
At the end it has `figures.json`: figures, time, machine and settings.
"""

import importlib
import json
import pathlib
import pkgutil

from benchmarks.harness.interleave import print_table
from benchmarks.reproduce.row import FIGURES, figures_of

FOLDER = pathlib.Path("runs", "reproduce")


def rows():
    """All rows by name: `ROW` of each module in the folder `rows`."""
    package = importlib.import_module("benchmarks.reproduce.rows")
    found = {}
    for module in pkgutil.iter_modules(package.__path__):
        row = importlib.import_module(f"{package.__name__}.{module.name}").ROW
        found[module.name] = row
    return found


def report(options):
    """Runs the rows that are named, and prints the table of all that are known.

    `--data` replaces MNIST and `--epochs` the number of epochs, to try a row.

    Args:
        options: Options of the command line.
    """
    known = rows()
    if unknown := set(options.rows) - set(known):
        raise SystemExit(f"Unknown rows: {unknown}. Choose of {', '.join(known)}.")
    for name in options.rows:
        if known[name].data is None and options.data is None:
            raise SystemExit(f"{name} has no data: pass --data, a folder of pictures.")
    folder = pathlib.Path(options.run_dir or FOLDER)
    for name in options.rows:
        figures_of(known[name], folder / name, options.data, options.epochs)
    table = []
    for name, row in known.items():
        path = folder / name / FIGURES
        record = json.loads(path.read_text()) if path.exists() else None
        table.append((row.title, row.published or "", *cells(record), name))
    print("\n## Figures of the literature, on MNIST; pictures in colour\n")
    print_table(("model", "published", "kgen", "minutes", "name"), table)


def cells(record):
    """The figures of a record and the minutes of training, as text."""
    if record is None:
        return "", ""
    figures = ", ".join(
        f"{name} {value:.4g}"
        for name, value in record["figures"].items()
        if not isinstance(value, str)
    )
    return figures, f"{record['seconds_of_training'] / 60:.0f}"
