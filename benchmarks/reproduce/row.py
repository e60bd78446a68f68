"""A row: a recipe, its settings and data, and the figures that it is judged by."""

import dataclasses
import json

from benchmarks.harness.machine import machine
from benchmarks.reproduce.prior import Prior, with_prior

FIGURES = "figures.json"


@dataclasses.dataclass(frozen=True)
class Row:
    """One model, one published figure.

    Args:
        title: What is trained, in a few words.
        published: The published figure, with its source; `None` if there is none.
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
        prior: `Prior` of the codes, whose figures are then those of both stages.
        data: Name of the data set; `None` if `--data` has to name it.
    """

    title: str
    published: str | None
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
    prior: Prior | None = None
    data: str | None = "mnist"


def figures_of(row, folder, data=None, epochs=None):
    """Trains and evaluates a row, or goes on where it stopped; writes `figures.json`.

    Args:
        row: `Row`.
        folder: `pathlib.Path` of its run.
        data: Name of the data set; by default the row's.
        epochs: Number of epochs; by default the row's.

    Returns:
        Dictionary: what `figures.json` has.
    """
    from kgen import metrics, runs
    from kgen.runs.folders import CHECKPOINTS, write_json

    data = data or row.data
    settings = runs.DataSettings(data, row.batch_size, row.image_size, row.binarize)
    epochs_of_first = epochs or row.epochs
    resumed = False
    if not is_finished(row, folder, settings, epochs_of_first):
        resumed = (folder / CHECKPOINTS).exists()
        runs.train(
            row.recipe,
            row.settings,
            settings,
            epochs_of_first,
            row.conditional,
            run_dir=folder,
            ema=row.ema,
            resume=resumed,
            deterministic=False,
        )
    model, record = runs.load(folder)
    if record["interrupted"]:
        raise SystemExit(f"{folder} was interrupted. The same command goes on.")
    found = dict(record["held_out"])
    train, test = settings.load()
    if row.prior is not None:
        model, second = with_prior(model, row.prior, train, folder, epochs)
        found = metrics.evaluate_likelihood(model, test, verbose=True)
        record["seconds_of_training"] += second["seconds"]
        resumed = resumed or second["resumed"]
    if row.figures:
        options = {"num_samples": row.num_samples, "verbose": True}
        found |= metrics.evaluate(model, test, row.figures, train, **options)
    taken = ("epochs", "seconds_of_training", "settings", "data", "seed", "config")
    result = {
        "title": row.title,
        "published": row.published,
        "prior": row.prior and dataclasses.asdict(row.prior),
        "figures": dict(found),
        **{name: record[name] for name in taken},
        "since_resumed": resumed,  # Then the seconds are those of the last part.
        "machine": machine(),
    }
    write_json(folder / FIGURES, result)
    return result


def is_finished(row, folder, settings, epochs):
    """Whether a folder has the whole training of a row.

    Raises:
        SystemExit: if it has the training of something else.
    """
    from kgen.runs.folders import METRICS, read_json

    if not (folder / METRICS).exists():
        return False
    record = read_json(folder / METRICS)
    wanted = {
        "recipe": row.recipe,
        "settings": row.settings,
        "data": dataclasses.asdict(settings),
        "conditional": row.conditional,
        "ema": row.ema,
    }
    wanted = json.loads(json.dumps(wanted))
    if others := [name for name in wanted if record.get(name) != wanted[name]]:
        raise SystemExit(
            f"{folder} has a run with another {', '.join(others)} than this row. "
            "Remove it, or name another folder with --run-dir."
        )
    return not record["interrupted"] and record["epochs"] >= epochs
