"""Tools of the checks: copies of a model, calls of its verbs, comparisons."""

import contextlib
import inspect
import pathlib
import tempfile

import keras
import numpy as np
import tensorflow as tf

from kgen.core.checkpoint.state import variables_of
from kgen.core.parts import packed, second_part
from kgen.core.verbs import input_specs, verbs

# Convolutions and matrix products round differently in batches of another size.
ROUNDING = {"rtol": 1e-4, "atol": 1e-5}


class AtStep(keras.callbacks.Callback):
    """Calls `act(model)` at the end of a step of training."""

    def __init__(self, step, act):
        super().__init__()
        self.step = step
        self.act = act

    def on_train_batch_end(self, batch, logs=None):
        """Acts at that step."""
        if self.model.progress.step == self.step:
            self.act(self.model)


def reloaded(model):
    """A model saved and loaded: the same weights, optimizer and noise."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.keras"
        model.save(path)
        return keras.saving.load_model(path)


def copied(model):
    """`reloaded` without a file, which takes longer than a step of a small model."""
    config = keras.saving.serialize_keras_object(model)
    copy = keras.saving.deserialize_keras_object(config)
    set_values(copy, values_of(model))
    copy.reset_metrics()  # As in a loaded model.
    return copy


def eager_copy(model):
    """A model with the same weights, optimizer and noise, which runs eagerly."""
    copy = copied(model)
    copy.run_eagerly = True
    return copy


def values_of(model):
    """The state of training, as arrays."""
    return [np.array(variable) for variable in variables_of(model)]


def set_values(model, values):
    """Sets the values of `values_of`."""
    for variable, value in zip(variables_of(model), values, strict=True):
        variable.assign(value)


@contextlib.contextmanager
def rewound(model):
    """Context for training a model; at its end the model is as before.

    A copy would need its own graph, and tracing a step's graph takes longer than
    training a small model.
    """
    values = values_of(model)
    try:
        yield
    finally:
        set_values(model, values)


def data_for(model, x, labels=None, weights=None):
    """Arrays as `fit` takes them: `x`, `(x, labels)`, with weights, or by name.

    Other parts, which only some models take, are examples of their specs. With weights,
    a model that ignores labels gets labels, too.

    Args:
        model: A `GenerativeModel`.
        x: Data `(n, *data_shape)`.
        labels: The condition of a conditional model.
        weights: Array `(n,)`, or `None`.
    """
    rng = np.random.default_rng(0)
    given = {"x": x, model.condition: labels, "weights": weights}
    parts = {
        name: given[name] if name in given else spec.example(len(x), rng)
        for name, spec in model.data_specs.items()
    }
    if second_part(model) not in parts and weights is not None:
        parts[second_part(model)] = np.zeros(len(x), "int32")
    return packed(model, parts)


def weighted(model, x, labels=None):
    """A data set of examples with weights.

    All checks that need a graph train on it, so that a model needs only one graph.
    """
    weights = np.linspace(0.5, 1.5, len(x)).astype("float32")
    return tf.data.Dataset.from_tensor_slices(data_for(model, x, labels, weights))


def random_verbs(model):
    """The verbs that take a seed."""
    return {n: verb for n, verb in verbs(model).items() if "seed" in verb.arguments}


def verb_inputs(model, verb, x, labels):
    """An array for each argument of a verb with one row per example."""
    given = {"x": x, model.condition: labels}
    rng = np.random.default_rng(0)
    inputs = {}
    for name in input_specs(model, verb):
        spec = model.argument_specs[name]
        if given.get(name) is not None:
            inputs[name] = np.asarray(given[name], spec.dtype)
        else:
            inputs[name] = spec.example(len(x), rng)
    return inputs


def call(model, name, inputs):
    """Outputs of a verb by name, as arrays."""
    verb = getattr(model, name)
    counts = "num_samples" in inspect.signature(verb.method).parameters
    if counts and inputs.get("seed", ()) is None and "x" not in inputs:
        rows = [len(value) for value in inputs.values() if value is not None]
        inputs = {**inputs, "num_samples": rows[0] if rows else 8}
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
    """Whether any output differs; some, such as an exact KL, contain no noise."""
    return any(np.any(value != others[key]) for key, value in outputs.items())


def raised(error, function, *args, **kwargs):
    """Message of the error that a call raises; an assertion fails if there is none."""
    try:
        function(*args, **kwargs)
    except error as caught:
        return str(caught)
    raise AssertionError(f"{function.__name__} did not raise {error.__name__}")
