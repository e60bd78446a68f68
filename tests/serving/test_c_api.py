"""TensorFlow's C API, which TensorFlow Serving uses, draws Python's samples exactly."""

import pathlib
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.core.random import row_seeds
from kgen.serving.operations import read_graphs
from tests.test_contract import make

PROGRAM = pathlib.Path(__file__).with_name("c_api.py")
LIBRARY = pathlib.Path(tf.__file__).with_name("libtensorflow_cc.so.2")
# One recipe of each family that draws, and others of their kinds.
QUICK = ("gan", "realnvp")
SLOW = ("vae", "cvae", "music-vae", "stylegan", "gated-pixelcnn", "ddpm")


def served(path, inputs, result):
    """The samples of a SavedModel by the C API, for arrays by argument."""
    (graph,) = read_graphs(path).meta_graphs
    signature = graph.signature_def["sample"]
    names = {key: signature.inputs[key].name for key in inputs}
    file = result.with_suffix(".npz")
    np.savez(file, **{names[key]: value for key, value in inputs.items()})
    arguments = [LIBRARY, path, file, signature.outputs["x"].name, result]
    process = subprocess.run(
        [sys.executable, str(PROGRAM), *map(str, arguments)],
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr[-2000:]
    return np.load(result)


@pytest.mark.parametrize(
    "name", [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)]
)
def test_samples_are_those_of_python_bit_for_bit(name, tmp_path):
    model, _, labels = make(name, 3 if name == "cvae" else None)
    path = kgen.export(model, tmp_path / "served")
    inputs = {"seed": row_seeds(7, 3)}
    if labels is not None:
        inputs["labels"] = labels[:3]
    expected = model.sample(3, labels=inputs.get("labels"), seed=7)
    found = served(path, inputs, tmp_path / "found.npy")
    np.testing.assert_array_equal(found, expected)
