"""Opens all that kgen writes: runs, `.keras` files and SavedModels."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.files import check_path
from kgen.core.parts import as_condition
from kgen.serving.loading import load_model
from kgen.serving.options import in_python
from kgen.serving.servable import Servable, load_servable
from kgen.serving.versions import is_served

if TYPE_CHECKING:
    from kgen.core.model import GenerativeModel


def open_any(
    path: str | os.PathLike[str], trust: bool = False
) -> GenerativeModel | Servable:
    """The model of a run folder, a `.keras` file or a SavedModel.

    Args:
        path: Run folder, `.keras` file or SavedModel.
        trust: Whether to run a SavedModel unchecked, see `load_servable`.

    Raises:
        FileNotFoundError: if `path` is none of the three.
        ValueError: if `load_model` or `load_servable` refuses it.
    """
    path = check_path("open_any", "path", path)
    file = keras_file(path)
    if file is not None:
        return load_model(file)
    if is_served(path):
        return load_servable(path, trust)
    raise FileNotFoundError(
        f"{path} is no run folder, .keras file or SavedModel. `kgen train` writes all "
        "three."
    )


def keras_file(path):
    """The `.keras` file of a run folder, or that file itself; `None` for others."""
    path = path / "model.keras" if (path / "model.keras").exists() else path
    return path if path.suffix == ".keras" and path.exists() else None


def call(
    model: GenerativeModel | Servable,
    verb: str,
    labels: ArrayLike | None = None,
    **rows: ArrayLike,
) -> np.ndarray:
    """The answer of a verb as an array, for a model of either kind.

    Args:
        model: What `open_any` gives.
        verb: Name of the verb.
        labels: The class of each row, or its context, for a conditional model.
        **rows: The other arguments of the verb, with a row for each example. `sample`
            takes options, too, such as a temperature for all rows and `num_steps` of a
            sampler; of a SavedModel one, see `Servable.run`.

    Raises:
        ValueError: if the model has no such verb, or refuses the rows.
    """
    if isinstance(model, Servable):
        given = {} if labels is None else {"labels": labels}
        answer = model.run(verb, **rows, **given)
        if not np.isfinite(answer).all():
            raise ValueError(
                f"{model.path} answers {verb!r} with NaN or infinity: it refuses some "
                "rows. Data has to be in the range that it was trained on, and labels "
                "have to be among its classes."
            )
        return answer
    if not hasattr(model, verb):
        raise ValueError(f"The model {type(model).__name__} has no `{verb}`.")
    rows = in_python(model, rows)
    return np.asarray(getattr(model, verb)(**rows, **as_condition(model, labels)))
