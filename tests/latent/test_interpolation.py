"""Paths between codes: exact ends, constant speed, great circles."""

import keras
import numpy as np
import pytest
from scipy.spatial import geometric_slerp

import kgen
from kgen.latent import interpolate, morph, path

RANDOM = np.random.default_rng(0)
A, B = RANDOM.normal(size=(2, 4, 3, 5)).astype("float32")


@pytest.fixture(scope="module")
def identity():
    """A model whose codes are its data."""
    x, z = keras.Input((3,), name="x"), keras.Input((3,), name="z")
    return kgen.Autoencoder(keras.Model(x, x * 1.0), keras.Model(z, z * 1.0), "mse")


@pytest.mark.parametrize("mode", ["linear", "slerp"])
def test_ends_are_exact_and_shapes_any(mode):
    z = path(A, B, num_steps=7, mode=mode)
    assert z.shape == (4, 7, 3, 5) and z.dtype == np.float32
    assert np.array_equal(z[:, 0], A) and np.array_equal(z[:, -1], B)
    same = path(A, A, num_steps=7, mode=mode)
    np.testing.assert_allclose(same, np.repeat(A[:, None], 7, axis=1), rtol=1e-6)


def test_linear_steps_are_equal():
    steps = np.diff(path(A, B, num_steps=5), axis=1)
    np.testing.assert_allclose(steps, np.repeat((B - A)[:, None] / 4, 4, 1), atol=1e-6)


def test_slerp_is_the_great_circle_of_scipy():
    a, b = (z / np.linalg.norm(z) for z in RANDOM.normal(size=(2, 6)))
    expected = geometric_slerp(a, b, np.linspace(0, 1, 9))
    found = path(3 * a[None], 3 * b[None], num_steps=9, mode="slerp")[0]
    np.testing.assert_allclose(found, 3 * expected, rtol=1e-5, atol=1e-6)


def test_slerp_keeps_the_norm_where_both_ends_have_it():
    ends = RANDOM.normal(size=(2, 20, 6))
    ends *= 2.5 / np.linalg.norm(ends, axis=-1, keepdims=True)
    spherical = np.linalg.norm(path(*ends, 11, "slerp"), axis=-1)
    np.testing.assert_allclose(spherical, 2.5, rtol=1e-5)
    assert np.linalg.norm(path(*ends, 11)[:, 5], axis=-1).max() < 2.5


def test_slerp_of_unequal_norms_is_shoemakes_formula():
    a, b = np.array([[2.0, 0.0]]), np.array([[0.0, 5.0]])  # A right angle: sin w = 1.
    t = np.linspace(0, np.pi / 2, 6)
    expected = np.stack([2 * np.cos(t), 5 * np.sin(t)], axis=-1)
    np.testing.assert_allclose(path(a, b, 6, "slerp")[0], expected, atol=1e-6)


@pytest.mark.parametrize("factor", [1.0, 2.0, 1.0 + 1e-6, 0.0, -1.0, -0.3])
def test_slerp_is_straight_where_there_is_no_plane_to_turn_in(factor):
    a = RANDOM.normal(size=(50, 8)).astype("float32")
    b = np.float32(factor) * a
    for start, end in ((a, b), (b, a)):
        straight = path(start, end, 9)
        np.testing.assert_allclose(path(start, end, 9, "slerp"), straight, atol=1e-5)


def test_slerp_of_small_angles_is_nearly_straight():
    a = np.array([[1.0, 0.0]])
    for angle in (1e-2, 1e-4, 1e-5, 1e-7):
        b = np.array([[np.cos(angle), np.sin(angle)]])
        found = path(a, b, 3, "slerp")[0, 1]
        expected = [np.cos(angle / 2), np.sin(angle / 2)]
        np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_slerp_between_zeros_is_zero():
    assert not path(np.zeros((2, 3)), np.zeros((2, 3)), 4, "slerp").any()


def test_path_says_what_is_wrong():
    with pytest.raises(ValueError, match=r"\(4, 3, 5\).*\(2, 3, 5\)"):
        path(A, B[:2])
    with pytest.raises(ValueError, match="num_steps=1.*at least 2"):
        path(A, B, num_steps=1)
    with pytest.raises(ValueError, match="Unknown mode 'spline'.*linear, slerp"):
        path(A, B, mode="spline")


@pytest.mark.parametrize("mode", ["linear", "slerp"])
def test_interpolation_decodes_the_path(identity, mode):
    start, end = A[:, :, 0], B[:, :, 0]
    found = interpolate(identity, start, end, num_steps=6, mode=mode)
    np.testing.assert_allclose(found, path(start, end, 6, mode), rtol=1e-6)


def test_conditional_interpolation_ends_at_the_reconstructions_of_each_class():
    model = kgen.build("cvae", (3,), num_classes=4, latent_dim=2, hidden=(4,), seed=0)
    start, end, labels = A[:, :, 0], B[:, :, 0], np.arange(4)
    found = interpolate(model, start, end, num_steps=5, labels=labels)
    assert found.shape == (4, 5, 3)
    for x, reconstructed in ((start, found[:, 0]), (end, found[:, -1])):
        expected = model.reconstruct(x, labels=labels)
        np.testing.assert_allclose(reconstructed, expected, rtol=1e-5, atol=1e-6)
    frames = morph(model, start[:2], num_steps=5, label=3)
    expected = model.reconstruct(start[:2], labels=[3, 3])
    np.testing.assert_allclose(frames[[0, 5]], expected, rtol=1e-5, atol=1e-6)


def test_morph_passes_each_example_once(identity):
    x = np.array([[0.0, 0.0, 0.0], [3.0, 0.0, 0.0], [3.0, 6.0, 0.0]], "float32")
    frames = morph(identity, x, num_steps=3)
    expected = [[0, 0], [1, 0], [2, 0], [3, 0], [3, 2], [3, 4], [3, 6]]
    np.testing.assert_allclose(frames[:, :2], expected, atol=1e-6)
    with pytest.raises(ValueError, match="1 examples.*at least 2"):
        morph(identity, x[:1])
