"""Bayesian regression by coordinate ascent: closed forms, integrals, scikit-learn."""

import numpy as np
import pytest
from scipy import special, stats
from sklearn.linear_model import ARDRegression, BayesianRidge

from kgen.inference import (
    GammaPrior,
    Interval,
    MeanFieldRegression,
    exact_posterior,
)


def table(n=40, d=3, seed=0, noise=0.5):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d))
    y = x @ np.where(np.arange(d) % 2, 0.0, 1.5) + noise * rng.normal(size=n)
    return x, y


def log_evidence(x, y, weights, noise):
    """log p(y) for known precisions: y is normal."""
    covariance = x @ x.T / weights + np.eye(len(y)) / noise
    return stats.multivariate_normal(np.zeros(len(y)), covariance).logpdf(y)


def test_with_known_precisions_the_bound_is_the_evidence():
    x, y = table()
    q = MeanFieldRegression(x, y, weight_precision=0.7, noise_precision=3.0)
    assert q.elbo() == pytest.approx(log_evidence(x, y, 0.7, 3.0), abs=1e-8)
    bounds = q.fit()
    np.testing.assert_allclose(np.diff(bounds), 0.0, atol=1e-9)
    covariance = np.linalg.inv(0.7 * np.eye(3) + 3.0 * x.T @ x)
    np.testing.assert_allclose(q.covariance, covariance)
    np.testing.assert_allclose(q.mean, 3.0 * covariance @ x.T @ y)
    mean, stddev = q.predict(x[:5])
    np.testing.assert_allclose(mean, x[:5] @ q.mean)
    variance = [row @ covariance @ row + 1 / 3.0 for row in x[:5]]
    np.testing.assert_allclose(stddev**2, variance)


@pytest.mark.parametrize("relevance", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_no_update_lowers_the_bound(seed, relevance):
    x, y = table(n=6 + 5 * seed, d=2 + seed, seed=seed)
    prior = GammaPrior(10.0 ** -(seed % 4), 1.0 / (1 + seed))
    q = MeanFieldRegression(x, 10**seed * y, prior, GammaPrior(), relevance)
    before = q.elbo()
    updates = (q.update_noise_precision, q.update_weights, q.update_weight_precision)
    for _ in range(20):
        for update in updates:
            update()
            bound = q.elbo()
            assert bound >= before - 1e-8 * abs(before)
            before = bound


def test_the_bound_is_below_the_integrated_evidence():
    x, y = table(n=25, d=2)
    weights, noise = GammaPrior(2.0, 1.0), GammaPrior(1.5, 0.5)
    squares, moments, d = x.T @ x, x.T @ y, 2

    def log_joint(alpha, beta):
        eigenvalues, vectors = np.linalg.eigh(squares)
        parts = (moments @ vectors) ** 2
        inner = alpha[..., None] + beta[..., None] * eigenvalues
        log_det = d * np.log(alpha) - np.sum(np.log(inner), axis=-1)
        explained = beta**2 * np.sum(parts / inner, axis=-1)
        likelihood = len(y) * np.log(beta / (2 * np.pi)) + log_det
        likelihood = 0.5 * (likelihood - beta * (y @ y) + explained)
        for value, prior in ((alpha, weights), (beta, noise)):
            likelihood = likelihood + stats.gamma.logpdf(
                value, prior.shape, scale=1 / prior.rate
            )
        return likelihood

    support = {"alpha": Interval(0, np.inf), "beta": Interval(0, np.inf)}
    exact = exact_posterior(log_joint, support)
    # The conditional evidence that is integrated is that of SciPy's normal.
    at = np.array(0.7), np.array(3.0)
    priors = stats.gamma.logpdf(0.7, 2.0) + stats.gamma.logpdf(3.0, 1.5, scale=2.0)
    assert log_joint(*at) - priors == pytest.approx(log_evidence(x, y, 0.7, 3.0))
    q = MeanFieldRegression(x, y, weights, noise)
    bound = q.fit()[-1]
    assert exact.log_evidence - 0.3 < bound < exact.log_evidence
    assert q.noise_precision.mean[0] == pytest.approx(exact.mean("beta"), rel=0.05)


@pytest.mark.parametrize("relevance", [False, True])
def test_the_optimum_is_that_of_scikit_learn(relevance):
    x, y = table(n=100, d=5)
    prior = GammaPrior(1e-6, 1e-6)
    q = MeanFieldRegression(x, y, prior, prior, relevance=relevance)
    q.fit(max_sweeps=20_000, tolerance=1e-13)
    settings = {"fit_intercept": False, "tol": 1e-10, "max_iter": 20_000}
    if relevance:
        theirs = ARDRegression(threshold_lambda=1e12, **settings).fit(x, y)
    else:
        theirs = BayesianRidge(**settings).fit(x, y)
    np.testing.assert_allclose(q.mean, theirs.coef_, atol=1e-4)
    np.testing.assert_allclose(q.covariance, theirs.sigma_, atol=1e-5)
    assert q.noise_precision.mean[0] == pytest.approx(theirs.alpha_, rel=1e-3)


def test_divergence_of_gammas():
    """Against an integral over the density."""
    x, y = table()
    q = MeanFieldRegression(x, y, GammaPrior(2.0, 3.0), GammaPrior(0.5, 0.2))
    q.fit()
    for precision in (q.weight_precision, q.noise_precision):
        mine = stats.gamma(precision.shape[0], scale=1 / precision.rate[0])
        prior = stats.gamma(precision.prior.shape, scale=1 / precision.prior.rate)
        points, log_weights = Interval(0, np.inf).quadrature()
        gap = mine.logpdf(points) - prior.logpdf(points)
        found = np.sum(np.exp(log_weights + mine.logpdf(points)) * gap)
        assert precision.kl() == pytest.approx(found, rel=1e-6)
        expected = special.digamma(precision.shape) - np.log(precision.rate)
        np.testing.assert_allclose(precision.mean_log, expected)


def test_relevance_switches_useless_columns_off():
    x, y = table(n=100, d=6, noise=0.1)
    q = MeanFieldRegression(x, y, relevance=True)
    q.fit()
    assert np.all(abs(q.mean[1::2]) < 0.05) and np.all(q.mean[::2] > 1.3)
    precisions = q.weight_precision.mean
    assert precisions[1::2].min() > 20 * precisions[::2].max()


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda x, y: MeanFieldRegression(x[:, 0], y), "at least 2 axes"),
        (lambda x, y: MeanFieldRegression(x, y[:-1]), r"y of shape \(39,\)"),
        (lambda x, y: MeanFieldRegression(x, np.nan * y), "NaN"),
        (
            lambda x, y: MeanFieldRegression(x, y, weight_precision=-1.0),
            "weight_precision was given as -1.0.*GammaPrior",
        ),
        (lambda x, y: GammaPrior(0.0), "shape=0.0.*above 0"),
        (
            lambda x, y: MeanFieldRegression(x, y).predict(x[:, :2]),
            r"x of shape \(40, 2\).*\(n, 3\)",
        ),
        (lambda x, y: MeanFieldRegression(x, y).fit(0), "max_sweeps=0"),
    ],
)
def test_what_is_refused(act, message):
    with pytest.raises(ValueError, match=message):
        act(*table())
