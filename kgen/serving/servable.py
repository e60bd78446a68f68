"""Sampling from a SavedModel, which may come from an unknown source."""

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
    """Samples of an exported model: the same rows as `model.sample` with this seed.

    A SavedModel is a program. If its operations may do more than compute, it is not
    run, unless you trust it.

    Args:
        path: Folder of a version, or folder of a model to take its newest version.
        num_samples: Number of samples.
        labels: One class per sample, for a conditional model; its classes take
            turns by default.
        seed: Integer.
        trust: Whether to run the SavedModel unchecked.

    Returns:
        float32 array `(num_samples, *data_shape)`.

    Raises:
        ValueError: if the SavedModel is damaged, if it may do more than compute, if its
            signature `sample` is missing or not as kgen writes it, or if the labels do
            not suit it.
    """
    path = newest_version(path)
    num_classes, signatures = load_signatures(path, trust)
    labels = default_labels(num_classes, num_samples, labels)
    inputs = {"seed": tf.constant(row_seeds(seed, num_samples))}
    labels = check_labels(str(path), num_classes, labels, num_samples)
    if labels is not None:
        inputs["labels"] = labels
    check_signature(path, signatures, inputs)
    return signatures["sample"](**inputs)["x"].numpy()


def load_signatures(path, trust=False):
    """Number of classes, or `None`, and the signatures of a SavedModel by name.

    Args:
        path: Folder of a version.
        trust: Whether to load it unchecked.

    Raises:
        ValueError: if it is damaged, or may do more than compute.
    """
    try:
        touched = [] if trust else harmful(read_graphs(path))
    except (OSError, ValueError) as error:
        raise _damaged(path, error) from error
    if touched:
        raise ValueError(
            f"{path} was not run, as it may do more than compute: it has "
            f"{', '.join(touched)}. A SavedModel is a program. If you trust its "
            "author, pass --trust, in Python trust=True."
        )
    try:
        num_classes = _num_classes(path)
        return num_classes, tf.saved_model.load(str(path)).signatures
    except LaterFormatError:
        raise
    except Exception as error:  # An unknown model may raise any error.
        raise _damaged(path, error) from error


def check_signature(path, signatures, inputs):
    """Raises a ValueError unless a signature `sample` maps these inputs to `x`."""
    if "sample" not in signatures:
        raise ValueError(
            f"{path} has no signature 'sample', only {sorted(signatures)}."
        )
    takes = sorted(signatures["sample"].structured_input_signature[1])
    gives = sorted(signatures["sample"].structured_outputs)
    if takes != sorted(inputs) or gives != ["x"]:
        raise ValueError(
            f"The signature 'sample' of {path} takes {takes} and gives {gives}, but "
            f"kgen.export writes one that takes {sorted(inputs)} and gives ['x']."
        )


def _num_classes(path):
    """Number of classes of an exported SavedModel, or `None`."""
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
