"""Layers of style-based generators: styles, noise and the constant."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgen.networks import AdaIN, LearnedConstant, NoiseInjection

RNG = np.random.default_rng(0)


def features(*shape):
    return RNG.normal(3.0, 2.0, size=shape).astype("float32")


def test_the_output_has_the_moments_of_the_style():
    x, scale, shift = features(4, 5, 7, 3), features(4, 3), features(4, 3)
    h = AdaIN()(x, scale, shift)
    np.testing.assert_allclose(np.mean(h, (1, 2)), shift, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(np.std(h, (1, 2)), np.abs(scale), rtol=1e-4)


def test_it_is_instance_normalisation_with_weights_of_each_example():
    x, scale, shift = features(2, 6, 5, 3), features(2, 3), features(2, 3)
    plain = keras.layers.GroupNormalization(groups=-1, epsilon=1e-8)
    expected = scale[:, None, None] * plain(x) + shift[:, None, None]
    np.testing.assert_allclose(
        AdaIN(epsilon=1e-8)(x, scale, shift), expected, rtol=1e-3, atol=1e-4
    )
    # What the input's moments were does not matter.
    found = AdaIN()(10.0 * x - 5.0, scale, shift)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


def test_its_gradient_by_finite_differences():
    x = tf.Variable(features(1, 3, 4, 2))
    weights, scale, shift = features(1, 3, 4, 2), features(1, 2), features(1, 2)

    def total():
        return tf.reduce_sum(weights * AdaIN()(x, scale, shift) ** 2)

    with tf.GradientTape() as tape:
        value = total()
    gradient = tape.gradient(value, x)
    start, direction = x.numpy(), RNG.normal(size=x.shape).astype("float32")
    values = []
    for step in (0.01, -0.01):
        x.assign(start + step * direction)
        values.append(float(total()))
    expected = float(tf.reduce_sum(gradient * direction))
    assert (values[0] - values[1]) / 0.02 == pytest.approx(expected, rel=2e-3)


def test_reduced_precision_stays_reduced():
    layer = AdaIN(dtype="mixed_float16")
    x = 1000.0 * features(2, 8, 8, 3)  # The squares overflow a float16.
    h = layer(x, features(2, 3), features(2, 3))
    assert h.dtype == "float16" and np.isfinite(h).all()


def test_a_style_of_another_size_or_one_pixel_is_refused():
    with pytest.raises(ValueError, match=r"for 3 channels, but expects \(batch, 3\)"):
        AdaIN()(features(2, 4, 4, 3), features(2, 6), features(2, 3))
    with pytest.raises(ValueError, match="two positions or more"):
        AdaIN()(features(2, 1, 1, 3), features(2, 3), features(2, 3))


def test_noise_takes_its_own_part_with_a_learned_strength():
    layer = NoiseInjection(start=5)
    x, noise = features(2, 3, 4, 2), features(2, 20)
    start = layer(x, noise)
    part = np.reshape(noise[:, 5:17], (2, 3, 4, 1))
    np.testing.assert_allclose(start, x + 0.1 * part, rtol=1e-5)
    layer.strength.assign([0.0, -2.0])
    found = layer(x, noise)
    np.testing.assert_allclose(found[..., :1], x[..., :1], rtol=1e-6)
    np.testing.assert_allclose(found[..., 1:], x[..., 1:] - 2.0 * part, rtol=1e-5)
    copy = NoiseInjection.from_config(layer.get_config())
    assert (copy.start, copy.initial) == (5, 0.1)


def test_noise_that_ends_too_early_is_refused():
    with pytest.raises(ValueError, match="from 5 to 16 of the noise.*given 16 values"):
        NoiseInjection(start=5)(features(2, 3, 4, 2), features(2, 16))
    with pytest.raises(ValueError, match="start=-1.*0 or larger"):
        NoiseInjection(start=-1)


def test_a_constant_is_the_same_for_each_row_and_starts_as_noise():
    layer = LearnedConstant((20, 30, 4))
    values = layer(features(3, 2, 8))
    assert values.shape == (3, 20, 30, 4)
    np.testing.assert_array_equal(values[0], values[2])
    assert np.std(values[0]) == pytest.approx(1.0, rel=0.05)
    assert LearnedConstant.from_config(layer.get_config()).shape == (20, 30, 4)
    with pytest.raises(ValueError, match="shape=.*but expects"):
        LearnedConstant((2, 0))
