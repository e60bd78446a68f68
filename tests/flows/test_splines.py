"""The spline against TFP's, in its box and outside."""

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_probability import bijectors as tfb

from kgen.flows import Spline

NUM_BINS, BOUND, LEAST = 6, 2.5, 1e-3


@pytest.fixture(scope="module")
def points():
    rng = np.random.default_rng(0)
    x = rng.normal(scale=2.0, size=(400, 3)).astype("float32")
    x[:4, 0] = [-BOUND, BOUND, -50.0, 1e20]
    parameters = rng.normal(scale=2.0, size=(400, 3, 3 * NUM_BINS - 1))
    return x, parameters.astype("float32")


def of_tfp(parameters):
    """TFP's spline of the same knots, in float64."""
    parts = [NUM_BINS, 2 * NUM_BINS]
    widths, heights, slopes = np.split(np.float64(parameters), parts, axis=-1)

    def sizes(logits):
        shares = tf.nn.softmax(tf.constant(logits)) * (1 - LEAST * NUM_BINS) + LEAST
        return 2 * BOUND * shares

    offset = np.log(np.expm1(1 - LEAST))
    slopes = LEAST + np.log1p(np.exp(slopes + offset))
    return tfb.RationalQuadraticSpline(
        sizes(widths), sizes(heights), slopes, range_min=tf.constant(-BOUND, tf.float64)
    )


def test_forward_and_slope_are_those_of_tfp(points):
    x, parameters = points
    z, log_slope = Spline(NUM_BINS, BOUND, LEAST, LEAST).forward(x, parameters)
    expected = of_tfp(parameters)
    np.testing.assert_allclose(z, expected.forward(np.float64(x)), rtol=1e-4, atol=1e-5)
    slopes = expected.forward_log_det_jacobian(np.float64(x), 0)
    np.testing.assert_allclose(log_slope, slopes, rtol=1e-3, atol=1e-3)


def test_inverse_is_that_of_tfp(points):
    z, parameters = points
    x, log_slope = Spline(NUM_BINS, BOUND, LEAST, LEAST).inverse(z, parameters)
    expected = of_tfp(parameters)
    np.testing.assert_allclose(x, expected.inverse(np.float64(z)), rtol=1e-3, atol=1e-3)
    slopes = expected.inverse_log_det_jacobian(np.float64(z), 0)
    assert np.median(np.abs(log_slope.numpy() - slopes)) < 1e-5
    np.testing.assert_allclose(log_slope, slopes, atol=0.05)


def test_outside_the_box_nothing_changes(points):
    _, parameters = points
    x = np.float32([[-BOUND, BOUND, 3.0], [-1e30, 1e30, -2.6]])
    for function in (
        Spline(NUM_BINS, BOUND, LEAST, LEAST).forward,
        Spline(NUM_BINS, BOUND, LEAST, LEAST).inverse,
    ):
        y, log_slope = function(x, parameters[:2])
        assert np.array_equal(y, x) and not np.any(log_slope)


def test_gradients_are_finite_for_any_data(points):
    x, parameters = points[0], tf.constant(100.0 * points[1])
    with tf.GradientTape() as tape:
        tape.watch(parameters)
        z, log_slope = Spline(NUM_BINS, BOUND, LEAST, LEAST).forward(x, parameters)
        loss = tf.reduce_sum(tf.where(tf.abs(z) < 10.0, z**2, 0.0) - log_slope)
    assert np.all(np.isfinite(tape.gradient(loss, parameters)))


def test_parameters_of_zero_are_the_identity():
    x = np.linspace(-4, 4, 50, dtype="float32")
    spline = Spline(NUM_BINS, BOUND, LEAST, LEAST)
    z, log_slope = spline.forward(x, np.zeros((50, spline.num_parameters), "float32"))
    np.testing.assert_allclose(z, x, atol=1e-5)
    np.testing.assert_allclose(log_slope, 0.0, atol=1e-5)


@pytest.mark.parametrize(
    "settings", [{"num_bins": 2000}, {"bound": 0.0}, {"min_slope": 1.0}], ids=str
)
def test_impossible_settings_are_refused(settings):
    with pytest.raises(ValueError, match="spline was to have"):
        Spline(**settings)
