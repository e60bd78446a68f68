"""Figures of finished runs, of one or of several side by side."""

import dataclasses
import os
import pathlib
from collections.abc import Sequence
from typing import Any

from kgen import metrics
from kgen.runs.folders import METRICS
from kgen.runs.run import DataSettings, as_domains, load


def evaluate(
    run_dir: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    figures: str | Sequence[str] | None = None,
    **options: Any,
) -> metrics.Figures | dict[str, metrics.Figures]:
    """The held-out figures of runs, computed anew from their saved models.

    Args:
        run_dir: Folder of a run, or a list of folders. All runs of a list are of the
            same data.
        figures: Names of `kgen.metrics.FIGURES`, or `"all"`; by default those that
            `train` gave.
        **options: Further arguments of `kgen.evaluate`, such as `num_samples`.

    Returns:
        `kgen.metrics.Figures`; for a list a dictionary of these by folder.

    Raises:
        ValueError: if runs are of different data, or as `kgen.evaluate` does.
        OSError: if a folder holds no run.
    """
    several = isinstance(run_dir, (list, tuple))
    folders = [str(folder) for folder in run_dir] if several else [run_dir]
    if not folders or len(set(folders)) < len(folders):
        raise ValueError(
            f"`evaluate` was given the runs {folders}, but expects one folder or more, "
            "each once."
        )
    models, settings = {}, []
    for folder in folders:
        model, record = load(folder)
        models[folder] = model
        settings.append(
            DataSettings.from_record(record, pathlib.Path(folder) / METRICS)
        )
    for folder, each in zip(folders, settings, strict=True):
        # The seed orders training data; what is held out does not depend on it.
        if dataclasses.replace(each, seed=settings[0].seed) != settings[0]:
            raise ValueError(
                f"`evaluate` was given runs of different data: {folders[0]} has "
                f"{settings[0]}, and {folder} {each}. Compare runs of one data set."
            )
    first = models[folders[0]]
    train, test = (as_domains(first, part) for part in settings[0].load())
    return metrics.evaluate(
        models if several else first, test, figures, train, **options
    )
