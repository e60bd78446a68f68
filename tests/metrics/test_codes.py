"""Figures of codes, against closed forms, TFP and Monte Carlo."""

import keras
import numpy as np
import pytest
import tensorflow_probability as tfp

import kgen
from kgen.metrics import (
    code_bits,
    code_robustness,
    compression_factor,
    fraction_active,
    latent_gaussianity,
    mean_activation,
)

tfd = tfp.distributions
RANDOM = np.random.default_rng(0)


def whitened(n, d):
    """Codes whose mean is exactly 0 and whose covariance is exactly I."""
    z = RANDOM.normal(size=(n, d))
    left, _, right = np.linalg.svd(z - z.mean(axis=0), full_matrices=False)
    return np.sqrt(n) * left @ right


def test_gaussianity_is_zero_where_the_moments_are_the_priors():
    assert latent_gaussianity(whitened(50, 4)) == pytest.approx(0.0, abs=1e-12)
    corners = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    assert latent_gaussianity(corners) == pytest.approx(0.0, abs=1e-12)


def test_gaussianity_is_the_divergence_that_tfp_computes():
    factor = np.tril(RANDOM.normal(size=(3, 3))) + 2.0 * np.eye(3)
    mean = np.array([1.0, -2.0, 0.5])
    z = mean + whitened(60, 3) @ factor.T
    q = tfd.MultivariateNormalTriL(mean, factor)
    p = tfd.MultivariateNormalDiag(np.zeros(3), np.ones(3))
    expected = float(tfd.kl_divergence(q, p))
    assert latent_gaussianity(z) == pytest.approx(expected, rel=1e-9)
    assert latent_gaussianity(z.reshape(60, 3, 1)) == pytest.approx(expected, rel=1e-9)


def test_gaussianity_of_one_dimension_by_hand():
    assert latent_gaussianity([[1.0], [5.0]]) == pytest.approx(
        (4.0 + 9.0 - 1.0 - np.log(4.0)) / 2
    )


def test_gaussianity_of_draws_from_the_prior_is_what_the_docstring_says():
    d, n = 4, 400
    found = [latent_gaussianity(RANDOM.normal(size=(n, d))) for _ in range(200)]
    error = np.std(found) / np.sqrt(200)
    assert abs(np.mean(found) - d * (d + 3) / (4 * n)) < 4 * error


def test_gaussianity_is_infinite_where_codes_leave_a_direction_out():
    z = whitened(50, 3)
    assert latent_gaussianity(z[:3]) == np.inf
    assert latent_gaussianity(np.column_stack([z, z[:, 0]])) == np.inf
    assert latent_gaussianity(np.column_stack([z, np.full(50, 0.1)])) == np.inf


def test_activation_of_known_codes():
    z = np.zeros((4, 5, 2))
    z[0, 0, 0], z[1, 2, 1], z[2, 3, 0] = 2.0, -4.0, 1e-3
    assert mean_activation(z) == pytest.approx((2.0 + 4.0 + 1e-3) / 40)
    assert fraction_active(z) == 2 / 40
    assert fraction_active(z, threshold=0.0) == 3 / 40
    assert fraction_active(z, threshold=3.0) == 1 / 40


def test_robustness_of_a_linear_code_is_the_mean_size_of_the_noise():
    """Under a code that is twice the data, noise moves it by twice its own size."""
    x, z = keras.Input((3,), name="x"), keras.Input((3,), name="z")
    model = kgen.Autoencoder(keras.Model(x, x * 2.0), keras.Model(z, z * 0.5), "mse")

    def noise(seed):
        return np.random.default_rng(seed).normal(size=(6, 3)).astype("float32")

    def corruption(x, seed):
        return x + noise(seed)

    clean = RANDOM.normal(size=(6, 3)).astype("float32")
    for seed in (0, 7):
        expected = np.mean(2 * np.sqrt(np.sum(noise(seed) ** 2, axis=1)))
        found = code_robustness(model, clean, corruption, seed=seed)
        assert found == pytest.approx(expected, rel=1e-5)
    assert code_robustness(model, clean, lambda x, seed: x) == 0.0


def test_robustness_of_a_conditional_model():
    model = kgen.build("cvae", (3,), num_classes=2, latent_dim=2, hidden=(4,), seed=0)
    x, labels = RANDOM.random((5, 3)).astype("float32"), np.array([0, 1, 1, 0, 1])
    moved = model.encode(x / 2, labels).numpy() - model.encode(x, labels).numpy()
    expected = np.mean(np.sqrt(np.sum(moved**2, axis=1)))
    found = code_robustness(model, x, lambda x, seed: x / 2, labels=labels)
    assert found == pytest.approx(expected, rel=1e-4)


def test_compression_factor_of_the_lecture():
    model = kgen.build("autoencoder", (28, 28, 1), latent_dim=32)
    assert compression_factor(model) == 24.5


def test_bits_of_a_code_of_the_lecture():
    """32x32 words out of 512."""
    settings = {"filters": (2,), "latent_dim": 1, "num_codes": 512}
    model = kgen.build("vq-vae", (64, 64, 1), **settings)
    assert model.latent_shape == (32, 32)
    assert 2 ** int(code_bits(model)) == 512 ** (32 * 32)
    with pytest.raises(ValueError, match="real numbers"):
        code_bits(kgen.build("autoencoder", (4, 4, 1)))


def test_gaussianity_is_finite_whatever_the_deviations():
    """Deviations 1 and 1e-8, along the axes and across: log det is the same."""
    factor = np.diag([1.0, 1e-8])
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    expected = (1.0 + 1e-16 - 2.0 - 2 * np.log(1e-8)) / 2
    for directions, rel in ((factor, 1e-9), (factor @ turn, 1e-6)):
        found = latent_gaussianity(whitened(50, 2) @ directions)
        assert found == pytest.approx(expected, rel=rel)
