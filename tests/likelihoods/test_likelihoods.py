"""Likelihoods: normalised, with all constants, and sampled as they say."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from kgen import likelihoods
from kgen.core.random import row_keys
from kgen.likelihoods import (
    Bernoulli,
    Categorical,
    DiscretizedGaussian,
    DiscretizedLogistic,
    Gaussian,
    LearnedGaussian,
)

ALL = [
    Bernoulli(),
    Gaussian(0.3),
    LearnedGaussian(),
    Categorical(5),
    DiscretizedLogistic(5),
]
DISCRETE = [(Bernoulli(), 2), (Categorical(5), 5), (DiscretizedLogistic(5), 5)]
RNG = np.random.default_rng(0)


def name(value):
    return type(value).__name__ if isinstance(value, likelihoods.Likelihood) else ""


def parameters_for(likelihood, rows=1, shape=(1, 1, 1), scale=1.0):
    *size, channels = shape
    size = (rows, *size, channels * likelihood.num_parameters)
    return (scale * RNG.normal(size=size)).astype("float32")


@pytest.mark.parametrize(("likelihood", "levels"), DISCRETE, ids=name)
def test_probabilities_of_all_levels_sum_to_one(likelihood, levels):
    for scale in (0.1, 1.0, 5.0):
        parameters = np.repeat(parameters_for(likelihood, scale=scale), levels, axis=0)
        x = np.linspace(0, 1, levels, dtype="float32").reshape(levels, 1, 1, 1)
        total = np.sum(np.exp(likelihood.log_prob(parameters, x)))
        assert total == pytest.approx(1.0, abs=1e-5)
        # The mean is that of these probabilities.
        mean = np.sum(np.exp(likelihood.log_prob(parameters, x)) * x[:, 0, 0, 0])
        found = likelihood.mean(parameters).numpy()
        assert found[0, 0, 0, 0] == pytest.approx(mean, abs=1e-5)


@pytest.mark.parametrize("likelihood", ALL, ids=name)
def test_values_of_an_example_add_up(likelihood):
    shape = (2, 3, 2)
    parameters = tf.constant(parameters_for(likelihood, 4, shape))
    x = RNG.integers(0, 2, (4, *shape)).astype("float32")
    total = likelihood.log_prob(parameters, x)
    assert total.shape == (4,)
    assert likelihood.mean(parameters).shape == x.shape
    # Changing one value changes its own term alone.
    other = x.copy()
    other[:, 0, 0, 0] = 1 - other[:, 0, 0, 0]
    change = likelihood.log_prob(parameters, other) - total
    elsewhere = x.copy()
    elsewhere[:, 1, 2, 1] = 1 - elsewhere[:, 1, 2, 1]
    both = elsewhere.copy()
    both[:, 0, 0, 0] = other[:, 0, 0, 0]
    again = likelihood.log_prob(parameters, both)
    again -= likelihood.log_prob(parameters, elsewhere)
    np.testing.assert_allclose(change, again, rtol=1e-3, atol=1e-3)


def test_gaussian_keeps_its_constant():
    x, mean = 0.7, 0.4
    expected = stats.norm(mean, 0.3).logpdf(x)
    found = Gaussian(0.3).log_prob(np.full((1, 1), mean, "f"), np.full((1, 1), x, "f"))
    assert float(found[0]) == pytest.approx(expected, rel=1e-5)


def test_learned_gaussian_takes_mean_and_log_variance():
    parameters = np.array([[0.4, 0.1, -2.0, -1.0]], "float32")
    x = np.array([[0.5, 0.9]], "float32")
    stddev = np.exp(np.array([-2.0, -1.0]) / 2)
    expected = np.sum(stats.norm([0.4, 0.1], stddev).logpdf(x))
    # The floor is smooth, and e^-6 of it is left at -2.
    found = LearnedGaussian().log_prob(parameters, x)
    assert float(found[0]) == pytest.approx(expected, rel=5e-3)


def test_learned_gaussian_cannot_collapse():
    parameters = np.array([[0.5, -1e4]], "float32")
    density = LearnedGaussian(-8.0).log_prob(parameters, np.array([[0.5]], "float32"))
    expected = stats.norm(0, np.exp(-4.0)).logpdf(0.0)
    assert float(density[0]) == pytest.approx(expected, rel=1e-4)


def test_bernoulli_is_the_negative_cross_entropy():
    logits = np.array([[-1.0, 0.0, 3.0]], "float32")
    x = np.array([[0.0, 1.0, 1.0]], "float32")
    p = 1 / (1 + np.exp(-logits))
    expected = np.sum(np.log(np.where(x == 1, p, 1 - p)))
    assert float(Bernoulli().log_prob(logits, x)[0]) == pytest.approx(expected, 1e-5)


DISCRETIZED = [(DiscretizedLogistic, stats.logistic), (DiscretizedGaussian, stats.norm)]


@pytest.mark.parametrize(("likelihood", "density"), DISCRETIZED)
def test_discretized_density_is_the_mass_of_its_bins(likelihood, density):
    """P(k) = F(k + 1/2) - F(k - 1/2), the outermost bins open."""
    loc, scale, top = 0.3, 0.2, 4
    parameters = np.tile([[loc, np.log(scale)]], (5, 1)).astype("float32")
    x = np.arange(5, dtype="float32")[:, None] / top
    edges = np.concatenate([[-np.inf], np.arange(4) + 0.5, [np.inf]]) / top
    expected = np.diff(density(loc, scale).cdf(edges))
    found = np.exp(likelihood(5).log_prob(parameters, x))
    np.testing.assert_allclose(found, expected, rtol=1e-4)


@pytest.mark.parametrize("likelihood", [DiscretizedLogistic, DiscretizedGaussian])
@pytest.mark.parametrize("loc", [-3.0, 0.5, 4.0])
def test_discretized_density_stays_finite_far_from_its_bins(loc, likelihood):
    parameters = tf.constant([[loc, -9.0]] * 256)
    x = tf.linspace(0.0, 1.0, 256)[:, None]
    with tf.GradientTape() as tape:
        tape.watch(parameters)
        values = likelihood().log_prob(parameters, x)
    assert np.all(np.isfinite(values))
    assert np.all(np.isfinite(tape.gradient(values, parameters)))


@pytest.mark.parametrize("likelihood", ALL, ids=name)
def test_samples_have_the_mean_and_depend_on_their_key_alone(likelihood):
    parameters = np.repeat(parameters_for(likelihood, shape=(2,)), 3000, axis=0)
    keys = row_keys(np.arange(3000))
    sample = tf.function(likelihood.sample, reduce_retracing=True)
    draws = sample(parameters, keys).numpy()
    assert draws.shape == (3000, 2)
    error = draws.std(axis=0) / np.sqrt(3000)
    mean = likelihood.mean(parameters[:1]).numpy()[0]
    assert np.all(np.abs(draws.mean(axis=0) - mean) < 4 * error + 1e-6)
    again = sample(parameters[5:8], keys[5:8])
    assert np.array_equal(again, draws[5:8])
    if likelihood.discrete:
        assert likelihood.covers(draws)


def test_frequencies_of_samples_are_their_probabilities():
    likelihood = DiscretizedLogistic(4)
    parameters = np.repeat([[0.4, np.log(0.3)]], 4000, axis=0).astype("float32")
    sample = tf.function(likelihood.sample)
    draws = sample(parameters, row_keys(np.arange(4000))).numpy()
    counts = np.bincount(np.round(3 * draws[:, 0]).astype(int), minlength=4)
    x = np.arange(4, dtype="float32")[:, None] / 3
    probabilities = np.exp(np.float64(likelihood.log_prob(parameters[:4], x)))
    expected = 4000 * probabilities / probabilities.sum()
    assert stats.chisquare(counts, expected).pvalue > 1e-3


def test_covers_tells_what_data_a_probability_is_for():
    grey = np.array([[0.0, 0.5, 1.0]])
    assert not Bernoulli().covers(grey)
    assert Bernoulli().covers(np.round(grey))
    assert Categorical(3).covers(grey) and Categorical(17).covers(grey)
    assert not Categorical(4).covers(grey)


def test_get_takes_names_levels_and_instances():
    assert likelihoods.get("categorical", levels=17).levels == 17
    instance = Gaussian(0.2)
    assert likelihoods.get(instance) is instance
    with pytest.raises(ValueError, match="'poisson'.*bernoulli, categorical"):
        likelihoods.get("poisson")
    with pytest.raises(ValueError, match="levels was given.*'bernoulli'"):
        likelihoods.get("bernoulli", levels=17)
    with pytest.raises(ValueError, match="stddev was given"):
        likelihoods.get(instance, stddev=0.1)


def test_categorical_layout_with_several_channels():
    """Values x levels side by side, channel by channel: against plain NumPy."""
    parameters = RNG.normal(size=(2, 3, 2, 3 * 4)).astype("float32")
    x = RNG.integers(0, 4, (2, 3, 2, 3))
    logits = parameters.reshape(2, 3, 2, 3, 4)
    log_p = logits - np.log(np.sum(np.exp(logits), axis=-1, keepdims=True))
    expected = np.take_along_axis(log_p, x[..., None], -1).sum(axis=(1, 2, 3, 4))
    likelihood = Categorical(4)
    found = likelihood.log_prob(tf.constant(parameters), (x / 3).astype("float32"))
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    mean = np.sum(np.exp(log_p) * np.arange(4), axis=-1) / 3
    np.testing.assert_allclose(likelihood.mean(tf.constant(parameters)), mean, 1e-4)


@pytest.mark.parametrize("likelihood", ALL, ids=name)
def test_quantiles_of_uniform_numbers_are_draws(likelihood):
    """On an even grid of u the values are distributed as `distribution` says."""
    channels, count = 2, 4000
    parameters = parameters_for(likelihood, shape=(channels,))
    rows = tf.repeat(parameters, count, axis=0)
    u = (np.arange(count)[:, None] + np.array([[0.5, 0.5]])) / count
    found = likelihood.quantile(rows, tf.constant(u, tf.float32)).numpy()
    assert found.shape == (count, channels) and found.dtype == np.float32
    assert np.all(np.diff(found, axis=0) >= 0)
    support = np.asarray(likelihood.to_support(found), "float64")
    given = likelihood.distribution(tf.constant(parameters))
    for channel in range(channels):
        values, counts = np.unique(support[:, channel], return_counts=True)
        if likelihood.discrete:
            every = np.repeat(values[:, None], channels, 1).astype("float32")
            probability = np.exp(given.log_prob(every))[:, channel]
            np.testing.assert_allclose(counts / count, probability, atol=2 / count)
        else:
            cdf = given.cdf(found)[:, channel]
            np.testing.assert_allclose(cdf, u[:, channel], atol=1e-4)


def test_temperature_of_quantiles():
    """p^(1/T), normalised, of what has a few values or is normal."""
    u = tf.constant(np.linspace(0.0005, 0.9995, 2000)[:, None], tf.float32)
    logits = np.array([[0.3, -1.0, 0.8]], "float32")
    level = Categorical(3).quantile(tf.repeat(logits, 2000, 0), u, 0.5).numpy()
    shares = [np.mean(np.isclose(level, k / 2)) for k in range(3)]
    expected = np.exp(logits[0] / 0.5) / np.exp(logits[0] / 0.5).sum()
    np.testing.assert_allclose(shares, expected, atol=1e-3)
    ones = Bernoulli().quantile(tf.fill([2000, 1], 0.7), u, 2.0)
    assert np.mean(ones) == pytest.approx(1 / (1 + np.exp(-0.35)), abs=1e-3)
    normal = Gaussian(0.3).quantile(tf.zeros([2000, 1]), u, 0.25)
    assert np.std(normal) == pytest.approx(0.15, rel=0.01)
    parameters = np.repeat(np.array([[1.0, 0.4]], "float32"), 2000, axis=0)
    wide = LearnedGaussian().quantile(parameters, u, 4.0)
    assert np.std(wide) == pytest.approx(2 * np.exp(0.2), rel=0.01)


def test_edges_of_quantiles():
    """u of 0 and just below 1 give values that are possible."""
    u = tf.constant([[0.0], [np.nextafter(np.float32(1), np.float32(0))]])
    logits = tf.constant([[-200.0, 0.0, -200.0]] * 2)
    np.testing.assert_array_equal(Categorical(3).quantile(logits, u), [[0.5], [0.5]])
    bins = DiscretizedLogistic(5).quantile(tf.constant([[0.5, 0.0]] * 2), u)
    np.testing.assert_array_equal(bins, [[0.0], [1.0]])
    certain = Bernoulli().quantile(tf.constant([[-200.0], [200.0]]), u)
    np.testing.assert_array_equal(certain, [[0.0], [1.0]])


@pytest.mark.parametrize("log_var", [-1e30, -7.0, 0.0, 30.0, 177.0, 180.0, 1e30])
def test_learned_gaussian_is_exact_over_the_range_of_float32(log_var):
    """Against float64, gradients too: its deviation need not be a float32."""
    for x in (0.5, -1e3, 3e18):
        if log_var < 20 and abs(x) > 1e6:
            continue  # Beyond the range: -1e36 and less.
        parameters = tf.constant([[0.0, log_var]])
        with tf.GradientTape() as tape:
            tape.watch(parameters)
            found = LearnedGaussian().log_prob(parameters, tf.constant([[x]]))
        bounded = -8.0 + np.logaddexp(0.0, np.float64(log_var) + 8.0)
        squared = np.float64(x) ** 2 * np.exp(-bounded)
        exact = -0.5 * (squared + bounded + np.log(2 * np.pi))
        assert float(found[0]) == pytest.approx(exact, rel=1e-5)
        by_mean, by_log_var = tape.gradient(found, parameters).numpy()[0]
        assert by_mean == pytest.approx(x * np.exp(-bounded), rel=1e-4, abs=1e-37)
        slope = 1 / (1 + np.exp(np.minimum(-8.0 - np.float64(log_var), 700)))
        assert by_log_var == pytest.approx(0.5 * (squared - 1) * slope, 1e-4, 1e-30)


@pytest.mark.parametrize("likelihood", [Categorical(5), DiscretizedLogistic(5)])
def test_values_count_as_the_nearest_level(likelihood):
    x = np.array([[-0.3, 0.1, 0.13, 0.6, 1.4]], "float32")
    np.testing.assert_allclose(likelihood.nearest(x), [[0, 0, 0.25, 0.5, 1]])
    parameters = parameters_for(likelihood, shape=(5,))
    found = likelihood.log_prob(parameters, x)
    assert np.array_equal(found, likelihood.log_prob(parameters, likelihood.nearest(x)))
