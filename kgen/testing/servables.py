"""Checks of `kgen.export`: a process with TensorFlow alone loads its files."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from kgen import serving
from kgen.core.verbs import verbs
from kgen.serving.operations import harmful, read_graphs
from kgen.serving.options import options_of
from kgen.serving.signatures import GIVEN, signature_of
from kgen.testing.tools import call, verb_inputs

if TYPE_CHECKING:
    from kgen.core.model import GenerativeModel


def write_servable(
    model: GenerativeModel,
    x: ArrayLike,
    labels: ArrayLike | None,
    folder: str | os.PathLike[str],
) -> None:
    """Exports a model to `folder/1`, with inputs and outputs of every signature.

    It has all options of `sample` that an export can have.
    """
    folder, options = pathlib.Path(folder), options_of(model)
    path = serving.export(model, folder, options=options)
    assert not harmful(read_graphs(path)), "its own export would be refused"
    arrays, signatures = {}, {}
    calls = {}
    for name, verb in verbs(model).items():
        inputs = verb_inputs(model, verb, x, labels)
        calls[name] = inputs, call(model, name, inputs)
    for option in options:
        inputs, outputs = option_call(model, option, calls["sample"][0])
        calls[signature_of({option: None})] = inputs, outputs
    for name, (inputs, outputs) in calls.items():
        signatures[name] = [sorted(inputs), sorted(outputs)]
        arrays.update({f"{name}/in/{key}": value for key, value in inputs.items()})
        arrays.update({f"{name}/out/{key}": value for key, value in outputs.items()})
    (folder / "signatures.json").write_text(json.dumps(signatures))
    np.savez(folder / "arrays.npz", **arrays)


def option_call(model, option, inputs):
    """Inputs and outputs of the signature of an option of `sample`, by Python.

    Args:
        model: A `GenerativeModel`.
        option: Name of a `row_option`, or `"given"`.
        inputs: Those of `sample`.
    """
    num_rows, rng = len(inputs["seed"]), np.random.default_rng(0)
    if option == "given":
        specs = model.argument_specs
        more = {name: specs[name].example(num_rows, rng) for name in GIVEN}
        more["known"].reshape(num_rows, -1)[:, -1] = True  # A wrong value counts there.
        inputs = {**inputs, **more}
        return inputs, call(model, "sample", inputs)
    numbers = model.row_options[option].example(num_rows, rng)
    rows = []
    for row, number in enumerate(numbers):
        given = {key: value[row : row + 1] for key, value in inputs.items()}
        rows.append(call(model, "sample", {**given, option: float(number)}))
    outputs = {key: np.concatenate([row[key] for row in rows]) for key in rows[0]}
    return {**inputs, option: numbers}, outputs


def check_servables(folders: Iterable[str | os.PathLike[str]]) -> None:
    """Checks the files of `write_servable` in one process with TensorFlow alone.

    Every signature gives kgen's numbers, for the whole batch, for some of its rows and
    for no rows; inputs and outputs have the names of the verbs' arguments. For a row
    that the verb would refuse the answer is NaN, or -1, and other rows do not change.

    Args:
        folders: Any number of folders, checked in the same process.
    """
    arguments = [str(folder) for folder in folders]
    process = subprocess.run(
        [sys.executable, "-c", _SERVE, *arguments], capture_output=True, text=True
    )
    assert process.returncode == 0, process.stderr[-3000:]
    assert process.stdout.split() == ["served", str(len(arguments))], process.stdout


_SERVE = """
import json, pathlib, sys
import numpy as np
import tensorflow as tf

def set_row(values, row, value):
    values.reshape(len(values), -1)[row, -1] = value

def check(function, given, expected, what):
    result = function(**{k: tf.constant(v) for k, v in given.items()})
    for key, value in expected.items():
        np.testing.assert_allclose(
            result[key], value, rtol=1e-4, atol=1e-5, err_msg=f"{what} {key}"
        )

for name in sys.argv[1:]:
    folder = pathlib.Path(name)
    expected = json.loads((folder / "signatures.json").read_text())
    arrays = np.load(folder / "arrays.npz")
    model = tf.saved_model.load(str(folder / "1"))
    found = set(model.signatures) - {"serving_default"}
    assert found == set(expected), (name, found)
    for verb, (inputs, outputs) in expected.items():
        function = model.signatures[verb]
        assert sorted(function.structured_input_signature[1]) == inputs, (name, verb)
        assert sorted(function.structured_outputs) == outputs, (name, verb)
        given = {k: arrays[f"{verb}/in/{k}"] for k in inputs}
        answers = {k: arrays[f"{verb}/out/{k}"] for k in outputs}
        for rows in (slice(None), slice(1, 3), slice(0)):
            inputs_of, answers_of = (
                {k: v[rows] for k, v in part.items()} for part in (given, answers)
            )
            check(function, inputs_of, answers_of, f"{name} {verb} {rows}")
        # A row for each input, in which that one is wrong.
        wrong = [*inputs, "labels"] if "labels" in inputs else inputs
        for row, key in enumerate(wrong):
            if given[key].dtype.kind == "b":
                continue  # Every bool is right.
            is_float = given[key].dtype.kind == "f"
            value = np.nan if is_float else 10**6 if row == len(inputs) else -7
            set_row(given[key], row, value)
            for output in answers.values():
                output[row] = np.nan if output.dtype.kind == "f" else -1
        check(function, given, answers, f"{name} {verb} of wrong rows")
assert not {m for m in sys.modules if m.split(".")[0] == "kgen"}
print("served", len(sys.argv) - 1)
"""
