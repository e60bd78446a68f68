"""The settings of a run, as `run.json` has them, for another run."""

import os
import pathlib
from typing import Any

from kgen.runs.folders import COMMAND, METRICS, read_json
from kgen.runs.opening import DataSettings

KINDS = {"recipe": str, "settings": dict, "conditional": bool, "seed": int}
OPTIONAL = ("epochs", "strategy", "precision", "ema", "deterministic", "log")
# What `metrics.json` has besides.
RESULTS = ("interrupted", "seconds_of_training", "held_out", "config", "versions")


def read_command(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The settings that a run was started with.

    Args:
        path: `run.json` or `metrics.json` of a run, or its folder.

    Returns:
        Arguments of `kgen.runs.train`: `recipe`, `settings`, `conditional`, `seed`,
        `data_settings`, those of `Training` that decide the weights, and `log`.

    Raises:
        ValueError: if the file is no record of a run, or has an entry that no run has.
    """
    path = pathlib.Path(path)
    path = path / COMMAND if path.is_dir() else path
    found = read_json(path)
    kinds = dict(KINDS)
    if isinstance(found, dict) and "log" in found:  # Earlier runs do not say it.
        kinds["log"] = list
    wrong = next(
        (
            name
            for name, kind in kinds.items()
            if not isinstance(found, dict) or not isinstance(found.get(name), kind)
        ),
        None,
    )
    if wrong is not None:
        raise ValueError(
            f"{path} does not say the {wrong} of a run as {kinds[wrong].__name__}. "
            f"Pass the {COMMAND} or {METRICS} that `kgen train` wrote."
        )
    if unknown := sorted(set(found) - {"data", *KINDS, *OPTIONAL, *RESULTS}):
        raise ValueError(
            f"{path} has {', '.join(unknown)}, which would have no effect. Settings of "
            "the recipe belong into `settings`; leave out what is none."
        )
    data = DataSettings.from_record(found, path)
    command = {name: found[name] for name in KINDS}
    options = {name: found[name] for name in OPTIONAL if name in found}
    return {**command, **options, "data_settings": data}
