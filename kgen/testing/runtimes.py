"""Checks of exports to LiteRT and ONNX: their own runtimes give kgen's numbers."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core.verbs import verbs
from kgen.serving.endpoints import FROM_NOISE
from kgen.serving.exporting import export
from kgen.serving.noise import noise_endpoint
from kgen.testing.tools import call, verb_inputs

if TYPE_CHECKING:
    from kgen.core.model import GenerativeModel

PRECISION = {"rtol": 1e-5, "atol": 1e-5}


def check_runtime(
    model: GenerativeModel,
    x: ArrayLike,
    labels: ArrayLike | None,
    folder: str | os.PathLike[str],
    format: str,
) -> list[str]:
    """Checks that a runtime gives the numbers of every verb that a format carries.

    Batches of two sizes are run, and one with a row that the verb would refuse, which
    is answered with NaN, or -1, and changes no other row.

    Args:
        model: A `GenerativeModel`.
        x: Data `(batch, *data_shape)`, two rows or more.
        labels: Its condition, or `None`.
        folder: Folder for the export.
        format: `"litert"` or `"onnx"`.

    Returns:
        Names of the verbs that the format carries.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The export format .* cannot carry all")
        folder = export(model, folder, format=format)
    ending, run = RUNTIMES[format]
    carried = sorted(path.stem for path in folder.glob(f"*.{ending}"))
    for name in carried:
        given, expected = numbers(model, name, x, labels)
        file = folder / f"{name}.{ending}"
        for rows in (slice(None), slice(1, 2)):
            found = run(file, name, {k: v[rows] for k, v in given.items()})
            _assert_same(found, {k: v[rows] for k, v in expected.items()}, name)
        for key, value in given.items():
            if value.dtype.kind == "b":
                continue  # Every bool is right.
            wrong = value.copy()
            wrong.reshape(len(wrong), -1)[0, -1] = (
                np.nan if value.dtype.kind == "f" else -7
            )
            answers = {k: v.copy() for k, v in expected.items()}
            for answer in answers.values():
                answer[0] = np.nan if answer.dtype.kind == "f" else -1
            found = run(file, name, {**given, key: wrong})
            _assert_same(found, answers, f"{name} of a wrong {key}")
    return carried


def numbers(model, name, x, labels):
    """Inputs and outputs of a verb, as arrays by name, by kgen itself.

    Args:
        model: A `GenerativeModel`.
        name: Name of a verb, or `sample_from_noise`.
        x: Data `(batch, *data_shape)`.
        labels: Its condition, or `None`.
    """
    found = verbs(model)
    if name != FROM_NOISE:
        given = verb_inputs(model, found[name], x, labels)
        return given, call(model, name, given)
    given = verb_inputs(model, found["sample"], x, labels)
    del given["seed"]
    endpoint, rng = noise_endpoint(model, found["sample"]), np.random.default_rng(0)
    for key, spec in endpoint.specs.items():
        draw = rng.normal if key.startswith("normal") else rng.uniform
        if key not in given:
            given[key] = draw(size=(len(x), *spec.shape[1:])).astype("float32")
    tensors = [tf.constant(given[key]) for key in endpoint.specs]
    outputs = tf.function(endpoint.function, autograph=False)(*tensors)
    return given, {key: value.numpy() for key, value in outputs.items()}


def run_litert(file, verb, inputs):
    """The outputs of a `.tflite` file of `kgen.export`, as arrays by name."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(file))
    return interpreter.get_signature_runner(verb)(**inputs)


def run_onnx(file, verb, inputs):
    """The outputs of a `.onnx` file of `kgen.export`, as arrays by name."""
    import onnxruntime

    session = onnxruntime.InferenceSession(file)
    names = [output.name for output in session.get_outputs()]
    outputs = session.run(names, inputs)
    return {
        name.removesuffix("_out"): value
        for name, value in zip(names, outputs, strict=True)
    }


RUNTIMES = {"litert": ("tflite", run_litert), "onnx": ("onnx", run_onnx)}


def _assert_same(found, expected, what):
    assert sorted(found) == sorted(expected), (what, sorted(found))
    for key, value in expected.items():
        np.testing.assert_allclose(
            found[key], value, **PRECISION, err_msg=f"{what}: {key}"
        )
