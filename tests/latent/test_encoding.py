"""Codes of data sets, and what no code may be."""

import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen import latent
from kgen.metrics import code_robustness, latent_gaussianity


def test_codes_of_a_data_set_keep_their_order():
    model = kgen.build("cvae", (3,), num_classes=2, latent_dim=2, hidden=(4,), seed=0)
    x = np.random.default_rng(0).random((5, 3)).astype("float32")
    labels = np.array([0, 1, 1, 0, 1])
    dataset = tf.data.Dataset.from_tensor_slices((x, labels)).batch(2)
    z, found = latent.codes(model, dataset)
    assert np.array_equal(found, labels)
    np.testing.assert_allclose(z, model.encode(x, labels), rtol=1e-5, atol=1e-6)


class Levels(kgen.GenerativeModel):
    """Codes that are indices, as a vector-quantised model has them."""

    data_shape = (2,)
    latent_shape = (2,)

    @kgen.verb(returns="z")
    def encode(self, x, labels=None):
        return tf.cast(16.0 * x, tf.int32)

    @kgen.verb(returns="x")
    def decode(self, z, labels=None):
        return z / 16.0


X = np.eye(2, dtype="float32")
Z = np.array([[0, 1], [2, 3], [4, 5]])


@pytest.mark.parametrize(
    "use",
    [
        lambda: latent.interpolate(Levels(), X, X),
        lambda: latent.morph(Levels(), X),
        lambda: latent.apply_attribute(Levels(), X, np.ones(2), [1.0]),
        lambda: latent.path(Z, Z),
        lambda: latent.traverse(Levels(), Z[0], 0, [1.0]),
        lambda: latent.traverse_all(Levels(), Z[0], [1.0]),
        lambda: latent.attribute_vector(Z, Z),
        lambda: latent.shift(Z, np.ones(2), [1.0]),
        lambda: latent.embed(Z),
        lambda: latent.nearest(Z, Z, 1),
        lambda: latent.clusters(Z, 2),
        lambda: latent_gaussianity(Z),
        lambda: code_robustness(Levels(), X, lambda x, seed: x),
    ],
)
def test_integers_are_no_points_of_a_space(use):
    with pytest.raises(ValueError, match=r"codes of type int(32|64).*codebook"):
        use()


def test_a_model_without_encode_names_what_to_do():
    gan = kgen.build("gan", (8, 8, 1), network="mlp", hidden=(4,), latent_dim=2)
    x = np.zeros((2, 8, 8, 1))
    with pytest.raises(ValueError, match="GAN .* no `encode`.*kgen.latent.invert"):
        kgen.latent.interpolate(gan, x, x)


def test_codes_of_a_data_set_without_labels():
    model = kgen.build("vae", (2,), hidden=(3,), latent_dim=2)
    x = np.random.default_rng(0).normal(size=(5, 2)).astype("float32")
    z, labels = latent.codes(model, tf.data.Dataset.from_tensor_slices(x).batch(2))
    assert labels is None
    np.testing.assert_allclose(z, model.encode(x), rtol=1e-5)
    with pytest.raises(ValueError, match="`codes` was given a data set of type ndarr"):
        latent.codes(model, x)
