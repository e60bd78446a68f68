"""Padding by reflection equals NumPy's, however wide it is."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgen.networks import ReflectionPadding2D

SIZES = [(5, 7), (4, 4), (2, 3), (1, 6), (1, 1)]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("padding", [0, 1, 3, 5])
@pytest.mark.parametrize("known", [True, False])
def test_equals_numpy(size, padding, known):
    x = np.random.default_rng(0).normal(size=(2, *size, 3)).astype("float32")
    sides = [(0, 0), (padding, padding), (padding, padding), (0, 0)]
    inputs = keras.Input((*size, 3) if known else (None, None, 3))
    model = keras.Model(inputs, ReflectionPadding2D(padding)(inputs))
    np.testing.assert_array_equal(model(x), np.pad(x, sides, "reflect"))
    if known:
        assert model.output_shape[1:3] == tuple(s + 2 * padding for s in size)


def test_refuses_a_negative_padding():
    with pytest.raises(ValueError, match="padding=-1, but expects an int, 0 or larger"):
        ReflectionPadding2D(-1)


@pytest.mark.parametrize(("size", "padding"), [((8, 9), 3), ((4, 5), 1), ((3, 5), 2)])
def test_the_gradient_is_that_of_tensorflow(size, padding):
    x = tf.random.stateless_normal((2, *size, 3), [0, 1])
    sides = [(0, 0), (padding, padding), (padding, padding), (0, 0)]
    found = []
    for pad in (
        ReflectionPadding2D(padding),
        lambda x: tf.pad(x, sides, "REFLECT"),
    ):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = pad(x)
                weight = tf.random.stateless_normal(y.shape, [0, 2])
                loss = tf.reduce_sum(weight * y**3)
            first = tape.gradient(loss, x)
            norm = tf.reduce_sum(first**2)
        found.append((first, outer.gradient(norm, x)))
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-3)
