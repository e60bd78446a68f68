"""log Z by annealed importance sampling, against integrals that are known."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import special, stats

import kgen
from kgen.energy.annealing import Path, annealed, hamiltonian_move, ladder, log_mean_exp
from kgen.energy.spaces import Cube, Everywhere
from tests.energy.known import CENTRES, PRECISION, TILT, mixture, quadratic, tilted


def test_a_ladder_rises_from_0_to_1_and_is_fine_at_its_ends():
    betas = ladder(50)
    assert betas.shape == (51,)
    np.testing.assert_allclose(betas[[0, -1]], [0.0, 1.0], atol=1e-15)
    steps = np.diff(betas)
    assert np.all(steps > 0) and steps[0] < steps[25] / 10
    np.testing.assert_allclose(steps, steps[::-1])


def test_the_mean_weight_is_that_of_scipy():
    log_weights = np.random.default_rng(0).normal(-900.0, 1.0, 40)
    value, error, effective = log_mean_exp(log_weights)
    assert value == pytest.approx(special.logsumexp(log_weights) - np.log(40))
    weights = np.exp(log_weights + 900.0)
    assert error == pytest.approx(stats.sem(weights) / weights.mean())
    assert effective == pytest.approx(weights.sum() ** 2 / (weights**2).sum())


def moved(path, y, b, count):
    """Points after some moves at b."""

    def step(k, y):
        key = tf.stack([tf.constant(7, tf.int64), tf.cast(k, tf.int64)])
        return k + 1, hamiltonian_move(path, y, b, 0.4, 3, key)[0]

    run = tf.function(
        lambda y: tf.while_loop(lambda k, _: k < count, step, (0, y))[1],
        autograph=False,
    )
    return run(tf.constant(y, tf.float32)).numpy()


@pytest.mark.parametrize("b", [0.0, 0.3, 1.0])
def test_moves_between_walls_have_the_density_of_a_truncated_exponential(b):
    space = Cube((1, 1, 1))
    path = Path(
        lambda y: 3.0 * tf.reshape(y, [-1]), space.log_prob_of_start, space.inside
    )
    y = moved(path, np.full((2000, 1, 1, 1), 0.9), b, 60).ravel()
    rate = max(3.0 * b, 1e-6)
    exact = stats.truncexpon(2.0 * rate, loc=-1.0, scale=1.0 / rate)
    assert stats.kstest(y, exact.cdf).pvalue > 1e-3


def test_moves_of_a_gaussian_have_its_variance_at_every_temperature():
    space = Everywhere((1,))
    path = Path(lambda y: 2.0 * y[:, 0] ** 2, space.log_prob_of_start, space.inside)
    for b in (0.0, 0.5, 1.0):
        y = moved(path, np.full((2000, 1), 3.0), b, 60)[:, 0]
        # The precision is 1 - b of the start plus b times 4 of the energy.
        exact = stats.norm(scale=(1.0 + 3.0 * b) ** -0.5)
        assert stats.kstest(y, exact.cdf).pvalue > 1e-3


def brackets(found, exact):
    """Both bounds agree with the exact number within four standard errors."""
    assert abs(found.value - exact) < 4 * found.error
    assert abs(found.upper - exact) < 4 * found.upper_error
    assert max(found.error, found.upper_error) < 0.1
    assert 0.6 < found.acceptance < 0.95
    return True


def test_bounds_bracket_the_integral_of_a_gaussian():
    model = kgen.EnergyModel(quadratic(), num_chains=4)
    covariance = np.linalg.inv(PRECISION)
    exact = 0.5 * np.linalg.slogdet(2.0 * np.pi * covariance)[1]
    draws = np.random.default_rng(0).multivariate_normal([0, 0], covariance, 200)
    found = model.log_normalizer(200, 200, seed=0, draws=draws)
    assert brackets(found, exact)
    # The same by log p(x), which SciPy has, too.
    expected = stats.multivariate_normal(cov=covariance).logpdf(draws[:5])
    shift = found.value - exact
    np.testing.assert_allclose(model.log_prob(draws[:5]), expected - shift, atol=1e-4)


@pytest.mark.slow
def test_bounds_bracket_the_integral_of_two_gaussians():
    model = kgen.EnergyModel(mixture(), num_chains=4)
    exact = np.log(2.0) + np.log(2.0 * np.pi)
    rng = np.random.default_rng(0)
    draws = np.array(CENTRES)[rng.integers(2, size=300)] + rng.normal(size=(300, 2))
    assert brackets(model.log_normalizer(300, 200, seed=0, draws=draws), exact)


@pytest.mark.slow
def test_bounds_bracket_an_integral_over_a_cube():
    model = kgen.EnergyModel(tilted(), num_chains=4)
    # E = sum of a (2 x - 1): each value has the integral sinh(a) / a over x in 0..1.
    exact = np.sum(np.log(np.sinh(TILT) / TILT))
    u = np.random.default_rng(0).uniform(size=(200, len(TILT)))
    y = -np.log(np.exp(TILT) - u * (np.exp(TILT) - np.exp(-TILT))) / TILT
    draws = ((y + 1.0) / 2.0).reshape(-1, 2, 3, 1)
    assert brackets(model.log_normalizer(200, 200, seed=0, draws=draws), exact)


def test_single_runs_of_few_steps_are_bounds_in_the_mean():
    space = Everywhere((1,))
    path = Path(lambda y: 8.0 * y[:, 0] ** 2, space.log_prob_of_start, space.inside)
    exact = 0.5 * np.log(2.0 * np.pi / 16.0)
    rng = np.random.default_rng(0)
    betas, sizes, key = ladder(3), tf.fill([3], 0.3), tf.constant([1, 2], tf.int64)
    for back, scale in ((False, 1.0), (True, 0.25)):
        y = tf.constant(rng.normal(0.0, scale, (4000, 1)), tf.float32)
        log_weights, _, _ = annealed(path, y, key, betas, sizes, 2, back=back)
        sign = -1.0 if back else 1.0  # The weights back have the mean 1 / Z.
        value, error, _ = log_mean_exp(log_weights)
        assert abs(sign * value - exact) < 4 * error < 0.2
        # By Jensen's inequality, and here by far.
        bound, error = sign * np.mean(log_weights), stats.sem(log_weights)
        assert sign * (exact - bound) > 10 * error


def test_a_seed_repeats_an_estimate_and_none_takes_the_next():
    model = kgen.EnergyModel(quadratic(), num_chains=4, seed=0)
    first, again, after = (
        model.log_normalizer(4, 1, 1, seed=seed).value for seed in (1, 1, None)
    )
    assert first == again != after


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"num_runs": 1}, "num_runs=1, but expects an int, 2 or larger"),
        ({"num_temperatures": 0}, "num_temperatures=0"),
        ({"num_leapfrog": 2.5}, "num_leapfrog=2.5"),
        ({"seed": -1}, "seed=-1"),
        ({"draws": np.zeros((3, 5))}, "draws"),
        ({"draws": np.zeros((1, 2))}, "the number of draws=1"),
        ({"draws": np.full((3, 2), np.nan)}, "draws.*NaN"),
    ],
)
def test_an_estimate_refuses_what_makes_no_sense(given, message):
    model = kgen.EnergyModel(quadratic(), num_chains=4)
    with pytest.raises(ValueError, match=message):
        model.log_normalizer(**given)
    assert not hasattr(model, "log_prob")


def test_an_estimate_that_is_not_finite_is_an_error():
    network = quadratic()
    network.set_weights([np.full((2, 2), np.nan)])
    with pytest.raises(FloatingPointError, match="found nan"):
        kgen.EnergyModel(network, num_chains=4).log_normalizer(4, 3, seed=0)
    draws = np.full((4, 2), 1e20, "float32")
    with pytest.raises(FloatingPointError, match="upper estimate, from the draws"):
        kgen.EnergyModel(quadratic(), num_chains=4).log_normalizer(4, 3, draws=draws)


def test_log_z_is_kept_until_the_next_training(tmp_path):
    model = kgen.EnergyModel(quadratic(), num_chains=4, num_steps=1, seed=0)
    model.compile("adam")
    with pytest.raises(AttributeError, match="Call log_normalizer"):
        model.log_prob(np.zeros((1, 2)))
    found = model.log_normalizer(4, 3, seed=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    x = np.ones((3, 2), "float32")
    np.testing.assert_allclose(loaded.log_prob(x), -model.energy(x) - found.value)
    np.testing.assert_array_equal(loaded.log_prob(x), model.log_prob(x))
    loaded.fit(x, verbose=0)
    assert not hasattr(loaded, "log_prob") and hasattr(model, "log_prob")
