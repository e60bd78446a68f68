"""Bayes' classifier against Bayes' theorem by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import special

import kgen
from kgen.downstream.bayes import bayes_classify, class_probabilities

SHAPE = (4, 4, 1)
RNG = np.random.default_rng(0)
LABELS = np.arange(120, dtype="int32") % 3
# Of each class other pixels are on, most of the time.
X = RNG.random((120, *SHAPE)) < 0.2 + 0.6 * (
    np.arange(16).reshape(SHAPE) % 3 == LABELS[:, None, None, None]
)
X = X.astype("float32")


@pytest.fixture(scope="module")
def pixelcnn():
    keras.utils.set_random_seed(0)
    settings = {"width": 8, "num_blocks": 1, "learning_rate": 1e-2, "seed": 0}
    model = kgen.build("pixelcnn", SHAPE, 3, **settings)
    model.fit(X, LABELS, epochs=60, verbose=0)
    return model


def test_by_hand(pixelcnn):
    log_prob = [pixelcnn.log_prob(X, np.full(120, c)) for c in range(3)]
    expected = special.softmax(np.float64(log_prob).T, axis=1)
    found = class_probabilities(pixelcnn, X)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-7)
    assert np.array_equal(bayes_classify(pixelcnn, X), expected.argmax(1))
    assert np.mean(bayes_classify(pixelcnn, X) == LABELS) > 0.8


def test_prior(pixelcnn):
    prior = np.array([0.2, 0.7, 0.1])
    flat = class_probabilities(pixelcnn, X)
    expected = flat * prior / (flat * prior).sum(axis=1, keepdims=True)
    found = class_probabilities(pixelcnn, X, prior=7 * prior)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert set(bayes_classify(pixelcnn, X, prior=[0, 1, 0])) == {1}


def test_bounds_take_the_place_of_likelihoods():
    vae = kgen.build("cvae", SHAPE, 3, latent_dim=2, filters=(4,), seed=0)
    vae.fit(X, LABELS, epochs=2, verbose=0)
    found = class_probabilities(vae, X[:10], num_samples=8, seed=3)
    seeds = np.full(10, 3)
    bounds = [
        vae.iwae_bound(X[:10], np.full(10, c), num_samples=8, seed=seeds)
        for c in range(3)
    ]
    expected = special.softmax(np.float64(bounds).T, axis=1)
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_refused(pixelcnn):
    with pytest.raises(ValueError, match="no classes"):
        bayes_classify(kgen.build("vae", SHAPE, latent_dim=2, filters=(4,)), X)
    with pytest.raises(ValueError, match="no likelihood"):
        bayes_classify(kgen.build("conv-autoencoder", SHAPE, 3, filters=(4,)), X)
    for prior in ([1.0, 2.0], [-1.0, 1.0, 1.0], [0.0, 0.0, 0.0], "uniform"):
        with pytest.raises(ValueError, match="3 probabilities"):
            bayes_classify(pixelcnn, X, prior=prior)
    with pytest.raises(ValueError, match="expects"):
        bayes_classify(pixelcnn, tf.data.Dataset.from_tensors(X))
