"""Group normalisation against Keras' own, value and gradient."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.networks import GroupNorm

# In training XLA compiles it.
modes = pytest.mark.parametrize("training", [False, True])


@modes
@pytest.mark.parametrize("silu", [False, True])
@pytest.mark.parametrize("shape", [(3, 5, 6, 8), (2, 7, 8), (1, 1, 1, 8)])
@pytest.mark.parametrize("groups", [1, 2, 8])
def test_values_and_gradients_are_those_of_keras(shape, groups, silu, training):
    rng = np.random.default_rng(0)
    x = tf.constant(rng.normal(3.0, 2.0, shape), tf.float32)
    ours = GroupNorm(groups, silu=silu)
    theirs = keras.layers.GroupNormalization(groups, epsilon=1e-5)
    for layer in (ours, theirs):
        layer.build(shape)
    for one, other in zip(ours.weights, theirs.weights, strict=True):
        value = rng.normal(size=8)
        one.assign(value)
        other.assign(value)
    found = []
    for layer in (ours, theirs):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=training)
            if layer is theirs and silu:
                y = tf.nn.silu(y)
            loss = tf.reduce_sum(y * tf.cos(tf.range(8, dtype=tf.float32)) + y**2)
        sources = [x, *[weight.value for weight in layer.weights]]
        found.append([y, *tape.gradient(loss, sources)])
    for one, other in zip(*found, strict=True):
        # With a place and a channel to a group all is beta, and 1e-5 in the variance
        # makes large numbers of rounding.
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=2e-3)


@modes
def test_second_gradients_are_those_of_keras(training):
    x = tf.constant(np.random.default_rng(0).normal(size=(2, 3, 4)), tf.float32)
    slopes = []
    for layer in (
        GroupNorm(2, silu=True),
        keras.layers.GroupNormalization(2, epsilon=1e-5),
    ):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = layer(x, training=training)
                y = y if isinstance(layer, GroupNorm) else tf.nn.silu(y)
                value = tf.reduce_sum(y**3)
            slope = tf.reduce_sum(inner.gradient(value, x) ** 2)
        slopes.append(outer.gradient(slope, x))
    np.testing.assert_allclose(*slopes, rtol=1e-3, atol=1e-3)


def test_xla_is_for_training_alone():
    x = tf.ones((2, 3, 4))

    def compiles(layer, training):
        """Whether the gradient asks for XLA, as XLA's functions say of themselves."""

        @tf.function
        def run(x):
            return tf.gradients(layer(x, training=training), x)

        functions = run.get_concrete_function(x).graph.as_graph_def().library.function
        return any(each.attr["_XlaMustCompile"].b for each in functions)

    assert compiles(GroupNorm(2, silu=True), training=True)
    # Servers may have no XLA.
    assert not compiles(GroupNorm(2, silu=True), training=False)
    assert not compiles(GroupNorm(2, silu=True, jit_compile=False), training=True)


@modes
def test_half_precision_is_computed_in_full(training):
    x = np.random.default_rng(0).normal(200.0, 1.0, (2, 6, 6, 8)).astype("float32")
    x = tf.cast(tf.cast(x, tf.bfloat16), tf.float32).numpy()
    full = GroupNorm(2)(x, training=training)
    half = GroupNorm(2, dtype="mixed_bfloat16")(x, training=training)
    assert half.dtype == tf.bfloat16
    np.testing.assert_allclose(tf.cast(half, tf.float32), full, atol=0.02)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
@modes
def test_gradients_in_half_precision(policy, training):
    layers = GroupNorm(2, silu=True), GroupNorm(2, silu=True, dtype=policy)
    found = []
    for layer in layers:
        rng = np.random.default_rng(0)
        x = tf.constant(rng.normal(size=(2, 6, 6, 8)), layer.compute_dtype)
        direction = tf.constant(rng.normal(size=x.shape), x.dtype)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=training)
        sources = [x, *[weight.value for weight in layer.weights]]
        found.append(tape.gradient(y, sources, direction))
    assert [each.dtype for each in found[1]] == [x.dtype, tf.float32, tf.float32]
    for full, half in zip(*found, strict=True):
        np.testing.assert_allclose(
            tf.cast(half, tf.float32), full, rtol=0.05, atol=0.05 * np.std(full)
        )


@pytest.mark.parametrize("policy", ["float64", "bfloat16", "float16"])
def test_any_policy(policy):
    x = np.random.default_rng(0).normal(size=(2, 3, 4))
    y = GroupNorm(2, dtype=policy)(x, training=True)
    assert y.dtype == policy
    np.testing.assert_allclose(tf.cast(y, tf.float32), GroupNorm(2)(x), atol=0.03)


def test_one_graph_trains_layers_of_different_sizes_on_ragged_batches():
    """XLA's functions are shared by all layers, shapes and graphs."""
    layers = [GroupNorm(2, silu=True), GroupNorm(4, silu=True)]
    fold = keras.layers.Reshape((-1, 16))

    def slope(x, training):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layers[1](fold(layers[0](x, training=training)), training=training)
            loss = tf.reduce_sum(y**3)
        return tape.gradient(loss, x)

    step = tf.function(
        lambda x: slope(x, True), input_signature=[tf.TensorSpec((None, 4, 6, 8))]
    )
    for rows in (5, 5, 2):
        x = np.random.default_rng(rows).normal(size=(rows, 4, 6, 8))
        x = tf.constant(x, tf.float32)
        expected = slope(x, training=False)
        np.testing.assert_allclose(step(x), expected, rtol=1e-3, atol=1e-3)


@modes
@pytest.mark.parametrize("mean", [10.0, 1000.0])
def test_means_far_from_zero_cost_few_digits(mean, training):
    x = np.random.default_rng(0).normal(mean, 1.0, (2, 8, 8, 8)).astype("float32")
    exact = x.astype("float64").reshape(2, 64, 2, 4)
    moments = {"axis": (1, 3), "keepdims": True}
    exact = (exact - exact.mean(**moments)) / np.sqrt(exact.var(**moments) + 1e-5)
    exact = exact.reshape(x.shape)
    y = GroupNorm(2)(x, training=training)
    np.testing.assert_allclose(y, exact, atol=1e-6 * mean)


def test_groups_divide_channels():
    with pytest.raises(ValueError, match="num_groups=3 for 8 channels"):
        GroupNorm(3)(np.zeros((1, 4, 8)))
    with pytest.raises(ValueError, match="num_groups"):
        GroupNorm(0)


def test_config_comes_back():
    layer = GroupNorm(4, silu=True, epsilon=1e-3, name="norm")
    copy = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(layer)
    )
    assert copy.get_config() == layer.get_config()
    assert isinstance(copy, kgen.networks.GroupNorm)
