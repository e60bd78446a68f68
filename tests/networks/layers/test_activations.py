"""Activations against NumPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgen.networks.layers.activations import activated, leaky_relu, pieces


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


FORMULAS = {
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "tanh": np.tanh,
    "gated": lambda x: x[..., :3] * sigmoid(x[..., 3:]),
    "maxout": lambda x: np.max(np.split(x, 3, axis=-1), axis=-1).transpose(
        *range(1, x.ndim), 0
    ),
}


@pytest.mark.parametrize("shape", [(), (2, 4)], ids=["vectors", "images"])
@pytest.mark.parametrize("name", FORMULAS)
def test_formula_and_round_trip(name, shape, tmp_path):
    x = np.random.default_rng(0).normal(size=(5, *shape, 3 * pieces(name)))
    value = keras.Input(x.shape[1:])
    network = keras.Model(value, activated(value, name))
    output = network(x.astype("float32"))
    np.testing.assert_allclose(output, FORMULAS[name](x), rtol=1e-5, atol=1e-6)
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(loaded(x.astype("float32")), output)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_derivatives_of_the_leaky_relu(dtype):
    """The first is 1 or 0.2; through the second nothing flows, not even zeros."""
    x = tf.constant([-2.0, -0.5, 0.5, 3.0], dtype)
    scale = tf.constant(3.0, dtype)
    with tf.GradientTape(persistent=True) as outer:
        outer.watch([x, scale])
        with tf.GradientTape() as inner:
            inner.watch(x)
            value = scale * leaky_relu(x)
        slope = inner.gradient(value, x)
    expected = 3.0 * np.array([0.2, 0.2, 1.0, 1.0])
    np.testing.assert_allclose(tf.cast(slope, "float32"), expected, rtol=1e-2)
    assert outer.gradient(slope, x) is None
    assert float(outer.gradient(slope, scale)) == pytest.approx(2.4, rel=1e-2)


def test_an_activation_may_be_a_function():
    value = keras.Input((3,))
    network = keras.Model(value, activated(value, keras.ops.square))
    assert network(2.0 * np.ones((1, 3))).numpy().tolist() == [[4.0, 4.0, 4.0]]
    assert pieces(keras.ops.square) == 1


def test_unknown_activation_is_refused():
    with pytest.raises(ValueError, match="reluu"):
        activated(keras.Input((3,)), "reluu")


def test_channels_that_cannot_be_merged_are_refused():
    with pytest.raises(ValueError, match="'maxout'.*5 channels.*there are 7"):
        activated(keras.Input((7,)), "maxout")
