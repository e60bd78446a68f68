"""Posteriors: the lecture's KL formulas, and reparameterisation."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from kgen.core.random import normal_rows, row_keys
from kgen.likelihoods import posteriors

RNG = np.random.default_rng(0)


def random_posterior(covariance, rows=3, dim=3):
    family = posteriors.get(covariance)
    size = (rows, family.num_parameters(dim))
    return family(tf.constant(RNG.normal(size=size).astype("float32")), dim)


def test_diagonal_kl_is_the_lectures_sum():
    """-1/2 sum(1 + log_var - mean^2 - exp(log_var))."""
    parameters = RNG.normal(size=(4, 6)).astype("float32")
    mean, log_var = np.split(parameters, 2, axis=-1)
    expected = -0.5 * np.sum(1 + log_var - mean**2 - np.exp(log_var), axis=-1)
    q = posteriors.get("diagonal")(parameters, 3)
    np.testing.assert_allclose(posteriors.kl_to_standard_normal(q), expected, rtol=1e-5)


@pytest.mark.parametrize("covariance", ["diagonal", "full"])
def test_kl_is_the_lectures_matrix_form(covariance):
    """1/2 (mean' mean + tr S - k - log |S|)."""
    q = random_posterior(covariance)
    mean, cov = q.mean().numpy(), q.covariance().numpy()
    expected = 0.5 * (
        np.sum(mean**2, -1)
        + np.trace(cov, axis1=-2, axis2=-1)
        - 3
        - np.linalg.slogdet(cov)[1]
    )
    np.testing.assert_allclose(posteriors.kl_to_standard_normal(q), expected, rtol=1e-4)


def test_kl_figure_of_the_lecture():
    parameters = np.array([[0.3, -0.2, 0.5, -0.7]], "float32")
    q = posteriors.get("diagonal")(parameters, 2)
    mean, var = np.array([0.3, -0.2]), np.exp([0.5, -0.7])
    draws = RNG.normal(size=(400_000, 2)) * np.sqrt(var) + mean
    log_q = stats.norm(mean, np.sqrt(var)).logpdf(draws).sum(-1)
    gap = log_q - stats.norm.logpdf(draws).sum(-1)
    error = gap.std() / np.sqrt(len(gap))
    kl = float(posteriors.kl_to_standard_normal(q)[0])
    assert abs(kl - gap.mean()) < 4 * error


@pytest.mark.parametrize("covariance", ["diagonal", "full"])
def test_reparameterised_draws_have_the_posteriors_moments(covariance):
    """z = mean + R noise, the covariance R R'."""
    q = random_posterior(covariance, rows=1)
    noise = tf.transpose(normal_rows(row_keys([0]), (20_000, 3)), [1, 0, 2])
    z = posteriors.reparameterize(q, noise).numpy()[:, 0]
    assert np.allclose(z.mean(0), q.mean()[0], atol=0.06)
    assert np.allclose(np.cov(z.T), q.covariance()[0], rtol=0.06, atol=0.06)


def test_gradients_of_the_draw_are_one_and_the_noise():
    """dz / dmean = 1 and dz / dstddev = noise."""
    noise = tf.constant([[0.5, -1.5]])
    parameters = tf.constant([[0.1, 0.2, 0.0, 0.0]])
    with tf.GradientTape() as tape:
        tape.watch(parameters)
        z = posteriors.reparameterize(posteriors.get("diagonal")(parameters, 2), noise)
    mean, log_var = np.split(tape.gradient(z, parameters).numpy(), 2, axis=-1)
    assert np.allclose(mean, 1.0)
    # stddev = exp(log_var / 2), whose derivative at 0 is 1/2.
    assert np.allclose(log_var, noise / 2)


def test_extreme_log_variances_stay_finite():
    q = posteriors.get("diagonal")(tf.constant([[0.0, 1e4], [0.0, -1e4]]), 1)
    assert np.all(np.isfinite(posteriors.kl_to_standard_normal(q)))


def test_unknown_covariance():
    with pytest.raises(ValueError, match="covariance 'diag'.*diagonal, full"):
        posteriors.get("diag")
