"""A row: a recipe, its settings and data, and the figures that it is judged by."""

import dataclasses
from collections.abc import Callable

from benchmarks.harness.machine import machine

FIGURES = "figures.json"
DATA = "mnist"


@dataclasses.dataclass(frozen=True)
class Row:
    """One model, one published figure.

    Args:
        title: What is trained, in a few words.
        published: The published figure, with its source.
        recipe: Name of the recipe.
        epochs: Number of epochs.
        settings: Settings of `kgen.build`.
        conditional: Whether the model is given the labels.
        binarize: See `kgen.data.load`.
        image_size: See `kgen.data.load`.
        batch_size: Examples of a batch.
        ema: Momentum of an average of the weights, or `None`.
        figures: Names of figures of `kgen.evaluate`; by default its likelihood.
        num_samples: Number of samples that figures of samples take.
        also: Function of the model, the training and the held-out data that returns
            further figures by name.
    """

    title: str
    published: str
    recipe: str
    epochs: int
    settings: dict = dataclasses.field(default_factory=dict)
    conditional: bool = False
    binarize: bool | str = False
    image_size: int | None = None
    batch_size: int = 100
    ema: float | None = None
    figures: tuple | None = None
    num_samples: int = 10_000
    also: Callable | None = None


def figures_of(row, folder, data=None, epochs=None):
    """Trains and evaluates a row, or goes on where it stopped; writes `figures.json`.

    Args:
        row: `Row`.
        folder: `pathlib.Path` of its run.
        data: Name of the data set; by default MNIST.
        epochs: Number of epochs; by default the row's.

    Returns:
        Dictionary: what `figures.json` has.
    """
    from kgen import metrics, runs
    from kgen.runs.folders import METRICS, write_json

    settings = runs.DataSettings(
        data or DATA, row.batch_size, row.image_size, row.binarize
    )
    if not (folder / METRICS).exists():
        runs.train(
            row.recipe,
            row.settings,
            settings,
            epochs or row.epochs,
            row.conditional,
            run_dir=folder,
            ema=row.ema,
            resume=folder.exists(),
            deterministic=False,
        )
    model, record = runs.load(folder)
    found = dict(record["held_out"])
    train, test = settings.load()
    if row.figures:
        options = {"num_samples": row.num_samples, "verbose": True}
        found |= metrics.evaluate(model, test, row.figures, train, **options)
    if row.also:
        found |= row.also(model, train, test)
    taken = ("epochs", "seconds_of_training", "settings", "data", "seed", "config")
    result = {
        "title": row.title,
        "published": row.published,
        "figures": {name: float(value) for name, value in found.items()},
        **{name: record[name] for name in taken},
        "machine": machine(),
    }
    write_json(folder / FIGURES, result)
    return result
