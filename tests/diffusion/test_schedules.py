"""Schedules against their formulas, and the forward process against itself."""

import numpy as np
import pytest

import kgen
from kgen.core.scaling import NoScaling
from kgen.diffusion import schedules
from kgen.diffusion.bound import Bound
from kgen.diffusion.process import Process

PRESERVING = ("linear", "cosine", "sigmoid")


@pytest.mark.parametrize("name", PRESERVING)
@pytest.mark.parametrize("steps", [1, 2, 10, 100, 1000, 4000])
def test_variance_is_preserved_and_noise_grows(name, steps):
    alpha, sigma = schedules.get(name).alphas_and_sigmas(steps)
    assert alpha[0] == 1 and sigma[0] == 0
    np.testing.assert_allclose(alpha**2 + sigma**2, 1.0, rtol=1e-12)
    assert np.all(np.diff(sigma) > 0) and np.all(alpha > 0)


def test_linear_is_that_of_the_paper():
    beta = np.linspace(1e-4, 0.02, 1000)
    alpha, sigma = schedules.Linear().alphas_and_sigmas(1000)
    np.testing.assert_allclose(alpha[1:] ** 2, np.cumprod(1 - beta), rtol=1e-10)
    # What is lost where 1 - alpha_bar is formed in float32.
    np.testing.assert_allclose(sigma[1] ** 2, 1e-4, rtol=1e-12)
    # As good as noise also after fewer steps.
    for steps in (50, 100, 4000):
        assert schedules.Linear().alphas_and_sigmas(steps)[0][-1] < 0.01


def test_cosine_is_that_of_the_paper():
    t = np.arange(1, 1000) / 1000
    curve = np.cos((t + 0.008) / 1.008 * np.pi / 2) ** 2
    expected = curve / np.cos(0.008 / 1.008 * np.pi / 2) ** 2
    alpha, _ = schedules.Cosine().alphas_and_sigmas(1000)
    np.testing.assert_allclose(alpha[1:1000] ** 2, expected, rtol=1e-9)


def test_sigmoid_is_a_logistic_curve():
    alpha, _ = schedules.Sigmoid(-3, 3, 1.0).alphas_and_sigmas(600)
    curve = 1 / (1 + np.exp(3 - 6 * np.arange(600) / 600))
    low, high = 1 / (1 + np.exp(3)), 1 / (1 + np.exp(-3))
    expected = (high - curve) / (high - low)
    np.testing.assert_allclose(alpha[:600] ** 2, expected, rtol=1e-9)


def test_rectified_is_a_straight_line():
    alpha, sigma = schedules.Rectified().alphas_and_sigmas(4)
    assert alpha.tolist() == [1, 0.75, 0.5, 0.25, 0]
    assert sigma.tolist() == [0, 0.25, 0.5, 0.75, 1]


@pytest.mark.parametrize("name", PRESERVING)
def test_what_is_left_of_the_data_is_below_a_thousandth_of_a_bit(name):
    for steps in (1, 2, 10, 1000):
        bound = Bound(Process(name, steps, "v"), "beta", None, NoScaling())
        # The largest images in the units of the network are all -1 or 1.
        nats = bound.prior(np.ones((1, 8, 8, 1), "float32")).numpy()
        assert 0 <= kgen.metrics.bits_per_dimension(-nats[0], (8, 8, 1)) < 1e-3


@pytest.mark.parametrize("name", sorted(schedules.SCHEDULES))
def test_posterior_and_forward_step_agree(name):
    """q(x_s | x_0) q(x_t | x_s) = q(x_t | x_0) q(x_s | x_t, x_0): as covariances."""
    process = Process(name, 50, "v")
    steps = (np.arange(0, 49), np.arange(1, 50))
    for s, t in (steps, (np.array([3, 0, 20]), np.array([30, 45, 50]))):
        alpha, variance = process.forward(s, t)
        keep, data, left = process.posterior(s, t)
        np.testing.assert_allclose(
            alpha**2 * process.sigma[s] ** 2 + variance, process.sigma[t] ** 2
        )
        np.testing.assert_allclose(
            keep * process.alpha[t] + data, process.alpha[s], atol=1e-12
        )
        # Bayes: precisions of x_s given x_0 and of x_s given x_t add up.
        inside = s > 0
        precision = 1 / process.sigma[s][inside] ** 2
        precision += (alpha**2 / variance)[inside]
        np.testing.assert_allclose(1 / left[inside], precision)


@pytest.mark.parametrize("name", sorted(schedules.SCHEDULES))
def test_largest_variance_is_right_for_noise(name):
    """Var(x_s | x_t) if x_0 is N(0, I), from covariances."""
    process = Process(name, 50, "v")
    s, t = np.arange(0, 50), np.arange(1, 51)
    variance = process.alpha**2 + process.sigma**2
    share = process.alpha[t] / process.alpha[s]
    expected = variance[s] - (share * variance[s]) ** 2 / variance[t]
    np.testing.assert_allclose(np.exp(process.log_variances(s, t)[1]), expected)


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        ("lineal", "linear"),
        (3, "kgen.diffusion.schedules.Schedule"),
        (None, "one of: cosine, linear"),
    ],
)
def test_unknown_schedules_are_named(schedule, said):
    with pytest.raises(ValueError, match=said):
        schedules.get(schedule)


def test_a_schedule_may_end_with_next_to_nothing_of_the_data():
    process = Process(schedules.Linear(end=0.2), 1000, "v")
    assert 0 < process.alpha[-1] < 1e-20
    with pytest.raises(ValueError, match="ends in pure noise"):
        Process(schedules.Linear(end=0.2), 1000, "noise")


def test_settings_that_make_no_schedule():
    with pytest.raises(ValueError, match="start below end"):
        schedules.Sigmoid(3, -3)
    with pytest.raises(ValueError, match="says nothing about x_0"):
        Process("rectified", 10, "noise")
    with pytest.raises(ValueError, match="num_timesteps"):
        Process("linear", 0, "noise")
    with pytest.raises(ValueError, match="Linear gives alpha .* more noise at each t"):
        Process(schedules.Linear(start=0.0), 10, "noise")
