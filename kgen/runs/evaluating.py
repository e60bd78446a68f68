"""Figures of finished runs, of one or of several side by side."""

import dataclasses
import os
from collections.abc import Sequence
from typing import Any

from kgen import metrics
from kgen.runs.opening import DataSettings, load_with_data, missing_data
from kgen.runs.run import as_domains


def evaluate(
    run_dir: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    figures: str | Sequence[str] | None = None,
    data_settings: DataSettings | None = None,
    **options: Any,
) -> metrics.Figures | dict[str, metrics.Figures]:
    """The held-out figures of runs, computed anew from their saved models.

    Args:
        run_dir: Folder of a run or `.keras` file; or a list of these, all of the same
            data.
        figures: Names of `kgen.metrics.FIGURES`, or `"all"`; by default those that
            `train` gave.
        data_settings: The data; by default those of the run. A `.keras` file needs
            them.
        **options: Further arguments of `kgen.evaluate`, such as `num_samples`.

    Returns:
        `kgen.metrics.Figures`; for a list a dictionary of these by folder or file.

    Raises:
        ValueError: if runs are of different data, for a SavedModel, for a file without
            `data_settings`, or as `kgen.evaluate` does.
        OSError: if a folder holds no run, or there is no such file.
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
        models[folder], own = load_with_data(folder)
        settings.append(data_settings or own)
        if settings[-1] is None:
            raise missing_data(folder)
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
