"""Instance normalisation against Keras' layer, and its gradients of two orders."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgen.networks import AdaIN, InstanceNorm

RNG = np.random.default_rng(0)
X = RNG.normal(3.0, 2.0, size=(3, 5, 6, 2)).astype("float32")
WEIGHTS = RNG.normal(size=X.shape).astype("float32")


def filled(layer):
    """A layer with random scales and shifts; the same ones for each layer."""
    layer.build(X.shape)
    layer.gamma.assign([1.5, -0.7])
    layer.beta.assign([0.3, 2.0])
    return layer


def slopes(layer):
    """Gradients of a loss, and those of the squared norm of the gradient by x."""
    x = tf.constant(X)
    weights = [weight.value for weight in layer.trainable_variables]
    with tf.GradientTape() as outer:
        outer.watch([x, *weights])
        with tf.GradientTape() as inner:
            inner.watch([x, *weights])
            loss = tf.reduce_sum(WEIGHTS * layer(x) ** 2)
        first = inner.gradient(loss, [x, *weights])
        norm = tf.reduce_sum(first[0] ** 2)
    return [*first, *outer.gradient(norm, [x, *weights])]


@pytest.mark.parametrize("graph", [False, True])
def test_it_equals_keras_layer_in_value_and_gradients_of_two_orders(graph):
    ours, theirs = InstanceNorm(), keras.layers.GroupNormalization(groups=-1)
    filled(ours), filled(theirs)
    np.testing.assert_allclose(ours(X), theirs(X), rtol=1e-4, atol=1e-5)
    of = tf.function(slopes, autograph=False) if graph else slopes
    for found, expected in zip(of(ours), of(theirs), strict=True):
        scale = np.abs(expected).max()
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4 * scale)


def test_each_channel_gets_the_moments_of_its_weights():
    h = np.asarray(filled(InstanceNorm(epsilon=1e-8))(X))
    np.testing.assert_allclose(h.mean((1, 2)), [[0.3, 2.0]] * 3, atol=1e-5)
    np.testing.assert_allclose(h.std((1, 2)), [[1.5, 0.7]] * 3, rtol=1e-5)


def test_adain_has_second_derivatives_by_its_style():
    x, scale, shift = tf.constant(X), tf.ones((3, 2)), tf.zeros((3, 2))

    def norm(scale):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(WEIGHTS * AdaIN()(x, scale, shift))
        return tf.reduce_sum(tape.gradient(loss, x) ** 2)

    with tf.GradientTape() as tape:
        tape.watch(scale)
        value = norm(scale)
    # The loss is linear in the scale, so the norm is a quadratic form of it.
    total = float(tf.reduce_sum(scale * tape.gradient(value, scale)))
    assert total == pytest.approx(2 * float(value), rel=1e-4)


def test_a_style_of_one_row_serves_all_rows():
    x, scale = tf.constant(X), tf.constant([[1.5, -0.7]])
    with tf.GradientTape() as tape:
        tape.watch(scale)
        loss = tf.reduce_sum(WEIGHTS * AdaIN()(x, scale, tf.zeros((1, 2))))
    # Linear in the scale.
    total = float(tf.reduce_sum(scale * tape.gradient(loss, scale)))
    assert total == pytest.approx(float(loss), rel=1e-4)


@pytest.mark.parametrize("shape", [(2, 5), (2, 5, 3), (2, 4, 4, 4, 3)])
def test_what_is_no_feature_map_is_refused(shape):
    with pytest.raises(ValueError, match=r"but expects \(batch, height, width, chan"):
        InstanceNorm()(np.ones(shape, "float32"))


def test_reduced_precision_and_its_config():
    layer = InstanceNorm(epsilon=0.01, dtype="mixed_float16")
    h = layer(1000.0 * X)  # The squares overflow a float16.
    assert h.dtype == "float16" and np.isfinite(h).all()
    assert InstanceNorm.from_config(layer.get_config()).epsilon == 0.01
    with pytest.raises(ValueError, match="epsilon was given as -1"):
        InstanceNorm(-1)
