"""Checks of `fit`, `evaluate` and saving."""

import keras
import numpy as np
import tensorflow as tf

from kgen.testing.tools import (
    data_for,
    eager_copy,
    raised,
    reloaded,
    same_outputs,
    weighted,
)


def check_training(model, x, labels=None):
    """`fit` and `evaluate` log finite terms, and every trainable variable moves."""
    batches = weighted(model, x, labels).batch(len(x) - 3)
    before = [v.numpy() for v in model.trainable_variables]
    logs = model.fit(batches, epochs=3, verbose=0).history
    assert set(logs) == set(model.terms), f"fit logs {set(logs)}, not {model.terms}"
    for name, values in logs.items():
        assert np.all(np.isfinite(values)), f"{name} is {values}"
    for variable, start in zip(model.trainable_variables, before, strict=True):
        assert np.any(variable.numpy() != start), f"{variable.path} did not move"
    logs = model.evaluate(batches, verbose=0, return_dict=True)
    assert set(logs) == set(model.terms), f"evaluate logs {set(logs)}"


def check_inputs(model, x, labels=None):
    """`fit` takes arrays and datasets: `x`, `(x, labels)`, `(x, labels, weight)`."""
    # Copies run eagerly: five kinds of input would be five graphs to trace.
    model = eager_copy(model)
    for kind, data in kinds_of_input(model, x, labels).items():
        logs = model.fit(**data, verbose=0).history
        assert set(logs) == set(model.terms), f"{kind}: fit logs {set(logs)}"
    if model.condition is not None:
        message = raised(ValueError, model.fit, data_for(model, x), verbose=0)
        assert model.condition in message, f"fit without it says {message!r}"


def kinds_of_input(model, x, labels):
    """Arguments of `fit` that hold the same data, by what they are."""
    ones = np.ones(len(x), "float32")
    dataset = tf.data.Dataset.from_tensor_slices
    alone = data_for(model, x, labels)
    if isinstance(alone, dict):
        return {
            "arrays by name": {"x": alone},
            "arrays by name, and weights": {"x": alone, "sample_weight": ones},
            "dataset by name": {"x": dataset(alone).batch(len(x))},
        }
    _, y, _ = keras.utils.unpack_x_y_sample_weight(alone)
    kinds = {}
    if y is None:
        y = np.zeros(len(x), "int32")  # Labels, which the model ignores.
        kinds["array x"] = {"x": x}
        kinds["dataset of x"] = {"x": dataset(x).batch(len(x))}
    return {
        **kinds,
        "arrays (x, y)": {"x": x, "y": y},
        "arrays (x, y, weight)": {"x": x, "y": y, "sample_weight": ones},
        "dataset of (x, y)": {"x": dataset((x, y)).batch(len(x))},
        "dataset of (x, y, weight)": {"x": dataset((x, y, ones)).batch(len(x))},
    }


def check_saving(model, x, labels=None):
    """A loaded `.keras` file gives the same numbers and trains on in the same way."""
    loaded = reloaded(model)
    assert loaded.compiled, "a loaded model is not compiled"
    same_outputs(model, loaded, x, labels)
    expected = eager_copy(model)
    loaded.run_eagerly = True
    for copy in (expected, loaded):
        copy.fit(weighted(model, x, labels).batch(len(x)), verbose=0)
    for one, other in zip(expected.variables, loaded.variables, strict=True):
        same = np.array_equal(one.numpy(), other.numpy())
        assert same, f"{one.path} differs when training goes on after loading"
