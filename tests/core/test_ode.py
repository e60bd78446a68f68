"""Solvers of differential equations, and the divergence of a field: closed forms."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.integrate import solve_ivp

from kgen.core import ode
from kgen.core.divergence import exact_divergence, hutchinson_divergence
from kgen.core.ode import DormandPrince, RungeKutta

Y = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")


def decay(t, state):
    """`dy/dt = -y + t`, and the integral of y."""
    y, _ = state
    return [t[:, None] - y, tf.reduce_sum(y, axis=1)]


def solved(solver, y=Y, end=2.0):
    """The state at `end`, in one graph."""

    @tf.function(autograph=False)
    def run(y):
        return solver.solve(decay, [y, tf.zeros(tf.shape(y)[:1])], 0.0, end)

    return [value.numpy() for value in run(tf.constant(y))]


def closed_form(y, end=2.0):
    """`y = (y_0 + 1) exp(-t) + t - 1`."""
    integral = (y + 1) * (1 - np.exp(-end)) + end**2 / 2 - end
    return (y + 1) * np.exp(-end) + end - 1, integral.sum(axis=1)


@pytest.mark.parametrize(("method", "order"), [("heun", 2), ("rk4", 4)])
def test_the_error_of_fixed_steps_falls_by_their_order(method, order):
    def error(num_steps):
        found = solved(RungeKutta(method, num_steps))
        pairs = zip(found, closed_form(Y), strict=True)
        return max(np.abs(value - true).max() for value, true in pairs)

    steps = (4, 8) if order == 4 else (16, 32)
    ratio = error(steps[0]) / error(steps[1])
    assert 2**order * 0.8 < ratio < 2**order * 1.3


@pytest.mark.parametrize("tolerance", [1e-3, 1e-5])
def test_adaptive_steps_keep_the_tolerance(tolerance):
    found = solved(DormandPrince(tolerance, tolerance))
    for value, true in zip(found, closed_form(Y), strict=True):
        np.testing.assert_allclose(value, true, rtol=10 * tolerance, atol=tolerance)


def test_adaptive_steps_are_those_of_scipy_on_a_stiff_field():
    """`dy/dt = -50 (y - cos t)`, from y = 0, forward and back again."""

    def slope(t, y):
        return -50.0 * (y - np.cos(t))

    true = solve_ivp(slope, (0.0, 1.5), [0.0], rtol=1e-9, atol=1e-9).y[0, -1]
    (found,) = DormandPrince().solve(
        lambda t, state: [-50.0 * (state[0] - tf.cos(t))], [tf.zeros(2)], 0.0, 1.5
    )
    np.testing.assert_allclose(found, true, atol=1e-4)
    (back,) = DormandPrince().solve(
        lambda t, state: [state[0] + t], [tf.constant([1.0])], 1.0, 0.0
    )
    np.testing.assert_allclose(back, 3.0 / np.e - 1.0, atol=1e-5)


@pytest.mark.parametrize("solver", [RungeKutta("heun", 5), DormandPrince()])
def test_a_row_does_not_depend_on_its_batch(solver):
    y = Y * np.array([[1.0], [30.0], [0.1], [5.0], [1e3]], "float32")
    whole = solved(solver, y)
    for row in range(len(y)):
        part = solved(solver, y[row : row + 1])
        np.testing.assert_allclose(part[0], whole[0][row : row + 1], rtol=1e-5)


def test_a_row_that_does_not_arrive_is_nan():
    y, integral = solved(DormandPrince(1e-6, 1e-6, max_num_steps=3))
    assert np.isnan(y).all() and np.isnan(integral).all()


def test_gradients_flow_through_steps():
    y = tf.constant(Y)
    with tf.GradientTape() as tape:
        tape.watch(y)
        end, _ = RungeKutta().solve(decay, [y, tf.zeros(5)], 0.0, 2.0)
    np.testing.assert_allclose(tape.gradient(end, y), np.exp(-2.0), rtol=1e-4)


def test_divergence_is_the_trace_of_the_jacobian():
    matrix = np.random.default_rng(1).normal(size=(6, 6)).astype("float32")
    x = np.random.default_rng(2).normal(size=(4, 2, 3)).astype("float32")

    def field(x):
        flat = tf.reshape(x, [-1, 6])
        return tf.reshape(tf.tanh(flat @ matrix.T), [-1, 2, 3])

    flat = x.reshape(4, 6)
    jacobians = (1 - np.tanh(flat @ matrix.T) ** 2)[:, :, None] * matrix
    true = np.trace(jacobians, axis1=1, axis2=2)
    values, found = exact_divergence(field, tf.constant(x))
    np.testing.assert_allclose(values, field(x), rtol=1e-6)
    np.testing.assert_allclose(found, true, rtol=1e-4, atol=1e-5)
    # All 64 vectors of signs: their mean is the trace.
    signs = np.stack(np.meshgrid(*[[-1.0, 1.0]] * 6), axis=-1).reshape(-1, 1, 2, 3)
    estimates = [
        hutchinson_divergence(field, tf.constant(x), tf.constant(probe, tf.float32))[1]
        for probe in np.broadcast_to(signs, (64, 4, 2, 3))
    ]
    np.testing.assert_allclose(np.mean(estimates, axis=0), true, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: ode.get("euler"), "Choose one of: dormand_prince, heun, rk4"),
        (lambda: ode.get(None), "one of: dormand_prince, heun, rk4"),
        (lambda: RungeKutta("dormand_prince"), "Choose one of: heun, rk4"),
        (lambda: RungeKutta(num_steps=0), "num_steps=0"),
        (lambda: DormandPrince(rtol=0.0), "rtol=0.0"),
        (lambda: DormandPrince(atol=float("nan")), "atol=nan"),
        (lambda: DormandPrince(max_num_steps=1.5), "max_num_steps=1.5"),
    ],
)
def test_nonsense_is_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make()
