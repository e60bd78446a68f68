"""The ELBO of any q: against closed forms, and refused where shapes do not fit."""

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from kgen import inference
from tests.inference import gaussian
from tests.inference.gaussian import log_joint, make_q


def test_the_estimate_is_the_evidence_minus_the_divergence():
    q = make_q()
    weights = inference.log_weights(log_joint, q, 4000, seed=0).numpy()
    error = weights.std() / 4000**0.5
    assert abs(weights.mean() - (gaussian.LOG_Z - gaussian.KL)) < 4 * error
    value = inference.elbo(log_joint, q, 4000, seed=0)
    assert value.shape == () and float(value) == pytest.approx(weights.mean(), abs=1e-5)


def test_at_the_posterior_every_draw_gives_the_evidence():
    q = make_q(gaussian.MEAN, gaussian.STDDEV)
    weights = inference.log_weights(log_joint, q, 100, seed=0)
    np.testing.assert_allclose(weights, gaussian.LOG_Z, atol=1e-5)


def test_importance_weights_estimate_the_evidence():
    found = inference.log_evidence(log_joint, make_q(), 20_000, seed=0)
    assert abs(found - gaussian.LOG_Z) < 0.05
    assert inference.elbo(log_joint, make_q(), 20_000, seed=0) < found


@pytest.mark.parametrize("estimator", [None, "score_function", "sticking_the_landing"])
def test_all_estimators_give_the_same_value(estimator):
    value = inference.elbo(log_joint, make_q(), 10, seed=3, estimator=estimator)
    expected = tf.reduce_mean(inference.log_weights(log_joint, make_q(), 10, seed=3))
    assert float(value) == pytest.approx(float(expected), abs=1e-5)


def test_a_loss_of_the_bound_fits_a_discrete_q():
    target = tf.constant([0.6, 0.3, 0.1])
    q = tfd.Categorical(logits=tf.Variable([0.0, 0.0, 0.0]))

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            bound = inference.elbo(lambda z: tf.math.log(tf.gather(target, z)), q, 20)
        (variable,) = q.trainable_variables
        variable.assign_add(tape.gradient(bound, variable))

    tf.random.set_seed(0)
    for _ in range(300):
        step()
    # Leaving one out, the estimate has no variance at the posterior.
    np.testing.assert_allclose(q.probs_parameter(), target, atol=0.03)


def test_batches_of_q_have_a_bound_each():
    q = tfd.Normal([0.0, 1.0, 2.0], 1.0)
    value = inference.elbo(tfd.Normal(0.0, 1.0).log_prob, q, 20_000, seed=0)
    np.testing.assert_allclose(value, [0.0, -0.5, -2.0], atol=0.06)


def test_seeds_repeat_draws_and_none_does_not():
    def value(seed):
        return float(inference.elbo(log_joint, make_q(), 5, seed=seed))

    assert value(1) == value(1) != value(2)
    assert value(None) != value(None)
    assert value(tf.constant([1, 2])) == value(tf.constant([1, 2]))
    assert value(tf.constant([1, 2], tf.int64)) == value(tf.constant([1, 2]))

    @tf.function
    def in_a_graph():
        return inference.elbo(log_joint, make_constant(), 5)

    def make_constant():
        return tfd.Normal(0.0, 1.0)

    assert in_a_graph() != in_a_graph()


def test_values_of_another_shape_are_refused():
    q = tfd.MultivariateNormalDiag([0.0, 0.0], [1.0, 1.0])
    with pytest.raises(ValueError, match=r"shape \(10, 2\).*one for each draw, \(10,"):
        inference.elbo(tfd.Normal(0.0, 1.0).log_prob, q, 10)
    with pytest.raises(ValueError, match="tfd.Independent"):
        inference.log_weights(lambda z: tf.reduce_sum(z, -1), tfd.Normal([0.0, 1.0], 1))
    with pytest.raises(ValueError, match="distribution"):
        inference.elbo(log_joint, None)
