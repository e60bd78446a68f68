"""Exact posteriors against conjugate closed forms and sums by hand."""

import warnings

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from scipy import special, stats

import kgen
from kgen.inference import Interval, exact_posterior


@pytest.mark.parametrize(("a", "b"), [(1.0, 1.0), (2.5, 4.0), (0.5, 0.5)])
@pytest.mark.parametrize("heads", [0, 2, 10])
def test_coin_with_a_beta_prior(a, b, heads):
    """Also where the posterior is infinite at an end."""

    def log_joint(z):
        return stats.beta(a, b).logpdf(z) + stats.binom(10, z).logpmf(heads)

    coin = exact_posterior(log_joint, Interval(0.0, 1.0))
    expected = stats.betabinom(10, a, b).logpmf(heads)
    assert coin.log_evidence == pytest.approx(expected, abs=1e-6)
    truth = stats.beta(a + heads, b + 10 - heads)
    assert coin.mean() == pytest.approx(truth.mean(), abs=1e-6)
    assert coin.mean(lambda z: z**2) == pytest.approx(truth.moment(2), abs=1e-6)
    points, density = coin.values["z"], coin.marginal()
    middle = (points > 0.01) & (points < 0.99)
    np.testing.assert_allclose(density[middle], truth.pdf(points[middle]), rtol=1e-6)


def test_normal_with_a_normal_prior_on_the_whole_line():
    x = np.array([1.0, 2.5, 0.3])

    def log_joint(z):
        return stats.norm.logpdf(z, 0, 2) + np.sum(
            stats.norm.logpdf(x[:, None], z, 1.5), axis=0
        )

    found = exact_posterior(log_joint, Interval(-np.inf, np.inf))
    covariance = 4.0 * np.ones((3, 3)) + 1.5**2 * np.eye(3)
    evidence = stats.multivariate_normal(np.zeros(3), covariance).logpdf(x)
    assert found.log_evidence == pytest.approx(evidence, abs=1e-9)
    precision = 1 / 4 + 3 / 1.5**2
    assert found.mean() == pytest.approx(x.sum() / 1.5**2 / precision, abs=1e-9)


@pytest.mark.parametrize(("low", "high", "sign"), [(0, np.inf, 1), (-np.inf, 0, -1)])
def test_poisson_with_a_gamma_prior_on_half_the_line(low, high, sign):
    def log_joint(z):
        return stats.gamma(2.0, scale=1 / 3).logpdf(sign * z) + stats.poisson(
            sign * z
        ).logpmf(4)

    found = exact_posterior(log_joint, Interval(low, high))
    assert found.log_evidence == pytest.approx(stats.nbinom(2, 3 / 4).logpmf(4))
    assert sign * found.mean() == pytest.approx((2 + 4) / (3 + 1))


def test_discrete_latents_are_enumerated():
    """Two attributes of an animal, as sums over all cases."""
    rng = np.random.default_rng(0)
    prior, wings, seen = rng.random(4), rng.random((4, 2)), rng.random((4, 2))
    table = (prior / prior.sum())[:, None] * wings * seen

    def log_joint(kind, flies):
        return np.log(prior / prior.sum())[kind] + np.log(wings * seen)[kind, flies]

    found = exact_posterior(log_joint, {"kind": 4, "flies": [0, 1]})
    assert found.log_evidence == pytest.approx(np.log(table.sum()))
    np.testing.assert_allclose(found.probabilities, table / table.sum())
    np.testing.assert_allclose(found.marginal("flies"), table.sum(axis=0) / table.sum())
    assert found.mean("flies") == pytest.approx(table[:, 1].sum() / table.sum())


