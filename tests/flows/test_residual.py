"""Residual, planar and radial steps: constraints hold, oracles agree."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import optimize

import kgen
from kgen import flows
from kgen.flows.lipschitz import Contraction, norm_bound
from tests import choice

RNG = np.random.default_rng


def wild(step, shape, scale):
    """The step with large random weights."""
    keras.utils.set_random_seed(0)
    step.connect(shape)
    rng = RNG(0)
    for variable in step.trainable_variables:
        variable.assign(scale * rng.normal(size=variable.shape))
    return step


@pytest.mark.parametrize("shape", [(5, 5), (64, 64), (3, 40), (40, 3), (1, 1)])
@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
def test_the_bound_is_above_the_norm_and_close(shape, scale):
    matrix = scale * RNG(0).normal(size=shape)
    exact = np.linalg.norm(matrix, 2)
    assert (
        exact * (1 - 1e-5) < norm_bound(tf.constant(matrix, tf.float32)) < 1.034 * exact
    )
    flat = np.eye(*shape) * scale  # The worst case: all singular values are equal.
    found = norm_bound(tf.constant(flat, tf.float32))
    assert scale * (1 - 1e-5) < found < 1.034 * scale


@pytest.mark.parametrize("scale", [0.1, 3.0, 100.0])
def test_a_contraction_contracts_with_any_weights(scale):
    layer = Contraction((16, 8), 0.9)
    layer.build((None, 5))
    for weight in layer.trainable_variables:
        weight.assign(scale * RNG(0).normal(size=weight.shape))
    x = RNG(1).normal(scale=3.0, size=(2000, 2, 5)).astype("float32")
    x[:1000, 1] = x[:1000, 0] + 1e-2 * x[:1000, 1]  # Near pairs, and far ones.
    one, two = (np.float64(layer(tf.constant(part))) for part in (x[:, 0], x[:, 1]))
    ratio = np.linalg.norm(one - two, axis=1) / np.linalg.norm(
        np.float64(x[:, 0]) - x[:, 1], axis=1
    )
    assert ratio.max() < 0.9 + 1e-3


@pytest.mark.parametrize(
    "step", [flows.Planar(), flows.Radial(), flows.Residual((16,), 0.95)]
)
def test_any_weights_are_invertible(step):
    wild(step, (3,), 4.0)
    x = tf.constant(RNG(1).normal(scale=2.0, size=(500, 3)), tf.float32)
    z, log_det = step.forward(x)
    assert np.all(np.isfinite(log_det))
    back, log_det_back = step.inverse(tf.constant(z.numpy()))
    # Where volumes shrink, rounding of z is enlarged on the way back.
    tolerance = 2e-5 * (1.0 + np.exp(np.maximum(-log_det, 0.0)))
    assert np.all(np.abs(back - x).max(axis=1) < tolerance)
    np.testing.assert_allclose(log_det_back, -log_det, rtol=1e-2, atol=1e-2)


def test_the_constraints_of_planar_and_radial_steps_hold():
    for seed in range(20):
        planar, radial = flows.Planar(), flows.Radial()
        for step in (planar, radial):
            step.connect((3,))
            for variable in step.trainable_variables:
                variable.assign(RNG(seed).normal(scale=3.0, size=variable.shape))
        w, _, u, slope = planar._parameters()
        np.testing.assert_allclose(np.sum(w * u), slope, atol=1e-3)
        assert slope > -1.0
        _, alpha, beta = radial._parameters()
        assert alpha > 0.0 and beta > -alpha


def test_new_planar_and_radial_steps_are_the_identity():
    x = tf.constant(RNG(0).normal(size=(9, 3)), tf.float32)
    for step in (flows.Planar(), flows.Radial()):
        step.connect((3,))
        z, log_det = step.forward(x)
        np.testing.assert_allclose(z, x, atol=1e-6)
        np.testing.assert_allclose(log_det, 0.0, atol=1e-6)


def test_the_inverse_of_a_planar_step_is_scipys_root():
    step = wild(flows.Planar(), (2,), 1.5)
    w, b, u, _ = (np.float64(value) for value in step._parameters())
    z = RNG(2).normal(size=(20, 2))
    roots = [
        optimize.brentq(lambda a, s=s: a + w @ u * np.tanh(a) - s, -50, 50, xtol=1e-13)
        for s in z @ w + b
    ]
    exact = z - u * np.tanh(roots)[:, None]
    found, _ = step.inverse(tf.constant(z, tf.float32))
    np.testing.assert_allclose(found, exact, rtol=1e-4, atol=1e-4)


def test_the_gradient_of_an_inverse_is_that_of_the_solution():
    for step in (flows.Planar(), flows.Residual((6,), 0.8)):
        wild(step, (3,), 0.8)
        z = tf.constant(RNG(3).normal(size=(1, 3)), tf.float32)
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(z)
            x, _ = step.inverse(z)
            values = tf.unstack(x[0])
        of_inverse = np.stack([tape.gradient(value, z)[0] for value in values])
        x = tf.constant(x.numpy())
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            values = tf.unstack(step.forward(x)[0][0])
        of_forward = np.stack([tape.gradient(value, x)[0] for value in values])
        np.testing.assert_allclose(of_inverse @ of_forward, np.eye(3), atol=1e-3)


@pytest.mark.parametrize("num_terms", [1, 3])
def test_the_series_has_the_mean_of_the_exact_log_determinant(num_terms):
    step = flows.Residual((8,), 0.7, "series", num_terms, seed=0)
    wild(step, (3,), 2.0)
    row = RNG(0).normal(size=(1, 3)).astype("float32")
    exact = step.forward(tf.constant(row))[1].numpy()[0]
    x = tf.constant(np.repeat(row, 200, axis=0))
    draw = tf.function(lambda: step.forward(x, training=True)[1], autograph=False)
    means = np.array([np.mean(draw()) for _ in range(300)])
    error = means.std() / len(means) ** 0.5
    assert 0.0 < error < 0.02 and abs(exact) > 0.1
    assert abs(means.mean() - exact) < 4.0 * error


def test_the_series_has_the_gradient_of_the_exact_log_determinant():
    step = flows.Residual((8,), 0.5, "series", 12, seed=0)
    wild(step, (3,), 2.0)
    x = tf.constant(np.repeat(RNG(0).normal(size=(1, 3)), 4000, axis=0), tf.float32)
    found = []
    for training in (True, False):
        with tf.GradientTape() as tape:
            mean = tf.reduce_mean(step.forward(x, training=training)[1])
        found.append(tape.gradient(mean, step.trainable_variables)[0].numpy())
    series, exact = found
    assert np.linalg.norm(series - exact) < 0.1 * np.linalg.norm(exact)


def flow_of(make, number):
    """A flow of some steps, with a standardisation before them."""
    return kgen.Flow([flows.Standardize(), *(make() for _ in range(number))], (2,))


def test_residual_steps_train_in_mixed_precision():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        flow = kgen.Flow([flows.Residual((4,), seed=0)], (2,), seed=0)
    finally:
        keras.config.set_dtype_policy("float32")
    flow.compile("adam")
    x = np.random.default_rng(0).normal(size=(16, 2)).astype("float32")
    flow.fit(x, epochs=1, verbose=0)
    np.testing.assert_allclose(flow.decode(flow.encode(x)), x, atol=1e-5)


def test_planar_and_radial_steps_of_large_weights_have_an_inverse():
    for make, values in (
        (flows.Planar, {"w": [1.0, 0.0], "u": [-20.0, 0.0]}),
        (flows.Radial, {"centre": [0.0, 0.0], "beta": -30.0}),
    ):
        step = make()
        step.connect((2,))
        for name, value in values.items():
            getattr(step, name).assign(value)
        x = np.array([[0.0, 0.0], [0.1, 0.5], [-2.0, 1.0]], "float32")
        z, log_det = step.forward(tf.constant(x))
        back, log_det_back = step.inverse(z)
        assert np.all(np.isfinite(log_det))
        np.testing.assert_allclose(back, x, atol=1e-3)
        np.testing.assert_allclose(log_det_back, -log_det, rtol=0.02, atol=0.02)


@choice.parametrize(
    "make, number, gain",
    [
        (lambda: flows.Residual((16,), log_det="series", seed=0), 2, 0.1),
        (flows.Planar, 8, 0.1),
        (flows.Radial, 8, 0.05),
        (lambda: flows.Residual((16,), seed=0), 2, 0.1),
    ],
    1,
)
def test_steps_train_to_densities_of_one(make, number, gain, tmp_path):
    keras.utils.set_random_seed(0)
    x = kgen.data.density("moons").sample(1024, seed=0)
    flow = flow_of(make, number)
    flow.compile(keras.optimizers.Adam(0.02), jit_compile=False)
    losses = flow.fit(x, batch_size=128, epochs=6, verbose=0).history["loss"]
    assert losses[-1] < losses[0] - gain
    axis = np.arange(-6.0, 6.0, 0.05) + 0.025
    points = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2).astype("float32")
    total = np.exp(np.float64(flow.log_prob(points))).sum() * 0.05**2
    assert abs(total - 1.0) < 1e-2
    np.testing.assert_allclose(flow.decode(flow.encode(x)), x, atol=1e-4)
    flow.save(tmp_path / "flow.keras")
    loaded = keras.saving.load_model(tmp_path / "flow.keras")
    drawn = flow.sample(5, seed=0)
    np.testing.assert_allclose(loaded.sample(5, seed=0), drawn, rtol=1e-5, atol=1e-6)
    one = flow.sample(seed=kgen.core.random.row_seeds(0, 5)[3:4])
    np.testing.assert_allclose(one, drawn[3:4], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: flows.Residual(bound=1.0), "bound=1.0"),
        (lambda: flows.Residual(bound="a"), "bound='a'"),
        (lambda: flows.Residual(hidden=8), "hidden=8"),
        (lambda: flows.Residual(hidden=(0,)), "hidden=0"),
        (lambda: flows.Residual(log_det="trace"), "auto, exact, series"),
        (lambda: flows.Residual(num_terms=0), "num_terms=0"),
        (lambda: kgen.Flow([flows.Residual()], (2, 2, 1)), "Flatten() before"),
        (lambda: kgen.Flow([flows.Planar()], (2, 2, 1)), "Flatten() before"),
        (lambda: kgen.Flow([flows.Radial()], (2,), num_classes=3), "num_classes=3"),
    ],
)
def test_what_does_not_fit_is_refused(build, words):
    with pytest.raises(ValueError) as error:
        build()
    assert words in str(error.value)
