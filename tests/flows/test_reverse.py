"""The reverse KL: draws instead of data."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.flows import ActNorm, Flow, LULinear, ReverseKL

MEAN = np.float32([2.0, -1.0])
COVARIANCE = np.float32([[2.0, 0.8], [0.8, 0.5]])
LOG_Z = np.log(2 * np.pi) + 0.5 * np.log(np.linalg.det(COVARIANCE)) + 3.0


def gaussian(x):
    """A Gaussian without its constant, times e^3."""
    centred = x - MEAN
    inner = tf.reduce_sum(centred @ np.linalg.inv(COVARIANCE) * centred, axis=1)
    return 3.0 - 0.5 * inner


@pytest.fixture(scope="module")
def trained():
    keras.utils.set_random_seed(0)
    flow = Flow([ActNorm(), LULinear()], (2,), seed=0)
    training = ReverseKL(flow, gaussian, seed=0)
    schedule = keras.optimizers.schedules.CosineDecay(0.05, 600)
    training.compile(keras.optimizers.Adam(schedule))
    history = training.fit(steps=600, batch_size=64, verbose=0)
    return flow, training, history


def test_a_gaussian_flow_becomes_the_gaussian(trained):
    flow, _, _ = trained
    x = np.asarray(flow.sample(20_000, seed=0))
    np.testing.assert_allclose(x.mean(0), MEAN, atol=0.05)
    np.testing.assert_allclose(np.cov(x.T), COVARIANCE, atol=0.08)


def test_weights_are_the_normalizer_where_the_flow_is_exact(trained):
    flow, training, _ = trained
    weights = np.asarray(training.log_weights(500, seed=0))
    np.testing.assert_allclose(weights, LOG_Z, atol=0.2)
    assert abs(weights.mean() - LOG_Z) < 0.01
    x = np.asarray(flow.sample(500, seed=0))
    expected = gaussian(x).numpy() - flow.log_prob(x)
    np.testing.assert_allclose(weights, expected, atol=1e-3)


def test_the_loss_bounds_the_normalizer(trained):
    _, training, history = trained
    assert history.history["loss"][-1] > -LOG_Z
    assert set(history.history) == {"loss"}
    assert training.flow.adapted > 0


def test_conditions_are_refused():
    flow = kgen.build("realnvp", (2,), num_classes=3, hidden=(4,), num_steps=1)
    with pytest.raises(ValueError, match="without"):
        ReverseKL(flow, gaussian)


def test_a_density_gives_one_value_for_each_row():
    flow = Flow([ActNorm()], (2,))
    for wrong in (lambda x: -tf.reduce_sum(x**2), lambda x: -(x**2)):
        training = ReverseKL(flow, wrong)
        training.compile()
        with pytest.raises(ValueError, match="one for each row"):
            training.fit(steps=1, batch_size=8, verbose=0)
