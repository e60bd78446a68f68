"""Opens finished runs: their models, and the data that they learned."""

import dataclasses
import os
import pathlib
from typing import Any

from kgen import data, serving
from kgen.core.model import GenerativeModel
from kgen.runs.folders import METRICS, MODEL, read_json
from kgen.serving.versions import is_served


@dataclasses.dataclass(frozen=True)
class DataSettings:
    """Arguments of `kgen.data.load`, as `metrics.json` records them."""

    name: str = "digits"
    batch_size: int = 64
    image_size: int | list | tuple | None = None
    binarize: bool | str = False
    color_mode: str = "rgb"
    seed: int = 0

    @classmethod
    def from_record(cls, record, path):
        """The settings that a run has recorded.

        Raises:
            ValueError: if the record is incomplete or damaged.
        """
        fields = {field.name: field.type for field in dataclasses.fields(cls)}
        found = record.get("data")
        if not isinstance(found, dict) or found.keys() != fields.keys():
            wrong = f"its data is {str(found)[:80]}"
        else:
            wrong = ", ".join(
                f"data.{name} is {str(found[name])[:80]!r}"
                for name, kind in fields.items()
                if not isinstance(found[name], kind)
            )
        if wrong:
            raise ValueError(
                f"{path} is no record of a run: {wrong}. Restore it from a backup, or "
                "train anew."
            )
        return cls(**found)

    def load(self):
        """The training and the held-out data set."""
        return data.load(**dataclasses.asdict(self))


def load(run_dir: str | os.PathLike[str]) -> tuple[GenerativeModel, dict[str, Any]]:
    """The model of a run and the record of its training.

    Raises:
        FileNotFoundError: if the folder holds no run.
        ValueError: if its model cannot be read, or if a later kgen wrote it.
    """
    folder = pathlib.Path(run_dir)
    if not (folder / METRICS).exists():
        raise FileNotFoundError(
            f"{folder} is not a run: it has no {METRICS}. Pass the folder that "
            "`kgen train --run-dir` wrote."
        )
    record = read_json(folder / METRICS)
    record = record if isinstance(record, dict) else {}
    DataSettings.from_record(record, folder / METRICS)
    return serving.load_model(folder / MODEL), record


def load_with_data(
    path: str | os.PathLike[str],
) -> tuple[GenerativeModel, DataSettings | None]:
    """The model of a run folder or a `.keras` file, and the data of the run.

    Args:
        path: Run folder or `.keras` file; a file has no record of its data.

    Raises:
        OSError: if there is no such file, or the folder holds no run.
        ValueError: for a SavedModel, or as `load`.
    """
    path = pathlib.Path(path)
    if path.suffix == ".keras":
        return serving.load_model(path), None
    if not (path / METRICS).exists() and is_served(path):
        raise ValueError(
            f"{path} is a SavedModel, which has the verbs of a model, but not its loss "
            "and its networks. Pass the run folder or .keras file that it comes from."
        )
    model, record = load(path)
    return model, DataSettings.from_record(record, path / METRICS)


def recorded_data(path: str | os.PathLike[str]) -> DataSettings | None:
    """The data of the run in a folder; `None` for anything but a finished run.

    Raises:
        ValueError: if the record of the run is damaged.
    """
    record = pathlib.Path(path) / METRICS
    if not record.exists():
        return None
    found = read_json(record)
    return DataSettings.from_record(found if isinstance(found, dict) else {}, record)


def missing_data(path):
    """The error for a model that nothing names the data of."""
    run = pathlib.Path(path).parent
    advice = f", or the run folder {run}" if (run / METRICS).exists() else ""
    return ValueError(
        f"{path} does not say which data it is for. Pass --data, such as --data "
        f"digits{advice}. In Python pass data_settings."
    )
