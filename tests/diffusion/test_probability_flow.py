"""The likelihood of the probability-flow ODE: closed forms, integrals, estimates."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import multivariate_normal

import kgen
from kgen.diffusion import DDIM, DormandPrince, RungeKutta
from kgen.diffusion.process import Process
from tests.diffusion.exact import DATA, exact, moved_gaussian

X = DATA.rvs(300, random_state=0).astype("float32")
PATHS = {
    "linear": ("linear", "noise"),
    "cosine": ("cosine", "v"),
    "sigmoid": ("sigmoid", "x0"),
    "rectified": ("rectified", "velocity"),
}
SOLVERS = {"heun": "heun", "rk4": "rk4", "adaptive": DormandPrince(1e-5, 1e-5)}


@pytest.fixture(scope="module", params=sorted(PATHS))
def model(request):
    return exact(1000, *PATHS[request.param])


def log_density(process):
    """The density of x_1 / alpha_1 if x_T is N(0, I): a linear map of it."""
    shift, matrix = moved_gaussian(process, process.num_timesteps, 1)
    shift, matrix = shift / process.alpha[1], matrix / process.alpha[1]
    return multivariate_normal(shift, matrix @ matrix.T)


@pytest.mark.parametrize("solver", sorted(SOLVERS))
def test_log_prob_is_that_of_the_flow_of_gaussian_data(model, solver):
    found = model.log_prob(X, solver=SOLVERS[solver]).numpy()
    true = log_density(model.process).logpdf(X)
    assert np.abs(found - true).mean() < 1e-3
    assert np.abs(found - true).max() < 1e-2


@pytest.mark.parametrize("path", ["cosine", "rectified"])
def test_log_prob_is_that_of_gaussian_data(path):
    """Where x_T is N(0, I) and the least noise is small beside the data."""
    found = exact(1000, *PATHS[path]).log_prob(X).numpy()
    assert np.abs(found - DATA.logpdf(X)).mean() < 1e-3


def test_the_error_falls_with_the_steps():
    model = exact(1000, *PATHS["rectified"])
    true = log_density(model.process).logpdf(X)

    def error(method, num_steps):
        found = model.log_prob(X, solver=RungeKutta(method, num_steps))
        return np.abs(found - true).mean()

    assert error("heun", 12) > 3 * error("heun", 24) > 9 * error("heun", 48)
    assert error("rk4", 4) > 10 * error("rk4", 8) > 100 * error("rk4", 16)


def test_encode_and_decode_are_the_flow_of_gaussian_data(model):
    process = model.process
    shift, matrix = moved_gaussian(process, 1, 1000)
    z = model.encode(X, solver="rk4").numpy()
    np.testing.assert_allclose(
        z, shift + process.alpha[1] * X @ matrix.T, rtol=1e-3, atol=1e-3
    )
    for solver in (RungeKutta(num_steps=50), DormandPrince()):
        back = model.decode(model.encode(X, solver=solver), solver=solver).numpy()
        np.testing.assert_allclose(back, X, rtol=1e-3, atol=1e-3)


def test_estimates_of_the_divergence_have_no_bias_and_their_standard_error():
    model = exact(200, *PATHS["cosine"])
    true = model.log_prob(X).numpy()
    found = model.ode_likelihood(X, num_probes=12, seed=0)
    error = found["log_likelihood"].numpy() - true
    stated = found["standard_error"].numpy()
    assert abs(error.mean()) < 4 * error.std() / np.sqrt(len(X))
    assert np.sqrt(np.mean(stated**2)) == pytest.approx(error.std(), rel=0.15)


def test_a_trained_density_integrates_to_1():
    keras.utils.set_random_seed(0)
    x = kgen.data.density("moons").sample(4096, seed=0)
    model = kgen.build(
        "flow-matching", (2,), hidden=(48, 48), learning_rate=5e-3, ema=0.98, seed=0
    )
    model.fit(x, batch_size=256, epochs=60, verbose=0)
    sides = np.linspace(-3.5, 4.5, 101), np.linspace(-3.5, 4.0, 101)
    grid = np.stack(np.meshgrid(*sides), axis=-1).reshape(-1, 2).astype("float32")
    cell = np.prod([side[1] - side[0] for side in sides])
    density = np.exp(model.log_prob(grid, solver=RungeKutta("heun", 30)))
    assert density.sum() * cell == pytest.approx(1.0, abs=0.01)
    # It has learned the moons: a Gaussian of their covariance is below.
    gaussian = multivariate_normal(x.mean(axis=0), np.cov(x.T))
    held_out = kgen.data.density("moons").sample(1000, seed=1)
    nats = model.log_prob(held_out).numpy().mean()
    assert nats > gaussian.logpdf(held_out).mean() + 0.2


LEVELS, PROBABILITIES = np.array([-1.0, 0.0, 1.0]), np.array([0.5, 0.2, 0.3])


class ThreeLevels(keras.layers.Layer):
    """`E[x_0 | x_t]` for a value that has one of three levels."""

    def __init__(self, process):
        super().__init__()
        self.process = process

    def call(self, x, t):
        """The mean over levels, weighted by their probabilities given x_t."""
        alpha, sigma = 1.0 - t[:, None], t[:, None]
        log_p = np.log(PROBABILITIES) - 0.5 * ((x - alpha * LEVELS) / sigma) ** 2
        return tf.reduce_sum(tf.nn.softmax(log_p) * LEVELS, axis=-1, keepdims=True)


def test_the_likelihood_of_levels_is_their_probability():
    """The bound is tight if the network is exact and the least noise is small."""
    x, t = keras.Input((1,), name="x"), keras.Input((), name="t")
    settings = {"num_timesteps": 100, "schedule": "rectified", "target": "x0"}
    network = ThreeLevels(Process("rectified", 100, "x0"))
    model = kgen.DDPM(
        keras.Model([x, t], network(x, t)),
        levels=3,
        unit_interval=True,
        seed=0,
        **settings,
    )
    data = np.repeat([[0.0], [0.5], [1.0]], 20, axis=0).astype("float32")
    found = model.ode_likelihood(data, seed=0, solver=RungeKutta("rk4", 60))
    nats = found["log_likelihood"].numpy().reshape(3, 20)
    np.testing.assert_allclose(nats.mean(axis=1), np.log(PROBABILITIES), atol=5e-3)
    assert found["standard_error"].numpy().max() < 0.05
    assert not hasattr(model, "log_prob")
    with pytest.raises(AttributeError, match="`elbo` is a lower bound"):
        _ = model.log_prob


def random_model(shape=(2,), **settings):
    """A small `DDPM` whose network is not 0."""
    keras.utils.set_random_seed(0)
    model = kgen.build("ddpm", shape, hidden=(9, 9), network="mlp", seed=0, **settings)
    rng = np.random.default_rng(0)
    for variable in model.denoiser.trainable_variables:
        variable.assign(variable + rng.normal(0.0, 0.2, variable.shape))
    return model


def test_log_prob_is_the_density_of_the_data_itself():
    """Other units change log p by the logarithm of their volume."""
    near, far = random_model(), random_model()
    near.adapt(tf.data.Dataset.from_tensor_slices(X).batch(300))
    far.adapt(tf.data.Dataset.from_tensor_slices(100 * X + 7).batch(300))
    plain = near.log_prob(X).numpy() - 2 * np.log(100)
    np.testing.assert_allclose(far.log_prob(100 * X + 7), plain, atol=2e-3)
    drawn = [
        model.ode_likelihood(x, seed=0)["log_likelihood"].numpy()
        for model, x in ((near, X), (far, 100 * X + 7))
    ]
    np.testing.assert_allclose(drawn[1], drawn[0] - 2 * np.log(100), atol=2e-3)


@pytest.mark.parametrize("kind", ["labels", "context"])
def test_log_prob_takes_a_condition(kind):
    labels = np.arange(300, dtype="int32") % 3
    if kind == "labels":
        model, given = random_model(num_classes=3), labels
        others = (given + 1) % 3
    else:
        model, given = random_model(context_shape=2), X
        others = -X
    found = model.log_prob(X, **{kind: given}).numpy()
    assert np.abs(found - model.log_prob(X, **{kind: others})).mean() > 0.01
    part = model.log_prob(X[7:9], **{kind: given[7:9]})
    np.testing.assert_allclose(part, found[7:9], rtol=1e-4, atol=1e-4)
    probes = model.ode_likelihood(X, **{kind: given}, num_probes=8, seed=0)
    error = probes["log_likelihood"].numpy() - found
    assert abs(error.mean()) < 4 * error.std() / np.sqrt(len(X)) + 1e-4
    with pytest.raises(ValueError, match=kind):
        model.log_prob(X)


def test_the_bound_stays_the_likelihood_that_is_chosen():
    """The ODE takes hundreds of gradients: whoever wants it asks for it."""
    model = random_model(num_timesteps=4)
    figures = kgen.metrics.evaluate_likelihood(model, X[:8])
    assert "elbo" in figures and "log_prob" not in figures
    assert kgen.downstream.AnomalyDetector(model).score == "elbo"
    scores = kgen.downstream.AnomalyDetector(model, "log_prob").scores(X[:8])
    np.testing.assert_allclose(scores, -model.log_prob(X[:8]), rtol=1e-5)
    first = kgen.build("vae", (3,), latent_dim=2, likelihood="gaussian", seed=0)
    both = kgen.TwoStage(first, model)
    assert "num_time_samples" in type(both).elbo.arguments
    rows = np.ones((2, 3), "float32")
    assert np.any(both.elbo(rows, seed=0) != both.elbo(rows, seed=1))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda m: m.log_prob(X, solver="euler"), "dormand_prince, heun, rk4"),
        (lambda m: m.log_prob(X, solver=DDIM()), "expects an instance of"),
        (lambda m: m.log_prob(X, solver=None), "expects an instance of"),
        (lambda m: m.ode_likelihood(X, num_probes=1), "num_probes=1"),
        (lambda m: m.ode_likelihood(X, num_probes="a"), "num_probes='a'"),
        (lambda m: m.encode(X, sampler="ddim", solver="rk4"), "Pass one"),
        (lambda m: m.decode(X, sampler=DDIM(4), solver="rk4"), "Pass one"),
        (lambda m: m.decode(X, solver="euler"), "dormand_prince, heun, rk4"),
        (lambda m: m.log_prob(X, labels=np.zeros(300, int)), "no classes"),
    ],
)
def test_nonsense_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call(random_model(num_timesteps=4))
