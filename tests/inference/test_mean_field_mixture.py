"""The Bayesian mixture: exact evidences, enumeration, scikit-learn."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from scipy import special
from sklearn.mixture import BayesianGaussianMixture

from kgen.inference import MeanFieldMixture, MixturePrior
from kgen.inference.normal_wishart import (
    combined,
    expectations,
    kl_divergence,
    log_normalizer,
)
from tests.inference.fisher import fisher_times

PRIOR = MixturePrior(
    concentration=0.8,
    mean=[0.5, -0.2],
    mean_precision=0.3,
    scatter=[[1.0, 0.2], [0.2, 2.0]],
    degrees=3.5,
)


def clusters(n=60, seed=0):
    rng = np.random.default_rng(seed)
    centres = np.array([[-2.0, 0.0], [2.0, 1.0]])[rng.integers(2, size=n)]
    return centres + rng.normal(size=(n, 2))


def log_evidence(x, prior=PRIOR):
    """log p(x) of one Gaussian, parameters integrated out, as in text books."""
    n, d = x.shape
    mean = np.asarray(prior.mean)
    precision, degrees = prior.mean_precision + n, prior.degrees + n
    scatter = np.array(prior.scatter)
    after = scatter.copy()
    if n:
        centred = x - x.mean(axis=0)
        gap = x.mean(axis=0) - mean
        share = prior.mean_precision * n / precision
        after = after + centred.T @ centred + share * np.outer(gap, gap)
    return (
        -0.5 * n * d * np.log(np.pi)
        + special.multigammaln(degrees / 2, d)
        - special.multigammaln(prior.degrees / 2, d)
        + 0.5 * prior.degrees * np.linalg.slogdet(scatter)[1]
        - 0.5 * degrees * np.linalg.slogdet(after)[1]
        + 0.5 * d * np.log(prior.mean_precision / precision)
    )


def test_with_one_component_the_bound_is_the_evidence():
    x = clusters()
    q = MeanFieldMixture(x, 1, PRIOR)
    assert q.elbo() == pytest.approx(log_evidence(x), abs=1e-8)
    # The density of one more example is a ratio of evidences.
    more = np.array([[0.3, 0.9]])
    expected = log_evidence(np.concatenate([x, more])) - log_evidence(x)
    np.testing.assert_allclose(q.log_prob(more), expected)


def test_the_bound_is_below_the_evidence_by_enumeration():
    """The sum over all assignments of eight examples to two components."""
    x = clusters(8) * 2
    terms = []
    for assigned in itertools.product([0, 1], repeat=8):
        assigned = np.array(assigned)
        counts = np.array([np.sum(assigned == k) for k in range(2)])
        alpha = PRIOR.concentration
        log_prior = special.gammaln(2 * alpha) - special.gammaln(2 * alpha + 8)
        log_prior += np.sum(special.gammaln(alpha + counts) - special.gammaln(alpha))
        parts = sum(log_evidence(x[assigned == k]) for k in range(2))
        terms.append(log_prior + parts)
    exact = special.logsumexp(terms)
    bounds = [MeanFieldMixture(x, 2, PRIOR, seed=seed).fit()[-1] for seed in range(3)]
    # Both orders of the components have the same share, and q holds one: log 2.
    assert exact - 2.0 < max(bounds) < exact - np.log(2) + 0.1
    assert max(bounds) < exact


@pytest.mark.parametrize("seed", range(6))
def test_no_update_lowers_the_bound(seed):
    rng = np.random.default_rng(seed)
    n, d, k = 10 + 10 * seed, 1 + seed % 3, 1 + seed
    x = 10.0 ** rng.uniform(-1, 1) * rng.normal(size=(n, d)) + rng.normal(size=d)
    prior = MixturePrior(
        concentration=rng.uniform(0.01, 2.0), scatter=rng.uniform(1, 5)
    )
    start = rng.dirichlet(np.ones(k), size=n)
    q = MeanFieldMixture(x, k, prior, responsibilities=start)
    before = q.elbo()
    for _ in range(10):
        for update in (q.update_assignments, q.update_components):
            update()
            bound = q.elbo()
            assert bound >= before - 1e-8 * abs(before)
            before = bound


def test_the_optimum_is_that_of_scikit_learn():
    x = clusters(150)
    theirs = BayesianGaussianMixture(
        n_components=2,
        weight_concentration_prior_type="dirichlet_distribution",
        weight_concentration_prior=PRIOR.concentration,
        mean_prior=PRIOR.mean,
        mean_precision_prior=PRIOR.mean_precision,
        covariance_prior=PRIOR.scatter,
        degrees_of_freedom_prior=PRIOR.degrees,
        reg_covar=0.0,
        tol=1e-12,
        max_iter=5000,
        random_state=0,
    ).fit(x)
    q = MeanFieldMixture(x, 2, PRIOR, seed=0)
    q.fit(max_sweeps=5000, tolerance=1e-11)
    mine = q.posterior
    for found, expected in (
        (mine.means, theirs.means_),
        (mine.covariances, theirs.covariances_),
        (mine.degrees, theirs.degrees_of_freedom_),
        (mine.concentration, theirs.weight_concentration_),
        (q.responsibilities, theirs.predict_proba(x)),
    ):
        np.testing.assert_allclose(found, expected, atol=1e-4)


def some_members():
    x = clusters()
    return [
        MeanFieldMixture(x, 2, PRIOR, responsibilities=start).posterior
        for start in np.random.default_rng(0).dirichlet(np.ones(2), size=(2, 60))
    ]


def test_expectations_are_the_gradient_of_the_log_normalizer():
    q, _ = some_members()
    with tf.GradientTape() as tape:
        tape.watch(q)
        value = log_normalizer(q)
    for found, expected in zip(tape.gradient(value, q), expectations(q), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-10)


def test_divergence_is_zero_for_equals_and_else_positive():
    q, p = some_members()
    assert float(kl_divergence(q, q)) == 0.0
    assert float(kl_divergence(q, p)) > 0.0
    # Its second order is the Fisher information, the curvature of the normaliser.
    step = combined(p, q, scale=-1.0)
    near = combined(q, step, scale=1e-3)
    curvature = sum(
        float(tf.reduce_sum(g * s))
        for g, s in zip(fisher_times(q, step), step, strict=True)
    )
    expected = 0.5e-6 * curvature
    assert float(kl_divergence(q, near)) == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda x: MeanFieldMixture(x[:, 0], 2), "at least 2 axes"),
        (lambda x: MeanFieldMixture(x[:2], 3), "2 examples, fewer than the 3"),
        (
            lambda x: MeanFieldMixture(x, 2, responsibilities=np.ones((60, 2))),
            r"probabilities \(60, 2\) whose rows sum to 1",
        ),
        (lambda x: MeanFieldMixture(x, 2, MixturePrior(degrees=1.0)), "degrees=1.0"),
        (lambda x: MeanFieldMixture(x, 2, MixturePrior(mean=[0.0] * 3)), "2 columns"),
        (
            lambda x: MeanFieldMixture(x, 2, MixturePrior(scatter=-1.0)),
            "no covariance matrix",
        ),
        (lambda x: MixturePrior(concentration=0.0), "concentration=0.0.*above 0"),
        (lambda x: MeanFieldMixture(x, 2).log_prob(x[:, :1]), r"\(60, 1\).*\(n, 2\)"),
        (lambda x: MeanFieldMixture(x, 2, seed=-1), "seed=-1"),
    ],
)
def test_what_is_refused(act, message):
    with pytest.raises(ValueError, match=message):
        act(clusters())
