"""Sampling from all that kgen writes: runs, `.keras` files and SavedModels."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.sampling import sample_array
from kgen.serving.opening import open_any
from kgen.serving.options import in_python
from kgen.serving.servable import Servable

if TYPE_CHECKING:
    from kgen.core.model import GenerativeModel


def sample_any(
    path: str | os.PathLike[str],
    num_samples: int,
    labels: ArrayLike | None = None,
    seed: int = 0,
    trust: bool = False,
    **options: float,
) -> np.ndarray:
    """Samples of a run folder, a `.keras` file or a SavedModel: the same rows.

    Args:
        path: Run folder, `.keras` file or SavedModel.
        num_samples: Number of samples.
        labels: One class per sample, for a conditional model; its classes take
            turns by default.
        seed: Integer.
        trust: Whether to run a SavedModel unchecked, see `load_servable`.
        **options: Options of `sample`, such as `temperature`, and `num_steps` of a
            sampler; of a SavedModel one, which it was exported with.

    Raises:
        FileNotFoundError: if `path` is none of the three.
        ValueError: if `open_any` refuses the model, if it has no verb `sample`, or if
            it draws NaN.
    """
    model = open_any(path, trust)
    return samples_of(path, model, num_samples, labels, seed, **options)


def samples_of(
    path: str | os.PathLike[str],
    model: GenerativeModel | Servable,
    num_samples: int,
    labels: ArrayLike | None = None,
    seed: int = 0,
    **options: float,
) -> np.ndarray:
    """Samples of a model that `open_any` has opened.

    Args:
        path: Where it comes from, for errors.
        model: The model.
        num_samples: Number of samples.
        labels: One class per sample, see `sample_any`.
        seed: Integer.
        **options: See `sample_any`.

    Raises:
        ValueError: if the model has no verb `sample` or not these options, or if it
            draws NaN.
    """
    if not hasattr(model, "sample"):
        raise ValueError(
            f"{path} holds the model {type(model).__name__}, which cannot sample. "
            "kgen.TwoStage(model, prior) learns a prior of its codes, and samples."
        )
    if not isinstance(model, Servable):
        options = in_python(model, options)
    x = sample_array(model, num_samples, seed, labels, **options)
    if not np.isfinite(x).all():
        raise ValueError(
            f"{path} draws samples with NaN or infinity: its training went wrong. Take "
            "an earlier model, or train again."
        )
    return x
