"""Verbs of a SavedModel, which may come from an unknown source."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core.checks.arguments import check_labels
from kgen.core.checks.values import check_count
from kgen.core.file_format import KEY, LaterFormatError, check_format
from kgen.core.random import row_seeds
from kgen.core.sampling import sample_array
from kgen.serving.operations import harmful, read_graphs
from kgen.serving.signatures import chosen, output_of
from kgen.serving.versions import ABOUT, newest_version, served_versions


class Servable:
    """An exported model, which runs by its signatures, without kgen's classes.

    Args:
        path: Folder of its version.
        signatures: Functions by the names of verbs.
        num_classes: Number of classes, or `None`.
    """

    def __init__(
        self,
        path: os.PathLike[str],
        signatures: Mapping[str, Callable[..., Any]],
        num_classes: int | None,
    ) -> None:
        self.path = path
        self.signatures = signatures
        self.num_classes = num_classes

    def run(self, verb: str, **inputs: ArrayLike) -> np.ndarray:
        """The answer of a verb's signature as an array.

        Args:
            verb: Name of the verb, or of another signature.
            **inputs: Arrays by the names of its arguments, with a row for each example.
                `sample` takes one option, too, if the model was exported with it, see
                `kgen.export`: `temperature` and the like as a number for all rows or
                one for each, `num_steps`, or `given` and `known`.

        Raises:
            ValueError: if there is no such signature, it has other inputs or more than
                one output, or expects rows of another shape.
        """
        verb, inputs = chosen(self.path, self.signatures, verb, inputs)
        check_signature(self.path, self.signatures, verb, inputs)
        function = self.signatures[verb]
        specs = function.structured_input_signature[1]
        for name, value in inputs.items():
            if not specs[name].shape.is_compatible_with(np.shape(value)):
                raise ValueError(
                    f"The signature {verb!r} of {self.path} was given {name} of shape "
                    f"{np.shape(value)}, but expects {tuple(specs[name].shape)}, with "
                    "any number of rows."
                )
        given = {k: tf.constant(value, specs[k].dtype) for k, value in inputs.items()}
        (answer,) = function(**given).values()
        return answer.numpy()

    def sample(
        self,
        num_samples: int,
        labels: ArrayLike | None = None,
        seed: int = 0,
        **options: ArrayLike,
    ) -> np.ndarray:
        """The same rows as `sample` of the model that was exported.

        Args:
            num_samples: Number of rows.
            labels: Class of each row, or its context, for a conditional model.
            seed: Integer.
            **options: One option, see `run`.

        Raises:
            ValueError: as for `run`, or for labels that do not suit the model.
        """
        inputs = {"seed": row_seeds(seed, num_samples), **options}
        labels = check_labels(str(self.path), self.num_classes, labels, num_samples)
        if labels is not None:
            inputs["labels"] = labels
        return self.run("sample", **inputs)


def load_servable(path: str | os.PathLike[str], trust: bool = False) -> Servable:
    """Loads a SavedModel, which may come from an unknown source.

    A SavedModel is a program. If its operations may do more than compute, it is not
    run, unless you trust it.

    Args:
        path: Folder of a version, or folder of a model to take its newest version.
        trust: Whether to load the SavedModel unchecked.

    Raises:
        ValueError: if the SavedModel is damaged, or may do more than compute.
    """
    path = newest_version(path)
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
        signatures = tf.saved_model.load(str(path)).signatures
    except LaterFormatError:
        raise
    except Exception as error:  # An unknown model may raise any error.
        raise _damaged(path, error) from error
    return Servable(path, signatures, num_classes)


def sample_servable(
    path: str | os.PathLike[str],
    num_samples: int,
    labels: ArrayLike | None = None,
    seed: int = 0,
    trust: bool = False,
) -> np.ndarray:
    """Samples of an exported model: the same rows as `model.sample` with this seed.

    Args:
        path: Folder of a version, or folder of a model to take its newest version.
        num_samples: Number of samples.
        labels: One class per sample, for a conditional model; its classes take
            turns by default.
        seed: Integer.
        trust: Whether to run the SavedModel unchecked, see `load_servable`.

    Returns:
        float32 array `(num_samples, *data_shape)`.

    Raises:
        ValueError: if `load_servable` refuses it, if its signature `sample` is missing
            or not as kgen writes it, or if the labels do not suit it.
    """
    return sample_array(load_servable(path, trust), num_samples, seed, labels)


def check_signature(path, signatures, verb, inputs):
    """Raises a ValueError unless a verb's signature takes these inputs, for one output.

    Args:
        path: Folder of the SavedModel.
        signatures: Its functions by the names of verbs.
        verb: Name of the verb.
        inputs: Names of the inputs.
    """
    if verb not in signatures:
        raise ValueError(
            f"{path} has no signature {verb!r}, only {sorted(signatures)}."
        )
    takes = sorted(signatures[verb].structured_input_signature[1])
    gives = sorted(signatures[verb].structured_outputs)
    output = output_of(verb)
    if takes != sorted(inputs) or gives != [output]:
        raise ValueError(
            f"The signature {verb!r} of {path} takes {takes} and gives {gives}, but "
            f"kgen.export writes one that takes {sorted(inputs)} and gives "
            f"[{output!r}]."
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
