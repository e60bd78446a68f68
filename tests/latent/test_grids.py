"""Grids of codes: decoded where they stand, the manifold on the prior's quantiles."""

import keras
import numpy as np
import pytest
from scipy import stats

import kgen
from kgen.latent import decode_grid, manifold


def test_manifold_decodes_the_quantiles_left_to_right_and_bottom_to_top():
    z = keras.Input((2,), name="z")
    x = keras.Input((2,), name="x")
    model = kgen.Autoencoder(keras.Model(x, x * 1.0), keras.Model(z, z * 1.0), "mse")
    grid = manifold(model, num_steps=4).reshape(4, 4, 2)
    quantiles = stats.norm.ppf([1 / 8, 3 / 8, 5 / 8, 7 / 8])
    np.testing.assert_allclose(grid[0, :, 0], quantiles, rtol=1e-5)
    np.testing.assert_allclose(grid[:, 0, 1], quantiles[::-1], rtol=1e-5)


@pytest.mark.parametrize("labels", [[0, 1, 1], 1])
def test_grid_is_decoded_row_by_row_each_with_its_class(labels):
    model = kgen.build("cvae", (3,), num_classes=2, latent_dim=2, hidden=(4,), seed=0)
    z = np.random.default_rng(0).normal(size=(3, 5, 2)).astype("float32")
    x = decode_grid(model, z, labels)
    assert x.shape == (3, 5, 3)
    for row, label in enumerate(np.broadcast_to(labels, 3)):
        expected = model.decode(z[row], labels=np.full(5, label))
        np.testing.assert_allclose(x[row], expected, rtol=1e-5, atol=1e-6)


def test_manifold_of_a_class():
    model = kgen.build("cvae", (3,), num_classes=2, latent_dim=2, hidden=(4,), seed=0)
    one, other = (manifold(model, 3, label) for label in (0, 1))
    assert one.shape == (9, 3)
    assert np.any(one != other)


def test_manifold_of_a_conditional_model_needs_a_class():
    model = kgen.build("cvae", (3,), num_classes=2, latent_dim=2)
    with pytest.raises(ValueError, match="pass label.*from 0 to 1"):
        manifold(model)


def test_manifold_needs_two_dimensions():
    with pytest.raises(ValueError, match=r"shape \(2,\).*has \(3,\).*latent_dim=2"):
        manifold(kgen.build("vae", (4,), latent_dim=3))
