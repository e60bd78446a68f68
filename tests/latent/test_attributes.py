"""Attribute vectors: differences of means, added in any strength."""

import keras
import numpy as np
import pytest

import kgen
from kgen.latent import apply_attribute, attribute_vector, shift

RANDOM = np.random.default_rng(0)


def test_vector_is_the_difference_of_means_of_any_shape():
    z_with, z_without = RANDOM.normal(size=(7, 2, 3)), RANDOM.normal(size=(4, 2, 3))
    expected = sum(z_with) / 7 - sum(z_without) / 4
    vector = attribute_vector(z_with, z_without)
    assert vector.dtype == np.float32
    np.testing.assert_allclose(vector, expected, rtol=1e-5)


def test_attribute_of_a_linear_world_is_recovered():
    """Codes are noise plus an attribute: the vector finds it within its error."""
    attribute = np.array([2.0, -1.0, 0.0])
    codes = RANDOM.normal(size=(2, 4000, 3))
    vector = attribute_vector(codes[0] + attribute, codes[1])
    np.testing.assert_allclose(vector, attribute, atol=4 * np.sqrt(2 / 4000))


def test_no_examples_have_no_mean():
    with pytest.raises(ValueError, match="z_without is empty"):
        attribute_vector(np.ones((2, 3)), np.ones((0, 3)))


def test_shift_moves_each_code_by_each_strength():
    z = RANDOM.normal(size=(4, 2, 3)).astype("float32")
    vector = RANDOM.normal(size=(2, 3)).astype("float32")
    moved = shift(z, vector, [0.0, -0.5, 2.0])
    assert moved.shape == (4, 3, 2, 3)
    assert np.array_equal(moved[:, 0], z)
    np.testing.assert_allclose(moved[:, 1], z - vector / 2, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(moved[:, 2], z + 2 * vector, rtol=1e-6, atol=1e-6)


def test_examples_change_along_the_attribute():
    x, z = keras.Input((2,), name="x"), keras.Input((2,), name="z")
    model = kgen.Autoencoder(keras.Model(x, x * 2.0), keras.Model(z, z * 0.5), "mse")
    found = apply_attribute(model, [[1.0, 2.0]], [4.0, 0.0], strengths=[-1.0, 0.0, 1.0])
    np.testing.assert_allclose(found, [[[-1.0, 2.0], [1.0, 2.0], [3.0, 2.0]]])


def test_strength_zero_is_the_reconstruction_of_each_class():
    model = kgen.build("cvae", (3,), num_classes=2, latent_dim=2, hidden=(4,), seed=0)
    x, labels = RANDOM.random((3, 3)).astype("float32"), [0, 1, 1]
    found = apply_attribute(model, x, [1.0, 1.0], [0.0, 1.0], labels=labels)
    expected = model.reconstruct(x, labels=labels)
    np.testing.assert_allclose(found[:, 0], expected, rtol=1e-5, atol=1e-6)
    assert np.abs(found[:, 1] - found[:, 0]).max() > 1e-3
