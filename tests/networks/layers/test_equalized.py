"""Layers of progressive and style-based GANs: scaled weights, pixels, the batch."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgen.core.distribution.batch import sample_weights
from kgen.networks import EqualizedConv2D, EqualizedDense, MinibatchStddev, PixelNorm

RNG = np.random.default_rng(0)


def layers(**settings):
    return (
        (EqualizedDense(64, **settings), (1000, 50)),
        (EqualizedConv2D(64, 3, **settings), (10, 12, 12, 30)),
    )


@pytest.mark.parametrize("rate", [1.0, 0.01])
def test_weights_and_outputs_have_unit_variance(rate):
    keras.utils.set_random_seed(0)
    for layer, shape in layers(rate=rate):
        outputs = layer(RNG.normal(size=shape).astype("float32"))
        assert np.std(layer.kernel) * rate == pytest.approx(1.0, rel=0.03)
        assert np.std(outputs) == pytest.approx(1.0, rel=0.05)


def test_the_gain_keeps_the_variance_before_a_relu():
    keras.utils.set_random_seed(0)
    for layer, shape in layers(gain=np.sqrt(2.0)):
        inputs = np.maximum(RNG.normal(size=shape), 0.0).astype("float32")
        assert np.mean(layer(inputs) ** 2) == pytest.approx(1.0, rel=0.1)


def test_the_kernel_is_scaled_by_the_number_of_its_inputs():
    for layer, shape in layers(gain=3.0, rate=0.5, bias_initializer="ones"):
        inputs = RNG.normal(size=shape).astype("float32")[:2]
        layer.build(inputs.shape)
        fan_in = np.prod(layer.kernel.shape[:-1])
        assert fan_in == (50 if len(shape) == 2 else 270)
        kernel = layer.kernel * 3.0 * 0.5 / np.sqrt(fan_in)
        if len(shape) == 2:
            expected = inputs @ kernel
        else:
            expected = tf.nn.conv2d(inputs, kernel, 1, "VALID")
        np.testing.assert_allclose(layer(inputs), expected + 0.5, rtol=1e-4, atol=1e-5)


def test_a_layer_is_saved_with_its_factors():
    for layer, _ in layers(gain=2.0, rate=0.1):
        copy = type(layer).from_config(layer.get_config())
        assert (copy.gain, copy.rate) == (2.0, 0.1)
        assert copy.kernel_initializer.stddev == pytest.approx(10.0)


@pytest.mark.parametrize("wrong", [{"rate": 0}, {"rate": -1.0}, {"gain": -1.0}])
def test_factors_that_make_no_sense_are_refused(wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=name):
        EqualizedDense(2, **wrong)


def test_pixels_get_a_root_mean_square_of_1():
    inputs = 7.0 * RNG.normal(size=(2, 3, 4, 5)).astype("float32")
    outputs = PixelNorm()(inputs)
    np.testing.assert_allclose(np.mean(outputs**2, axis=-1), 1.0, rtol=1e-5)
    ratio = outputs / inputs
    np.testing.assert_allclose(ratio, ratio[..., :1] * np.ones(5), rtol=1e-5)
    assert np.all(PixelNorm()(0 * inputs) == 0)


def deviation(values, weights):
    weights = np.asarray(weights)[:, None, None, None]
    mean = np.sum(weights * values, 0) / weights.sum()
    variance = np.sum(weights * (values - mean) ** 2, 0) / weights.sum()
    return np.mean(np.sqrt(variance))


def test_the_deviation_of_a_batch_by_hand():
    layer, values = MinibatchStddev(momentum=0.75), RNG.normal(size=(6, 2, 3, 4))
    values = values.astype("float32")
    outputs = layer(values, training=True)
    assert outputs.shape == (6, 2, 3, 5)
    np.testing.assert_array_equal(outputs[..., :4], values)
    first = deviation(values, np.ones(6))
    np.testing.assert_allclose(outputs[..., 4], first, rtol=1e-5)
    weights = np.array([0.0, 1.0, 2.0, 1.0, 0.5, 0.0], "float32")
    with sample_weights(weights):
        outputs = layer(values, training=True)
    second = deviation(values, weights)
    np.testing.assert_allclose(outputs[..., 4], second, rtol=1e-5)
    moving = 0.75 * (0.75 + 0.25 * first) + 0.25 * second
    np.testing.assert_allclose(layer(values[:1])[..., 4], moving, rtol=1e-5)


def test_an_even_batch_has_finite_gradients():
    layer, values = MinibatchStddev(), tf.ones((3, 2, 2, 1))
    with tf.GradientTape() as tape:
        tape.watch(values)
        total = tf.reduce_sum(layer(values, training=True))
    assert np.all(np.isfinite(tape.gradient(total, values)))
