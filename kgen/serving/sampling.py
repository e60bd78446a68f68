"""Sampling from all that kgen writes: runs, `.keras` files and SavedModels."""

from __future__ import annotations

import os
import pathlib

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.sampling import sample_array
from kgen.serving.loading import load_model
from kgen.serving.servable import sample_servable
from kgen.serving.versions import is_served


def sample_any(
    path: str | os.PathLike[str],
    num_samples: int,
    labels: ArrayLike | None = None,
    seed: int = 0,
    trust: bool = False,
) -> np.ndarray:
    """Samples of a run folder, a `.keras` file or a SavedModel: the same rows.

    Args:
        path: Run folder, `.keras` file or SavedModel.
        num_samples: Number of samples.
        labels: One class per sample, for a conditional model; its classes take
            turns by default.
        seed: Integer.
        trust: Whether to run a SavedModel unchecked, see `sample_servable`.

    Raises:
        FileNotFoundError: if `path` is none of the three.
        ValueError: if the model has no verb `sample`, if `load_model` or
            `sample_servable` refuses it, or if it draws NaN.
    """
    path = pathlib.Path(path)
    if (path / "model.keras").exists():
        path = path / "model.keras"
    if path.suffix == ".keras" and path.exists():
        model = load_model(path)
        if not hasattr(model, "sample"):
            raise ValueError(
                f"{path} holds the model {type(model).__name__}, which cannot sample. "
                "kgen.TwoStage(model, prior) learns a prior of its codes, and samples."
            )
        x = sample_array(model, num_samples, seed, labels)
    elif is_served(path):
        x = sample_servable(path, num_samples, labels, seed, trust)
    else:
        raise FileNotFoundError(
            f"{path} is no run folder, .keras file or SavedModel. `kgen train` writes "
            "all three."
        )
    if not np.isfinite(x).all():
        raise ValueError(
            f"{path} draws samples with NaN or infinity: its training went wrong. Take "
            "an earlier model, or train again."
        )
    return x
