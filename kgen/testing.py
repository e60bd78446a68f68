"""The contract that every model keeps, as checks that anybody can run on their own.

Checks look at what a model can do (`hasattr(model, verb)`), so that a new verb or a
new model is covered without being named here.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import keras
import numpy as np
import tensorflow as tf

from kgen import serving
from kgen.core.verbs import verbs

# Convolutions and matrix products round differently in batches of another size.
ROUNDING = {"rtol": 1e-4, "atol": 1e-5}


def check_model(model, x, labels=None):
    """Checks that a model keeps kgen's contract; trains it a little meanwhile.

    Training on arrays and datasets, with labels and weights, on ragged batches;
    saving and loading; seeds; labels; bounds; and the export, which is loaded in a
    fresh process that imports neither kgen nor Keras.

    Args:
        model: A compiled `GenerativeModel`.
        x: At least 8 examples, `(n, *data_shape)`.
        labels: int `(n,)`; needed for a conditional model.

    Raises:
        AssertionError: for the first check that fails, with what was seen.
    """
    for check in CHECKS:
        check(model, x, labels)
    with tempfile.TemporaryDirectory() as folder:
        write_servable(model, x, labels, folder)
        check_servables([folder])


def check_training(model, x, labels=None):
    """`fit` and `evaluate` log finite terms, and every trainable variable moves."""
    weights = np.linspace(0.5, 1.5, len(x)).astype("float32")
    y = np.zeros(len(x), "int32") if labels is None else labels
    batches = tf.data.Dataset.from_tensor_slices((x, y, weights)).batch(len(x) - 3)
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
    """`fit` takes arrays and datasets, of `x`, `(x, labels)`, `(x, labels, weight)`."""
    # Copies run eagerly: five kinds of input would be five graphs to trace.
    model = eager_copy(model)
    y = np.zeros(len(x), "int32") if labels is None else labels
    ones = np.ones(len(x), "float32")
    dataset = tf.data.Dataset.from_tensor_slices
    kinds = {
        "arrays (x, labels)": {"x": x, "y": y},
        "arrays (x, labels, weight)": {"x": x, "y": y, "sample_weight": ones},
        "dataset of (x, labels)": {"x": dataset((x, y)).batch(5)},
        "dataset of (x, labels, weight)": {"x": dataset((x, y, ones)).batch(5)},
    }
    if model.num_classes is None:
        kinds["array x"] = {"x": x}
        kinds["dataset of x"] = {"x": dataset(x).batch(5)}
    for kind, data in kinds.items():
        logs = model.fit(**data, verbose=0).history
        assert set(logs) == set(model.terms), f"{kind}: fit logs {set(logs)}"
    if model.num_classes is not None:
        message = raised(ValueError, model.fit, x, verbose=0)
        assert "labels" in message, f"fit without labels says {message!r}"


def check_saving(model, x, labels=None):
    """A `.keras` file gives the same numbers and trains on as if never interrupted."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.keras"
        model.save(path)
        loaded = keras.saving.load_model(path)
    assert loaded.compiled, "a loaded model is not compiled"
    same_outputs(model, loaded, x, labels)
    first, second = eager_copy(model), eager_copy(loaded)
    data = {"x": x, "y": labels, "shuffle": False, "batch_size": len(x), "verbose": 0}
    first.fit(**data)
    second.fit(**data)
    for one, other in zip(first.variables, second.variables, strict=True):
        same = np.array_equal(one.numpy(), other.numpy())
        assert same, f"{one.path} differs when training goes on after loading"


def check_seeds(model, x, labels=None):
    """A row is a function of its seed: not of its batch, nor of the other rows."""
    for name, verb in random_verbs(model).items():
        inputs = verb_inputs(model, verb, x, labels)
        seeds = np.arange(len(x))
        whole = call(model, name, {**inputs, "seed": seeds})
        assert_same(
            whole, call(model, name, {**inputs, "seed": seeds}), f"{name}, again"
        )
        part = {key: value[2:5] for key, value in inputs.items()}
        part = call(model, name, {**part, "seed": seeds[2:5]})
        rows = {key: value[2:5] for key, value in whole.items()}
        assert_same(rows, part, f"{name}, cut to three rows")
        others = call(model, name, {**inputs, "seed": seeds + 100})
        unseeded = call(model, name, {**inputs, "seed": None})
        again = call(model, name, {**inputs, "seed": None})
        assert differ(whole, others), f"{name} ignores its seed"
        assert differ(unseeded, again), f"{name} without a seed repeats itself"


def check_labels(model, x, labels=None):
    """Verbs need labels if, and only if, the model has classes."""
    for name, verb in verbs(model).items():
        if "labels" not in verb.arguments:
            continue
        inputs = verb_inputs(model, verb, x, labels)
        inputs["labels"] = np.zeros(len(x), "int32") if labels is None else None
        count = {"num_samples": len(x)} if name == "sample" else {}
        message = raised(ValueError, getattr(model, name), **inputs, **count)
        assert "labels" in message, f"{name} says {message!r}"


