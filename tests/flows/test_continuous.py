"""Continuous flows: closed forms of linear fields, exact traces, densities of 1."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import linalg, stats

import kgen
from kgen.core.divergence import axes_like, jacobian_terms
from kgen.flows import RungeKutta
from tests import choice

X = np.random.default_rng(1).normal(size=(7, 3)).astype("float32")
SMALL = {"hidden": (8,), "num_steps": 3, "seed": 0, "jit_compile": False}


def shaken(flow, scale=0.4):
    """The flow with noise on all weights, adapted."""
    rng = np.random.default_rng(0)
    for variable in flow.trainable_variables:
        variable.assign_add(scale * rng.normal(size=variable.shape))
    flow.scaling.adapted.assign(1.0)
    return flow


def linear(matrix, **settings):
    """A flow whose field is `A x`."""
    size = len(matrix)
    x, t = keras.Input((size,), name="x"), keras.Input((), name="t")
    layer = keras.layers.Dense(size, use_bias=False)
    model = keras.Model([x, t], layer(x))
    layer.set_weights([np.float32(matrix).T])
    return kgen.ContinuousFlow(model, seed=0, **settings)


@pytest.mark.parametrize("shape", [(3,), (2, 2, 1)])
def test_trace_and_norm_are_those_of_the_jacobian(shape):
    keras.utils.set_random_seed(0)
    field = kgen.networks.mlp_field(shape, (8,))
    for weight in field.trainable_variables:
        weight.assign_add(0.5 * np.random.default_rng(0).normal(size=weight.shape))
    x = tf.constant(np.random.default_rng(1).normal(size=(5, *shape)), tf.float32)
    t = tf.linspace(0.0, 1.0, 5)
    with tf.GradientTape() as tape:
        tape.watch(x)
        vectors = field([x, t])
    size = int(np.prod(shape))
    jacobian = np.reshape(tape.batch_jacobian(vectors, x), [5, size, size])
    found = jacobian_terms(lambda x: field([x, t]), x, axes_like(x))
    np.testing.assert_allclose(found[0], vectors, rtol=1e-6)
    expected = np.trace(jacobian, axis1=1, axis2=2)
    np.testing.assert_allclose(found[1], expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found[2], (jacobian**2).sum((1, 2)), rtol=1e-4)
    # All vectors of signs together have the mean of random ones.
    signs = 2.0 * ((np.arange(2**size)[:, None] >> np.arange(size)) % 2) - 1.0
    probes = [tf.broadcast_to(np.float32(v.reshape(shape)), tf.shape(x)) for v in signs]
    _, *sums = jacobian_terms(lambda x: field([x, t]), x, probes)
    for value, exact in zip(sums, found[1:], strict=True):
        np.testing.assert_allclose(value / 2.0**size, exact, rtol=1e-4, atol=1e-5)


def test_a_linear_field_has_the_flow_of_the_matrix_exponential():
    matrix = np.float64([[0.4, -0.9, 0.1], [0.8, -0.3, 0.0], [0.2, 0.5, 0.6]])
    flow, whole = linear(matrix), linalg.expm(matrix)
    np.testing.assert_allclose(flow.encode(X), X @ whole.T, rtol=1e-4, atol=1e-5)
    back = X @ linalg.expm(-matrix).T
    np.testing.assert_allclose(flow.decode(X), back, rtol=1e-4, atol=1e-5)
    exact = stats.norm.logpdf(X @ whole.T).sum(1) + np.trace(matrix)
    for solver in ("rk4", "dormand_prince", RungeKutta("heun", 200)):
        np.testing.assert_allclose(flow.log_prob(X, solver=solver), exact, rtol=1e-4)
    covariance = linalg.inv(whole) @ linalg.inv(whole).T
    oracle = stats.multivariate_normal(np.zeros(3), covariance).logpdf(X)
    np.testing.assert_allclose(flow.log_prob(X), oracle, rtol=1e-4)
    found = np.cov(np.transpose(flow.sample(20_000, seed=0)))
    np.testing.assert_allclose(found, covariance, atol=0.06 * covariance.max())


def test_the_terms_of_a_linear_field_have_closed_forms():
    matrix = np.float64([[0.4, -0.9], [0.8, -0.3]])
    weights = {"kinetic_energy": 0.3, "jacobian_norm": 0.2}
    flow = linear(matrix, training_solver=RungeKutta("rk4", 20), **weights)
    terms = flow.objective(tf.constant(X[:, :2]), training=True)
    times, x = (np.arange(2000) + 0.5) / 2000, X[:, :2]
    speeds = [x @ linalg.expm(t * matrix).T @ matrix.T for t in times]
    energy = np.mean([np.sum(speed**2, axis=1) for speed in speeds], axis=0)
    exact = -(stats.norm.logpdf(x @ linalg.expm(matrix).T).sum(1) + np.trace(matrix))
    norm = np.sum(matrix**2)
    np.testing.assert_allclose(terms["kinetic_energy"], energy, rtol=1e-4)
    np.testing.assert_allclose(terms["jacobian_norm"], norm, rtol=1e-4)
    np.testing.assert_allclose(terms["negative_log_prob"], exact, rtol=1e-4)
    np.testing.assert_allclose(
        terms["loss"], exact + 0.3 * energy + 0.2 * norm, rtol=1e-4
    )


@choice.parametrize("solver", ["rk4", "heun", "dormand_prince"], 1)
def test_decode_undoes_encode_through_fresh_tensors(solver):
    flow = shaken(kgen.build("ffjord", (3,), **SMALL))
    z = np.array(flow.encode(X, solver=solver))
    assert np.abs(z - X).max() > 0.1
    np.testing.assert_allclose(flow.decode(z, solver=solver), X, atol=2e-3)


def test_log_prob_is_the_change_of_variables_of_encode():
    flow = shaken(kgen.build("ffjord", (3,), **SMALL))
    flow.scaling.center.assign([1.0, 2.0, 3.0])
    flow.scaling.log_spread.assign([0.5, -0.3, 0.1])
    x = tf.constant(X)

    @tf.function(autograph=False)
    def derivatives(x):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = flow.scaling.scale(x)
            (z,) = RungeKutta().solve(flow._slope(None), [y], 0.0, 1.0)
            values = tf.unstack(z, axis=1)
        return z, tf.stack([tape.gradient(value, x) for value in values], axis=1)

    z, jacobian = derivatives(x)
    jacobian = np.float64(jacobian)
    exact = stats.norm.logpdf(z).sum(1) + np.linalg.slogdet(jacobian)[1]
    np.testing.assert_allclose(flow.log_prob(X), exact, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(flow.encode(X), z, rtol=1e-4, atol=1e-5)


def test_hutchinsons_estimate_has_the_mean_of_the_exact_density():
    flow = shaken(kgen.build("ffjord", (3,), **SMALL))
    exact = flow.log_prob(X).numpy()
    found = flow.ode_likelihood(X, num_probes=64, seed=0)
    error = (found["log_likelihood"] - exact) / found["standard_error"]
    assert np.abs(error).max() < 3.5 and found["standard_error"].numpy().max() < 0.5


def test_training_by_signs_has_the_mean_of_the_exact_loss():
    flow = shaken(
        kgen.build(
            "ffjord",
            (3,),
            divergence="hutchinson",
            kinetic_energy=0.0,
            jacobian_norm=0.0,
            **SMALL,
        )
    )
    rows = np.repeat(X[:1], 4000, axis=0)
    loss = flow.objective(tf.constant(rows), training=True)["loss"].numpy()
    exact = -flow.log_prob(X[:1], solver=flow.training_solver).numpy()[0]
    assert loss.std() > 0.01  # Random, with probes that differ from row to row.
    assert abs(loss.mean() - exact) < 4 * loss.std() / 4000**0.5


@pytest.fixture(scope="module")
def trained():
    """A flow of two moons, after a few steps."""
    keras.utils.set_random_seed(0)
    settings = {**SMALL, "hidden": (16, 16), "num_steps": 6, "learning_rate": 2e-2}
    flow = kgen.build("ffjord", (2,), **settings)
    x = kgen.data.density("moons").sample(4096, seed=0)
    losses = flow.fit(x, batch_size=128, epochs=4, verbose=0).history["loss"]
    assert losses[-1] < losses[0] - 0.3
    return flow


@pytest.mark.slow
def test_a_trained_density_integrates_to_one_and_draws_follow_it(trained):
    axis = np.arange(-5.0, 5.0, 0.05) + 0.025
    points = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)
    density = np.exp(np.float64(trained.log_prob(np.float32(points)))) * 0.05**2
    assert abs(density.sum() - 1.0) < 2e-3
    draws = trained.sample(10_000, seed=0).numpy()
    edges = np.linspace(-5.0, 5.0, 21)  # Cells of 10 x 10 points.
    found, *_ = np.histogram2d(*draws.T, bins=(edges, edges))
    expected = density.reshape(20, 10, 20, 10).sum((1, 3)) * 10_000
    often = expected > 5
    chi = ((found - expected) ** 2 / np.maximum(expected, 1e-9))[often].sum()
    assert stats.chi2.sf(chi, often.sum() - 1) > 1e-3


@pytest.mark.slow
def test_temperature_scales_the_latent(trained):
    z = trained.base.sample(kgen.core.random.row_keys(np.arange(4)), (2,))
    drawn = trained.sample(seed=np.arange(4), temperature=0.5)
    np.testing.assert_allclose(drawn, trained.decode(0.5 * z), atol=1e-5)


@choice.parametrize("sizes", [{"num_classes": 3}, {"context_shape": 2}], 1)
def test_conditions_give_a_density_each(sizes):
    flow = shaken(kgen.build("ffjord", (2,), **SMALL, **sizes))
    x = np.zeros((2, 2), "float32")
    kind, values = "labels", np.int32([2, 0])
    if "context_shape" in sizes:
        kind, values = "context", np.float32([[1.0, -2.0], [0.0, 1.0]])
    first, second = flow.log_prob(x, **{kind: values})
    assert abs(first - second) > 1e-3
    z = flow.encode(x, **{kind: values})
    np.testing.assert_allclose(flow.decode(z, **{kind: values}), x, atol=1e-3)
    assert np.all(np.isfinite(flow.sample(**{kind: values}, seed=0)))


def test_data_in_any_units_is_standardised():
    x = np.float32([1e3, -5.0]) + np.float32([100.0, 0.01]) * X[:, :2]
    flow = kgen.build("ffjord", (2,), **SMALL, learning_rate=0.0)
    flow.fit(x, verbose=0)
    exact = stats.norm(x.mean(0), x.std(0)).logpdf(x).sum(1)
    np.testing.assert_allclose(flow.log_prob(x), exact, rtol=1e-3, atol=1e-3)


def without_time():
    x = keras.Input((2,), name="x")
    return keras.Model(x, keras.layers.Dense(2)(x))


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: kgen.build("ffjord", (4, 4, 1)), "is for vectors"),
        (lambda: kgen.build("ffjord", (2,), num_steps=0), "num_steps=0"),
        (lambda: kgen.build("ffjord", (2,), divergence="trace"), "auto, exact"),
        (lambda: kgen.build("ffjord", (2,), kinetic_energy=-1.0), "kinetic_energy"),
        (lambda: kgen.build("ffjord", (2,), jacobian_norm="a"), "jacobian_norm"),
        (lambda: linear(np.eye(2), training_solver="dormand_prince"), "fixed steps"),
        (lambda: linear(np.eye(2), training_solver="euler"), "Unknown solver"),
        (lambda: kgen.ContinuousFlow(without_time()), "named 't'"),
        (
            lambda: kgen.ContinuousFlow(
                kgen.networks.mlp_denoiser((2,), (4,), 2, num_parameters=2)
            ),
            "has shape (4,)",
        ),
        (lambda: linear(np.eye(2), num_classes=3), "num_classes=3"),
        (lambda: linear(np.eye(2)).log_prob(X[:, :2], solver=3), "solver"),
        (
            lambda: linear(np.eye(2)).ode_likelihood(X[:, :2], num_probes=1),
            "num_probes=1",
        ),
    ],
)
def test_what_does_not_fit_is_refused(build, words):
    with pytest.raises(ValueError) as error:
        build()
    assert words in str(error.value)