def test_discrete_and_continuous_latents_together():
    """Kind, colour and flight; given the kind all is conjugate."""
    prior = np.array([0.5, 0.3, 0.2])
    means, stddevs = np.array([-1.0, 0.5, 2.0]), np.array([0.3, 1.0, 0.5])
    flight = np.array([0.05, 0.9, 0.5])
    seen, noise = 0.4, 0.7

    def log_joint(kind, colour, flies):
        of_kind = np.log(prior)[kind] + stats.norm.logpdf(
            colour, means[kind], stddevs[kind]
        )
        share = np.where(flies == 1, flight[kind], 1 - flight[kind])
        observed = stats.norm.logpdf(seen, colour, noise)
        return of_kind + np.log(share) + observed + np.log(np.where(flies, 0.8, 0.1))

    support = {"kind": 3, "colour": Interval(-np.inf, np.inf), "flies": 2}
    found = exact_posterior(log_joint, support)
    sounds = flight * 0.8 + (1 - flight) * 0.1
    weights = prior * stats.norm.pdf(seen, means, np.hypot(stddevs, noise)) * sounds
    assert found.log_evidence == pytest.approx(np.log(weights.sum()), abs=1e-9)
    np.testing.assert_allclose(found.marginal("kind"), weights / weights.sum())
    shares = stddevs**2 / (stddevs**2 + noise**2)
    expected = np.sum(weights * (means + shares * (seen - means))) / weights.sum()
    assert found.mean("colour") == pytest.approx(expected, abs=1e-9)
    assert found.mean(
        lambda kind, colour, flies: colour * (kind == 1)
    ) == pytest.approx((weights * (means + shares * (seen - means)))[1] / weights.sum())
    both = found.marginal("kind", "flies")
    np.testing.assert_allclose(both.sum(axis=0), found.marginal("flies"))


def test_distributions_of_tensorflow_probability():
    tfd = tfp.distributions

    def log_joint(z):
        z = tf.cast(z, tf.float32)
        return tfd.Beta(2.0, 2.0).log_prob(z) + tfd.Binomial(10, probs=z).log_prob(2)

    coin = exact_posterior(log_joint, Interval(0.0, 1.0))
    assert coin.log_evidence == pytest.approx(
        stats.betabinom(10, 2, 2).logpmf(2), abs=1e-5
    )


def test_a_density_too_narrow_for_the_points_is_warned_about():
    def log_joint(z):
        return stats.norm.logpdf(z, 0.123, 1e-3)

    with pytest.warns(UserWarning, match="too narrow.*more num_points, or closer"):
        exact_posterior(log_joint, Interval(0.0, 1.0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = exact_posterior(log_joint, Interval(0.1, 0.15))
    assert found.log_evidence == pytest.approx(0.0, abs=1e-6)


def test_a_posterior_beyond_the_last_point_is_warned_about():
    def log_joint(z):
        return stats.beta(0.1, 0.1).logpdf(z) + stats.binom(10, z).logpmf(0)

    for num_points in (400, 1000):
        with pytest.warns(UserWarning, match="beside the end 0 holds.*the logit"):
            exact_posterior(log_joint, Interval(0.0, 1.0, num_points))

    def of_logit(u):  # z = 1 / (1 + exp(-u)), dz/du = z (1 - z)
        log_z, log_rest = special.log_expit(u), special.log_expit(-u)
        return 0.1 * log_z + 10.1 * log_rest - special.betaln(0.1, 0.1)

    found = exact_posterior(of_logit, Interval(-np.inf, np.inf))
    expected = stats.betabinom(10, 0.1, 0.1).logpmf(0)
    assert found.log_evidence == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: exact_posterior(np.log, "coin"), "'coin' as the support of z"),
        (lambda: exact_posterior(np.log, [1, 1]), "list of different numbers"),
        (lambda: exact_posterior(np.log, {}), "empty support"),
        (lambda: exact_posterior(np.log, 0), "z=0.*1 or larger"),
        (lambda: Interval(1.0, 0.0), "low < high"),
        (lambda: Interval(0.0, np.nan), "high=nan"),
        (
            lambda: exact_posterior(lambda a, b: a + np.nan, {"a": 2, "b": 2}),
            "NaN or infinity",
        ),
        (lambda: exact_posterior(lambda z: 0 * z - np.inf, 3), "-inf everywhere"),
        (lambda: exact_posterior(lambda z: np.ones(5), 3), r"shape \(5,\).*\(3,\)"),
        (
            lambda: exact_posterior(lambda **z: 0, {k: 10_000 for k in "abc"}),
            "1e.12 points",
        ),
        (
            lambda: exact_posterior(lambda a, b: a + b, {"a": 2, "b": 2}).mean(),
            "several latents: a, b",
        ),
        (
            lambda: exact_posterior(lambda z: 0.0 * z, 2).marginal("y"),
            "no latent 'y'. It has: z",
        ),
    ],
)
def test_what_is_refused(act, message):
    with pytest.raises(ValueError, match=message):
        act()


def test_probabilities_sum_to_one():
    found = exact_posterior(lambda z: special.xlogy(2, z), Interval(0.0, 1.0))
    assert found.probabilities.sum() == pytest.approx(1.0)
    assert isinstance(found, kgen.inference.ExactPosterior)
