"""Sampling from a SavedModel, which may be one that nobody knows."""

from __future__ import annotations

import json
import os

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core.checks.arguments import check_labels
from kgen.core.checks.values import check_count
from kgen.core.file_format import KEY, LaterFormatError, check_format
from kgen.core.random import row_seeds
from kgen.core.sampling import default_labels
from kgen.serving.operations import harmful, read_graphs
from kgen.serving.versions import ABOUT, newest_version, served_versions


def sample_servable(
    path: str | os.PathLike[str],
    num_samples: int,
    labels: ArrayLike | None = None,
    seed: int = 0,
    trust: bool = False,
) -> np.ndarray:
    """Samples of an exported model, the rows that `model.sample` makes of this seed.

    A SavedModel is a program. One with operations that may do more than compute is not
    run, unless you trust it.

    Args:
        path: Folder of a version, or of a model, whose newest version is taken.
        num_samples: Number of samples.
        labels: One class per sample, for a conditional model; its classes take
            turns by default.
        seed: Integer.
        trust: Whether to run the SavedModel whatever it does.

    Returns:
        float32 array `(num_samples, *data_shape)`.

    Raises:
        ValueError: if the SavedModel is damaged, if it may do more than compute, if it
            has no signature `sample` as kgen writes it, or if the labels do not suit
            it.
    """
    path = newest_version(path)
    try:
        touched = [] if trust else harmful(read_graphs(path))
    except (OSError, ValueError) as error:
        raise _damaged(path, error) from error
    if touched:
        raise ValueError(
            f"{path} was not run, as it may do more than compute: it has "
            f"{', '.join(touched)}. A SavedModel is a program. If you trust whoever "
            "made it, pass --trust, in Python trust=True."
        )
    try:
        num_classes = _num_classes(path)
        signatures = tf.saved_model.load(str(path)).signatures
    except LaterFormatError:
        raise
    except Exception as error:  # Of a model that nobody knows anything may come.
        raise _damaged(path, error) from error
    labels = default_labels(num_classes, num_samples, labels)
    inputs = {"seed": tf.constant(row_seeds(seed, num_samples))}
    labels = check_labels(str(path), num_classes, labels, num_samples)
    if labels is not None:
        inputs["labels"] = labels
    check_signature(path, signatures, inputs)
    return signatures["sample"](**inputs)["x"].numpy()


def check_signature(path, signatures, inputs):
    """Raises a ValueError unless there is a `sample` from these inputs to `x`."""
    if "sample" not in signatures:
        raise ValueError(
            f"{path} has no signature 'sample', only {sorted(signatures)}."
        )
    takes = sorted(signatures["sample"].structured_input_signature[1])
    gives = sorted(signatures["sample"].structured_outputs)
    if takes != sorted(inputs) or gives != ["x"]:
        raise ValueError(
            f"The signature 'sample' of {path} takes {takes} and gives {gives}, but "
            f"expected are {sorted(inputs)} and ['x'], as kgen.export writes them."
        )


def _num_classes(path):
    """Number of classes that a SavedModel was exported with, or `None`."""
    try:
        about = json.loads((path / ABOUT).read_text())
        num_classes = about["num_classes"]
        check_format(path, about.get(KEY))
        if num_classes is not None:
            check_count(ABOUT, "num_classes", num_classes)
    except LaterFormatError:
        raise
    except (OSError, LookupError, TypeError, ValueError) as error:
        raise ValueError(
            f"{ABOUT} does not tell its num_classes as kgen.export writes them "
            f"({error})"
        ) from error
    return num_classes


def _damaged(path, error):
    reason = str(error).strip().partition("\n")[0].rstrip(".")
    older = [] if not path.name.isdecimal() else served_versions(path.parent)
    older = [number for number in older if number < int(path.name)]
    advice = "copy it again, or export again"
    if older:
        advice += f", or pass an older version, {path.parent / str(older[-1])}"
    return ValueError(
        f"{path} is no whole SavedModel of kgen: {reason}. It may have been cut off "
        f"while it was copied: {advice}."
    )
