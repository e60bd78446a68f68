"""The Fréchet distance against closed forms, a matrix root and its known bias."""

import numpy as np
import pytest
from scipy import linalg

from kgen.metrics import frechet_distance


def sample(mean, covariance, num_examples=50, seed=0):
    """Examples whose mean and covariance are exactly these."""
    noise = np.random.default_rng(seed).normal(size=(num_examples, len(mean)))
    noise -= noise.mean(axis=0)
    noise = noise @ np.linalg.inv(np.linalg.cholesky(np.cov(noise.T))).T
    return mean + noise @ np.linalg.cholesky(covariance).T


def test_closed_form_of_gaussians_with_a_common_basis():
    basis = linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    one, other = np.array([1.0, 4.0, 9.0]), np.array([16.0, 1.0, 0.25])
    mean = np.array([1.0, -2.0, 0.5])
    real = sample(np.zeros(3), basis * one @ basis.T)
    fake = sample(mean, basis * other @ basis.T, num_examples=70, seed=2)
    expected = np.sum(mean**2) + np.sum((np.sqrt(one) - np.sqrt(other)) ** 2)
    assert frechet_distance(real, fake) == pytest.approx(expected, rel=1e-9)
    assert frechet_distance(fake, real) == pytest.approx(expected, rel=1e-9)


def test_agrees_with_the_root_of_a_matrix():
    rng = np.random.default_rng(0)
    real = rng.normal(size=(200, 6)) @ rng.normal(size=(6, 6))
    fake = rng.normal(size=(300, 6)) @ rng.normal(size=(6, 6)) + 1.0
    one, other = np.cov(real.T), np.cov(fake.T)
    root = linalg.sqrtm(one @ other).real
    gap = real.mean(axis=0) - fake.mean(axis=0)
    expected = gap @ gap + np.trace(one + other - 2 * root)
    assert frechet_distance(real, fake) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("num_examples", [100, 5])
def test_equal_sets_are_no_distance_apart_though_covariances_are_singular(num_examples):
    features = np.random.default_rng(0).normal(size=(num_examples, 16))
    features[:, 3] = 0.0  # A feature that is switched off.
    features[:, 4] = features[:, 5]
    distance = frechet_distance(features, features[::-1].astype("float32"))
    assert 0.0 <= distance < 1e-6


def test_singular_covariances_in_different_directions():
    """Squared distance of two line segments at a right angle: nothing in common."""
    real, fake = np.zeros((2, 4, 3))
    real[:, 0] = fake[:, 1] = [-3.0, -1.0, 1.0, 3.0]
    assert frechet_distance(real, fake) == pytest.approx(2 * 20 / 3, rel=1e-12)


@pytest.mark.parametrize("num_examples", [1000, 4000])
def test_bias_of_two_samples_of_one_gaussian(num_examples):
    """`(2 d + (d^2 + d) / 2) / n` to first order: 2.2 for d = 64 and n = 1000."""
    rng = np.random.default_rng(0)
    pairs = rng.normal(size=(5, 2, num_examples, 64))
    found = np.mean([frechet_distance(*pair) for pair in pairs])
    expected = (2 * 64 + (64**2 + 64) / 2) / num_examples
    assert found == pytest.approx(expected, rel=0.03)


def test_what_is_no_features_is_refused():
    good = np.zeros((4, 3))
    for bad in (np.zeros((4, 2)), np.zeros(4), np.zeros((1, 3)), np.zeros((4, 3, 1))):
        with pytest.raises(ValueError, match=r"same d and at least two rows"):
            frechet_distance(good, bad)
    with pytest.raises(ValueError, match="fake has .* not finite, in 1 of 4 rows"):
        frechet_distance(good, good + np.array([[np.nan], [0], [0], [0]]))
