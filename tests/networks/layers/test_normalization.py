"""Normalisations against NumPy; batch normalisation on replicas and with weights."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgen.core.distribution.batch import sample_weights
from kgen.core.distribution.replicas import global_mean, pad_empty_shard
from kgen.networks import BatchNorm, normalized
from kgen.testing.replica_checks import pair

CLOSE = {"rtol": 1e-4, "atol": 1e-6}
SHAPES = [(3,), (2, 4, 3)]


def data(rows, shape, seed=0):
    values = np.random.default_rng(seed).normal(1.0, 2.0, (rows, *shape))
    return values.astype("float32")


def network_of(shape, normalization="batch"):
    """A dense layer of each pixel, a normalisation and what follows it."""
    keras.utils.set_random_seed(0)
    x = keras.Input(shape)
    h = normalized(keras.layers.Dense(5)(x), normalization)
    return keras.Model(x, keras.layers.Dense(2)(keras.ops.tanh(h)))


AXES = {"batch": (0, 1, 2), "layer": (1, 2, 3), "instance": (1, 2)}


@pytest.mark.parametrize("name", AXES)
def test_statistics_are_those_of_numpy(name):
    x = data(4, (5, 6, 3))
    value = keras.Input(x.shape[1:])
    layer = keras.Model(value, normalized(value, name))
    mean = x.mean(AXES[name], keepdims=True)
    variance = x.var(AXES[name], keepdims=True)
    epsilon = layer.layers[1].epsilon
    expected = (x - mean) / np.sqrt(variance + epsilon)
    np.testing.assert_allclose(layer(x, training=True), expected, **CLOSE)
    # All scale and shift each channel.
    shapes = [variable.shape for variable in layer.trainable_variables]
    assert shapes == [(3,), (3,)]


def test_names():
    value = keras.Input((3,))
    assert normalized(value, None) is value
    with pytest.raises(ValueError, match="'bach'.*batch"):
        normalized(value, "bach")
    with pytest.raises(ValueError, match="'instance'.*'layer'"):
        normalized(value, "instance")


def step(network, x, weight):
    """Outputs, and this replica's share of the gradient of a weighted mean."""
    if tf.distribute.get_strategy().num_replicas_in_sync > 1:
        parts = pad_empty_shard({"x": x, "weights": weight})
        x, weight = parts["x"], parts["weights"]
    with tf.GradientTape() as tape, sample_weights(weight):
        outputs = network(x, training=True)
        axes = list(range(1, len(outputs.shape)))
        costs = tf.reduce_sum(tf.sin(outputs) + outputs**2, axes)
        cost = global_mean(costs, weight)
    return outputs, tape.gradient(cost, network.trainable_variables)


def steps(strategy, shape, batches):
    """For each batch the outputs and gradients, and the moving statistics at last."""
    with strategy.scope():
        network = network_of(shape)
    results = []

    @functools.partial(tf.function, reduce_retracing=True)
    def graph(x, weight):
        return strategy.run(step, (network, x, weight))

    for x, weight in batches:
        arrays = (x,) if weight is None else (x, weight)
        whole = tf.data.Dataset.from_tensor_slices(arrays).batch(len(x))
        for batch in strategy.experimental_distribute_dataset(whole):
            outputs, gradients = graph(*batch, *([None] if weight is None else []))
            parts = strategy.experimental_local_results(outputs)
            together = np.concatenate([part.numpy() for part in parts])[: len(x)]
            sums = [strategy.reduce("SUM", g, axis=None).numpy() for g in gradients]
            results += [together, *sums]
    for variable in network.non_trainable_variables:
        copies = strategy.experimental_local_results(variable.value)
        for copy in copies:
            np.testing.assert_array_equal(copy, copies[0])
        results.append(variable.numpy())
    return results


@pytest.mark.parametrize(("shape", "weighted"), [((3,), True), ((2, 4, 3), False)])
def test_two_replicas_normalise_as_one_device(shape, weighted):
    """The last batch has one row: one of the replicas has none."""
    rows = (5, 1)
    weight = np.array([1.0, 0.0, 2.0, 0.5, 3.0], "float32")
    batches = [
        (data(n, shape, seed=n), weight[-n:] if weighted else None) for n in rows
    ]
    expected = steps(tf.distribute.get_strategy(), shape, batches)
    for found, wanted in zip(steps(pair(), shape, batches), expected, strict=True):
        np.testing.assert_allclose(found, wanted, **CLOSE)


