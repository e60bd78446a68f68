"""Executables of verbs: the numbers of TensorFlow, for any number of rows."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework import config

import kgen
from kgen.core import executables
from kgen.core.executables import Executables, padded_size

pytestmark = pytest.mark.usefixtures("free_operations")
X = np.random.default_rng(0).normal(size=(30, 2)).astype("float32")


@pytest.fixture
def flow():
    keras.utils.set_random_seed(0)
    return kgen.build("realnvp", (2,), num_steps=2, hidden=(4,), num_classes=3)


@pytest.fixture
def at_once(monkeypatch):
    """XLA compiles after the first call, and is never found to be slower."""
    monkeypatch.setattr(executables, "BEFORE_XLA", 0.0)
    monkeypatch.setattr(executables, "TRIALS", 0)


def graphs(model):
    """The graphs of a model's verbs that XLA may compile."""
    return [g for g in vars(model)["_verb_graphs"].values() if type(g) is Executables]


def compiled(model):
    """Waits for XLA; the numbers of rows of its executables."""
    sizes = {n: size for graph in graphs(model) for n, size in graph.sizes.items()}
    for size in sizes.values():
        size.compilation.join()
    return [n for n, size in sizes.items() if size.is_ready]


def test_a_few_sizes_serve_any_number_of_rows():
    sizes = [padded_size(rows) for rows in range(1, 5000)]
    assert all(rows <= size for rows, size in enumerate(sizes, 1))
    assert all(size <= 1.5 * rows for rows, size in enumerate(sizes, 1) if rows > 8)
    assert sorted(set(sizes))[:6] == [8, 12, 16, 24, 32, 48] and len(set(sizes)) == 20
    assert padded_size(4096) == 4096


def test_xla_takes_over_a_verb_with_the_same_numbers(flow, at_once):
    labels = np.arange(30) % 3
    calls = {
        "log_prob": lambda n: flow.log_prob(X[:n], labels[:n]),
        "encode": lambda n: flow.encode(X[:n], labels[:n]),
        "sample": lambda n: flow.sample(n, labels=labels[:n], seed=0, temperature=0.7),
    }
    for name, call in calls.items():
        flow.jit_verbs = False
        expected = {n: call(n) for n in (30, 25, 9)}
        flow.jit_verbs = "auto"
        call(30)
        assert compiled(flow) == [32], name
        for n in (30, 25):
            np.testing.assert_allclose(call(n), expected[n], rtol=1e-4, atol=1e-5)
        call(9)
        assert sorted(compiled(flow)) == [12, 32]
        np.testing.assert_allclose(call(9), expected[9], rtol=1e-4, atol=1e-5)
        vars(flow).pop("_verb_graphs")


def test_a_change_of_the_weights_reaches_the_executable(flow, at_once):
    labels = np.zeros(30, "int32")
    flow.log_prob(X, labels)
    assert compiled(flow) == [32]
    for weight in flow.trainable_variables:
        weight.assign(weight + 0.1)
    changed = flow.log_prob(X, labels)
    flow.jit_verbs = False
    np.testing.assert_allclose(changed, flow.log_prob(X, labels), rtol=1e-4, atol=1e-5)


def test_several_threads_may_call_while_it_compiles(flow, at_once):
    labels = np.zeros(30, "int32")
    expected = flow.log_prob(X, labels)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: flow.log_prob(X, labels), range(20)))
    for values in found:
        np.testing.assert_allclose(values, expected, rtol=1e-4, atol=1e-5)


def test_it_is_given_up_where_it_is_slower(flow, monkeypatch):
    labels = np.zeros(30, "int32")
    flow.log_prob(X, labels)
    (graph,) = graphs(flow)
    (size,) = graph.sizes.values()
    assert size.compilation is None  # A single call is no reason to compile.
    monkeypatch.setattr(executables, "BEFORE_XLA", 0.0)
    flow.log_prob(X, labels)
    size.compilation.join()
    for _ in range(executables.RECENT):
        size.note(False, 0.0, 30)
    for _ in range(executables.TRIALS):
        assert size.is_ready
        flow.log_prob(X, labels)
    assert not size.is_ready


@pytest.mark.parametrize(("by_xla", "stays"), [(0.6, True), (1.4, False)])
def test_no_single_call_decides(by_xla, stays):
    size = executables.Size()
    size.compilation = SimpleNamespace(is_ready=True)
    for seconds in (30.0, 0.5, *[1.0] * 20, 0.1):  # Traced; lucky; as usual; lucky.
        size.note(False, seconds, 10)
    for seconds in (9.0, *[by_xla] * (executables.TRIALS - 3), 5.0, 0.1):
        assert size.is_ready
        size.note(True, seconds, 10)
    assert size.is_ready == stays


def test_what_xla_does_not_know_stays_with_tensorflow(flow, at_once):
    def lengths(x):
        return tf.strings.length(tf.strings.as_string(x))

    graph, with_xla = (tf.function(lengths, jit_compile=jit) for jit in (None, True))
    run = Executables(graph, lambda: with_xla, num_rows=1)
    for _ in range(2):
        assert run(tf.constant([1, 22, 333]))[2] == 3
        run.sizes[8].compilation.join()
    assert not run.sizes[8].is_ready
    with pytest.raises(tf.errors.InvalidArgumentError):
        Executables(graph, lambda: with_xla, 1, waits=True)(tf.constant([1, 22]))


def test_convolutions_and_deterministic_operations_are_left_alone():
    image = np.zeros((2, 8, 8, 1), "float32")
    conv = kgen.build("autoencoder", (8, 8, 1), network="conv")
    conv.encode(image)
    assert not graphs(conv)
    dense = kgen.build("autoencoder", (8, 8, 1), network="mlp")
    config.enable_op_determinism()
    dense.encode(image)
    assert not graphs(dense)


@pytest.mark.parametrize(
    ("jit", "verbs"), [("auto", "auto"), (True, True), (False, False)]
)
def test_what_the_user_says_about_xla_counts(flow, jit, verbs):
    flow.compile("adam", jit_compile=jit)
    assert flow.jit_verbs == verbs
    vae = kgen.build("vae", (2,), hidden=(4,))
    vae.compile("adam", jit_compile=jit)
    assert vae.jit_verbs == ("auto" if jit == "auto" else False)
