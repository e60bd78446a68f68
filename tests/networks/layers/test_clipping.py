"""A clip that a network can leave again."""

import numpy as np
import tensorflow as tf

from kgen.networks import UnitClip


def test_values_and_gradients():
    x = tf.constant([-0.5, -0.5, 0.0, 0.4, 0.4, 1.0, 1.5, 1.5])
    upstream = tf.constant([2.0, -2.0, 1.0, 3.0, -3.0, -1.0, 4.0, -4.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = UnitClip()(x)
    np.testing.assert_array_equal(y, np.clip(x, 0, 1))
    slopes = tape.gradient(y, x, upstream)
    np.testing.assert_array_equal(slopes, [0, -2.0, 1.0, 3.0, -3.0, -1.0, 4.0, 0])


def test_descent_comes_back_from_outside():
    x = tf.Variable([3.0, -2.0])
    for _ in range(400):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum((UnitClip()(x) - [0.8, 0.1]) ** 2)
        x.assign_sub(0.1 * tape.gradient(loss, x))
    np.testing.assert_allclose(x, [0.8, 0.1], atol=1e-4)