@pytest.mark.parametrize("dtype", ["float32", "float64", "mixed_bfloat16"])
@pytest.mark.parametrize(
    "options", [{}, {"scale": False}, {"axis": 1}, {"renorm": True}], ids=str
)
def test_without_weights_on_one_device_it_is_keras_layer(options, dtype):
    x = data(6, (2, 4, 3))
    ours = BatchNorm(dtype=dtype, **options)
    theirs = keras.layers.BatchNormalization(dtype=dtype, **options)
    for _ in range(2):
        found, wanted = ours(x, training=True), theirs(x, training=True)
        assert found.dtype == wanted.dtype
        found, wanted = tf.cast(found, "float32"), tf.cast(wanted, "float32")
        np.testing.assert_allclose(found, wanted, **CLOSE)
    for mine, their in zip(ours.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(mine, their, **CLOSE)


def test_with_weights_of_1_it_is_keras_layer():
    x = data(6, (2, 4, 3))
    ours, theirs = BatchNorm(), keras.layers.BatchNormalization()
    with sample_weights(np.ones(6)):
        weighted = ours(x, training=True)
    np.testing.assert_allclose(weighted, theirs(x, training=True), **CLOSE)
    for mine, their in zip(ours.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(mine, their, **CLOSE)


def test_frozen_it_takes_its_moving_statistics():
    x = data(6, (2, 4, 3))
    layer = BatchNorm(trainable=False)
    expected = x / np.sqrt(1.0 + layer.epsilon)
    np.testing.assert_allclose(layer(x, training=True), expected, **CLOSE)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_weight_0_leaves_an_example_out_and_2_counts_it_twice(shape):
    x = data(5, shape)
    repeats = np.array([1, 0, 2, 1, 0])
    alone, weighted = network_of(shape), network_of(shape)
    expected, gradients = step(alone, np.repeat(x, repeats, axis=0), None)
    outputs, found = step(weighted, x, repeats.astype("float32"))
    outputs = np.repeat(outputs, repeats, axis=0)
    np.testing.assert_allclose(outputs, expected, **CLOSE)
    for one, other in zip(found, gradients, strict=True):
        np.testing.assert_allclose(one, other, **CLOSE)
    for one, other in zip(weighted.weights, alone.weights, strict=True):
        np.testing.assert_allclose(one, other, **CLOSE)


def test_inference_takes_the_moving_statistics_whatever_the_weights():
    x = data(6, (3,))
    layer = BatchNorm(momentum=0.0)
    layer(x, training=True)
    expected = (x - x.mean(0)) / np.sqrt(x.var(0) + layer.epsilon)
    with sample_weights(np.zeros(6)):
        np.testing.assert_allclose(layer(x), expected, **CLOSE)
    np.testing.assert_allclose(layer(x[:1]), expected[:1], **CLOSE)


def test_a_batch_of_weight_0_stays_finite():
    layer = BatchNorm()
    with sample_weights(np.zeros(2)):
        outputs = layer(data(2, (3,)), training=True)
    assert np.all(np.isfinite(outputs))


@pytest.mark.parametrize("in_graph", [False, True])
def test_another_number_of_rows_than_of_weights_is_refused(in_graph):
    layer = BatchNorm()

    def call(x):
        with sample_weights(tf.ones(3)):
            return layer(x, training=True)

    if in_graph:
        call = tf.function(call, input_signature=[tf.TensorSpec((None, 2))])
    with pytest.raises(tf.errors.InvalidArgumentError, match="of the same size as"):
        call(tf.ones((4, 2)))


def test_a_saved_network_has_its_moving_statistics(tmp_path):
    network = network_of((3,))
    network(data(5, (3,)), training=True)
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    assert type(loaded.layers[2]) is BatchNorm
    x = data(3, (3,), seed=1)
    np.testing.assert_array_equal(loaded(x), network(x))


@pytest.mark.parametrize(
    ("shape", "weight"), [((3,), [1.0, 0.0, 2.0, 1.0]), ((2, 4, 3), None)], ids=str
)
def test_second_derivatives_flow_through_the_moments(shape, weight):
    """A gradient penalty of a network with batch normalisation, by differences."""
    network, x = network_of(shape), tf.constant(data(4, shape))
    weight = None if weight is None else tf.constant(weight)
    kernel = network.trainable_variables[0]

    def penalty():
        with tf.GradientTape() as tape, sample_weights(weight):
            tape.watch(x)
            squares = network(x, training=True) ** 2
            if weight is not None:
                squares *= weight[:, None]
            value = tf.reduce_sum(squares)
        return tf.reduce_sum(tape.gradient(value, x) ** 2)

    with tf.GradientTape() as tape:
        value = penalty()
    gradient = tape.gradient(value, kernel.value)
    start = kernel.numpy()
    direction = np.random.default_rng(0).normal(size=start.shape)
    values = []
    for sign in (1, -1):
        kernel.assign(start + sign * 1e-3 * direction)
        values.append(penalty().numpy())
    expected = np.sum(gradient.numpy() * direction)
    np.testing.assert_allclose((values[0] - values[1]) / 2e-3, expected, rtol=1e-2)
