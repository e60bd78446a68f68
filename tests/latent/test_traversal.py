"""Traversals: one coordinate takes the values, the others stay."""

import keras
import numpy as np
import pytest

import kgen
from kgen.latent import traverse, traverse_all


class Generator(kgen.GenerativeModel):
    """Has `decode` only, as a GAN; its latent has two axes."""

    data_shape = (2, 3)
    latent_shape = (2, 3)

    @kgen.verb(returns="x")
    def decode(self, z, labels=None):
        return 10.0 * z


Z = np.arange(6, dtype="float32").reshape(2, 3)
VALUES = [-1.0, 0.5]


def test_one_coordinate_of_a_model_that_only_decodes():
    x = traverse(Generator(), Z, dim=4, values=VALUES)
    expected = np.array([10 * Z, 10 * Z])
    expected[:, 1, 1] = [-10.0, 5.0]
    np.testing.assert_allclose(x, expected)


def test_all_coordinates_are_the_rows():
    model = Generator()
    rows = traverse_all(model, Z, VALUES)
    assert rows.shape == (6, 2, 2, 3)
    for dim in range(6):
        np.testing.assert_allclose(rows[dim], traverse(model, Z, dim, VALUES))


def test_class_of_a_conditional_model():
    model = kgen.build("cvae", (3,), num_classes=2, latent_dim=2, hidden=(4,), seed=0)
    z = np.array([0.3, -0.2], "float32")
    x = traverse(model, z, dim=1, values=[2.0, 3.0], label=1)
    expected = model.decode([[0.3, 2.0], [0.3, 3.0]], labels=[1, 1])
    np.testing.assert_allclose(x, expected, rtol=1e-5)
    with pytest.raises(ValueError, match="needs labels"):
        traverse(model, z, dim=1, values=[2.0])


@pytest.mark.parametrize("dim", [-1, 6])
def test_coordinate_that_there_is_not(dim):
    with pytest.raises(ValueError, match=f"dim={dim}.*0 to 5"):
        traverse(Generator(), Z, dim=dim, values=VALUES)


def test_many_codes_are_not_one():
    with pytest.raises(ValueError, match=r"\(1, 2, 3\).*one code.*\(2, 3\)"):
        traverse_all(Generator(), Z[None], VALUES)
    x, z = keras.Input((3,), name="x"), keras.Input((3,), name="z")
    model = kgen.Autoencoder(keras.Model(x, x * 1.0), keras.Model(z, z * 1.0), "mse")
    with pytest.raises(ValueError, match="one code"):
        traverse(model, np.zeros((4, 3)), 0, VALUES)
