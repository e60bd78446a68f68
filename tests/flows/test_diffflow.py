"""DiffFlow: linear processes have exact densities, and bounds on them are known."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import linalg, stats

import kgen
from tests import choice

X = np.random.default_rng(1).normal(size=(6, 2)).astype("float32")
SMALL = {"hidden": (8,), "num_steps": 4, "seed": 0, "jit_compile": False}
DRIFT = np.float64([[-0.5, 0.4], [-0.2, 0.3]])
SCORE = np.float64([[-0.8, 0.1], [0.0, -0.6]])


def field(matrix):
    """The network `A x`."""
    size = len(matrix)
    x, t = keras.Input((size,), name="x"), keras.Input((), name="t")
    layer = keras.layers.Dense(size, use_bias=False)
    model = keras.Model([x, t], layer(x))
    layer.set_weights([np.float32(matrix).T])
    return model


def linear(num_steps, first, last, drift=DRIFT, score=SCORE):
    """A model whose processes are linear."""
    return kgen.DiffFlow(field(drift), field(score), num_steps, first, last, seed=0)


def covariance(num_steps, first, last):
    """That of x_0 by the second process, from N(0, I)."""
    found, size = np.eye(2), 1.0 / num_steps
    for g in np.geomspace(first, last, num_steps)[::-1]:
        matrix = np.eye(2) - size * (DRIFT - g**2 * SCORE)
        found = matrix @ found @ matrix.T + size * g**2 * np.eye(2)
    return found


def exact_elbo(x, num_steps, first, last):
    """The mean of the bound over paths, by moments of the Gaussian x_k."""
    size, mean, spread = 1.0 / num_steps, np.float64(x), np.zeros((2, 2))
    total = 0.0
    for g in np.geomspace(first, last, num_steps):
        forth = np.eye(2) + size * DRIFT
        matrix = np.eye(2) - size * (DRIFT - g**2 * SCORE)
        # x_k - M x_{k+1} is `rest x_k - M sqrt(h) g e`.
        rest = np.eye(2) - matrix @ forth
        moved = mean @ rest.T
        square = (moved**2).sum(1) + np.trace(rest @ spread @ rest.T)
        square = square / (size * g**2) + np.sum(matrix**2)
        total = total + 0.5 * (2.0 - square)
        mean = mean @ forth.T
        spread = forth @ spread @ forth.T + size * g**2 * np.eye(2)
    squares = (mean**2).sum(1) + np.trace(spread)
    return total - 0.5 * squares - np.log(2 * np.pi)


@choice.parametrize("setting", [(5, 0.5, 1.5), (3, 1.0, 0.6)], 1)
def test_bounds_of_linear_processes_are_those_of_gaussians(setting):
    model = linear(*setting)
    exact = stats.multivariate_normal(np.zeros(2), covariance(*setting)).logpdf(X)
    rows = np.repeat(X, 2000, axis=0)
    found = model.elbo(rows, seed=0).numpy().reshape(6, 2000)
    error = found.std(1) / 2000**0.5
    assert np.all(np.abs(found.mean(1) - exact_elbo(X, *setting)) < 4.5 * error)
    assert np.all(exact_elbo(X, *setting) < exact)
    tight = model.iwae_bound(X, num_samples=1000, seed=0)
    np.testing.assert_allclose(tight, exact, atol=0.15)
    draws = model.sample(20_000, seed=0)
    scale = covariance(*setting).max()
    np.testing.assert_allclose(
        np.cov(np.transpose(draws)), covariance(*setting), atol=0.05 * scale
    )


def test_a_reversible_process_has_a_bound_without_a_gap():
    """Of `x' = a x + sqrt(h) g e` in its stationary state, the way back is the same."""
    steps, g = 10, 1.0
    model = linear(steps, g, g, drift=-0.5 * np.eye(2), score=-np.eye(2))
    scale = 1.0 / (1.0 - (1.0 - 0.5 / steps) ** 2) / steps
    bound = model.elbo(X, seed=0) - tf.constant(stats.norm.logpdf(X).sum(1), tf.float32)
    # What remains is that x_0 and x_N have the variance `scale`, not 1.
    path = model.elbo(np.repeat(X, 3000, 0), seed=0).numpy().reshape(6, 3000)
    of_process = stats.norm(0, scale**0.5).logpdf(X).sum(1)
    last_mean = X * (1.0 - 0.5 / steps) ** steps
    last_variance = scale * (1.0 - (1.0 - 0.5 / steps) ** (2 * steps))
    square = (last_mean**2).sum(1) + 2 * last_variance
    gap = -0.5 * square * (1.0 - 1.0 / scale) + np.log(scale)
    np.testing.assert_allclose(path.mean(1), of_process + gap, atol=2e-3)
    assert np.abs(bound).max() < 0.1


def test_with_little_noise_the_bound_is_the_density_of_a_continuous_flow():
    model = linear(400, 0.05, 0.05, score=0.0 * SCORE)
    flow = kgen.ContinuousFlow(field(DRIFT), seed=0)
    whole = linalg.expm(DRIFT)
    exact = stats.norm.logpdf(X @ whole.T).sum(1) + np.trace(DRIFT)
    np.testing.assert_allclose(flow.log_prob(X), exact, rtol=1e-4)
    paths = model.elbo(np.repeat(X, 300, axis=0), seed=0).numpy().reshape(6, 300)
    np.testing.assert_allclose(paths.mean(1), exact, atol=0.02)


def shaken(model, scale=0.3):
    """The model with noise on all weights, adapted."""
    rng = np.random.default_rng(0)
    for variable in model.trainable_variables:
        variable.assign_add(scale * rng.normal(size=variable.shape))
    model.scaling.adapted.assign(1.0)
    return model


@pytest.mark.slow
def test_draws_follow_the_bounded_density():
    """The density of cells by tight bounds, and how many draws fall in them."""
    model = shaken(kgen.build("diffflow", (1,), first_noise=0.5, **SMALL))
    x = (np.arange(-6.0, 6.0, 0.1) + 0.05).astype("float32")[:, None]
    density = np.exp(np.float64(model.iwae_bound(x, num_samples=500, seed=0))) * 0.1
    assert abs(density.sum() - 1.0) < 0.02
    draws = model.sample(20_000, seed=0).numpy()[:, 0]
    found, _ = np.histogram(draws, bins=np.linspace(-6.0, 6.0, 25))
    expected = density.reshape(24, 5).sum(1)
    assert np.abs(found / 20_000 - expected).max() < 0.015


def test_training_raises_the_bound_and_rows_depend_on_their_seed_alone():
    keras.utils.set_random_seed(0)
    x = kgen.data.density("moons").sample(2048, seed=0)
    settings = {**SMALL, "hidden": (16,), "num_steps": 8, "learning_rate": 1e-2}
    model = kgen.build("diffflow", (2,), **settings)
    losses = model.fit(x, batch_size=128, epochs=8, verbose=0).history["loss"]
    assert losses[-1] < losses[0] - 0.3
    seeds = kgen.core.random.row_seeds(0, 5)
    drawn = model.sample(5, seed=0)
    np.testing.assert_allclose(model.sample(seed=seeds[3:4]), drawn[3:4], atol=1e-5)
    bound = model.elbo(x[:5], seed=0)
    found = model.elbo(x[3:4], seed=seeds[3:4])
    np.testing.assert_allclose(found, bound[3:4], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("sizes", [{"num_classes": 3}, {"context_shape": 2}])
def test_conditions_change_the_bound(sizes):
    model = shaken(kgen.build("diffflow", (2,), **SMALL, **sizes))
    kind, values = "labels", np.int32([2, 0])
    if "context_shape" in sizes:
        kind, values = "context", np.float32([[1.0, -2.0], [0.0, 1.0]])
    first, second = model.elbo(
        np.zeros((2, 2), "float32"), **{kind: values}, seed=[1, 1]
    )
    assert abs(first - second) > 1e-3
    assert np.all(np.isfinite(model.sample(**{kind: values}, seed=0)))


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: kgen.build("diffflow", (4, 4, 1)), "is for vectors"),
        (lambda: kgen.build("diffflow", (2,), num_steps=0), "num_steps=0"),
        (lambda: kgen.build("diffflow", (2,), first_noise=0.0), "first_noise=0.0"),
        (lambda: kgen.build("diffflow", (2,), last_noise="a"), "last_noise='a'"),
        (lambda: kgen.DiffFlow(field(DRIFT), field(np.eye(3))), "has shape (3,)"),
    ],
)
def test_what_does_not_fit_is_refused(build, words):
    with pytest.raises(ValueError) as error:
        build()
    assert words in str(error.value)