def check_shapes(model, x, labels=None):
    """Each verb returns as many rows as it was given, data where it says data."""
    for name, verb in verbs(model).items():
        outputs = call(model, name, verb_inputs(model, verb, x, labels))
        shapes = {"x": model.data_shape, "z": model.latent_shape}
        for key, value in outputs.items():
            shape = (len(x), *shapes.get(key, ()))
            assert value.shape == shape, f"{name} gives {key} of shape {value.shape}"
            assert np.all(np.isfinite(value)), f"{name} gives {key} that is not finite"


def check_bounds(model, x, labels=None):
    """In the mean, `elbo <= iwae_bound(K)`, which rises in K."""
    if not hasattr(model, "iwae_bound"):
        return
    # Many draws for each example, so that means stand out of their noise.
    draws = np.arange(len(x) * 64)
    inputs = {"x": np.repeat(x, 64, axis=0), "seed": draws}
    if model.num_classes is not None:
        inputs["labels"] = np.repeat(labels, 64)
    bounds = [call(model, "elbo", inputs)["elbo"]]
    for count in (4, 16):
        values = call(model, "iwae_bound", {**inputs, "num_samples": count})
        bounds.append(values["iwae_bound"])
    for lower, upper in zip(bounds, bounds[1:], strict=False):
        gap = upper - lower
        error = gap.std() / np.sqrt(gap.size)
        assert gap.mean() >= -3 * error, f"a tighter bound is lower by {-gap.mean()}"


CHECKS = (
    check_training,
    check_inputs,
    check_shapes,
    check_seeds,
    check_labels,
    check_bounds,
    check_saving,
)


def write_servable(model, x, labels, folder):
    """Exports a model to `folder/1`, beside inputs and outputs of every signature."""
    folder = pathlib.Path(folder)
    serving.export(model, folder)
    arrays, signatures = {}, {}
    for name, verb in verbs(model).items():
        inputs = verb_inputs(model, verb, x, labels)
        outputs = call(model, name, inputs)
        signatures[name] = [sorted(inputs), sorted(outputs)]
        arrays.update({f"{name}/in/{key}": value for key, value in inputs.items()})
        arrays.update({f"{name}/out/{key}": value for key, value in outputs.items()})
    (folder / "signatures.json").write_text(json.dumps(signatures))
    np.savez(folder / "arrays.npz", **arrays)


def check_servables(folders):
    """What `write_servable` wrote, loaded by one process that knows TensorFlow only.

    Every signature gives the numbers that kgen gave, for the whole batch and for
    rows of it; inputs and outputs have the names of the verbs' arguments.

    Args:
        folders: Any number of folders: they share the process.
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
        for rows in (slice(None), slice(1, 3)):
            result = function(**{k: tf.constant(v[rows]) for k, v in given.items()})
            for key in outputs:
                np.testing.assert_allclose(
                    result[key], arrays[f"{verb}/out/{key}"][rows], rtol=1e-4,
                    atol=1e-5, err_msg=f"{name} {verb} {key} {rows}",
                )
assert not {m for m in sys.modules if m.split(".")[0] == "kgen"}
print("served", len(sys.argv) - 1)
"""


def eager_copy(model):
    """A model with the same weights, optimizer and noise, which runs eagerly."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.keras"
        model.save(path)
        copy = keras.saving.load_model(path)
    copy.run_eagerly = True
    return copy


def random_verbs(model):
    """The verbs that take a seed."""
    return {n: verb for n, verb in verbs(model).items() if "seed" in verb.arguments}


def verb_inputs(model, verb, x, labels):
    """An input for each argument of a verb that has a row per example."""
    count, rng = len(x), np.random.default_rng(0)
    inputs = {"x": x, "seed": np.arange(count)}
    if model.latent_shape is not None:
        inputs["z"] = rng.normal(size=(count, *model.latent_shape)).astype("float32")
    if model.num_classes is not None:
        inputs["labels"] = np.asarray(labels, "int32")
    return {key: value for key, value in inputs.items() if key in verb.arguments}


def call(model, name, inputs):
    """Outputs of a verb by name, as arrays."""
    verb = getattr(model, name)
    if inputs.get("seed", ()) is None and "x" not in inputs:
        inputs = {**inputs, "num_samples": 8}
        if "labels" in inputs:
            inputs["num_samples"] = len(inputs["labels"])
    outputs = verb(**inputs)
    if not isinstance(outputs, dict):
        outputs = {verb.output_name: outputs}
    return {key: np.asarray(value) for key, value in outputs.items()}


def same_outputs(model, other, x, labels):
    """Asserts that two models agree in every verb."""
    for name, verb in verbs(model).items():
        inputs = verb_inputs(model, verb, x, labels)
        expected = call(model, name, inputs)
        assert_same(expected, call(other, name, inputs), f"{name}, loaded")


def assert_same(expected, found, what):
    """Asserts that outputs agree to rounding."""
    for key, value in expected.items():
        np.testing.assert_allclose(
            found[key], value, **ROUNDING, err_msg=f"{what}: {key}"
        )


def differ(outputs, others):
    """Whether any output differs; some, such as an exact KL, have no noise in them."""
    return any(np.any(value != others[key]) for key, value in outputs.items())


def raised(error, function, *args, **kwargs):
    """Message of the error that a call raises; an assertion fails if there is none."""
    try:
        function(*args, **kwargs)
    except error as caught:
        return str(caught)
    raise AssertionError(f"{function.__name__} did not raise {error.__name__}")
