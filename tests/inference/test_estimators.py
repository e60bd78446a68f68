"""Estimators: unbiased, with the variances of closed forms, refused where they fail."""

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from kgen import inference
from kgen.inference import Reparameterized, ScoreFunction, StickingTheLanding
from kgen.inference.estimators import get
from tests.inference import gaussian
from tests.inference.gaussian import log_joint, make_q

REPEATS = 1500


def found(estimator, num_samples=1):
    """Mean, variance and error of the gradient in the location and the scale."""
    moments = inference.estimator_variance(
        estimator, log_joint, make_q(), num_samples, REPEATS, seed=0
    )
    return (
        np.array(part)
        for part in (moments.mean, moments.variance, moments.standard_error)
    )


@pytest.mark.parametrize(
    ("estimator", "gradient"),
    [
        (ScoreFunction(), gaussian.score_function),
        (ScoreFunction(-3.0), lambda eps: gaussian.score_function(eps, -3.0)),
        (Reparameterized(), gaussian.reparameterized),
        (StickingTheLanding(), gaussian.sticking_the_landing),
    ],
    ids=["score", "constant", "reparameterized", "sticking"],
)
def test_one_draw_has_the_moments_of_the_closed_form(estimator, gradient):
    expected, second, fourth = gaussian.moments(gradient)
    np.testing.assert_allclose(expected, gaussian.GRADIENT, rtol=1e-6)
    mean, variance, error = found(estimator)
    assert np.all(np.abs(mean - gaussian.GRADIENT) < 4 * error)
    spread = np.sqrt((fourth - second**2) / REPEATS)
    assert np.all(np.abs(variance - second) < 4 * spread)


def test_reparameterised_draws_vary_less_than_the_score_function():
    """By the factor that the page gives, in the lecture's setting of 20 numbers."""
    x = np.random.default_rng(0).normal(1.5, 1.0, (20, 1)).astype("float32")

    def joint(z):
        log_x = tf.reduce_sum(tfd.Normal(z, 1.0).log_prob(x), axis=0)
        return tfd.Normal(0.0, 1.0).log_prob(z) + log_x

    q = make_q(0.0, 1.0)
    found = [
        inference.estimator_variance(name, joint, q, 1, 20_000, seed=0)
        for name in ("score_function", "reparameterized", "sticking_the_landing")
    ]
    score, pathwise, sticking = (moments.total for moments in found)
    assert score / pathwise == pytest.approx(16.8, rel=0.1)
    assert sticking / pathwise == pytest.approx(0.94, rel=0.1)
    for moments in found:
        for error, variance in zip(
            moments.standard_error, moments.variance, strict=True
        ):
            assert error**2 * 20_000 == pytest.approx(variance)


def at_the_mean(q):
    return log_joint(q.mean()) - q.log_prob(q.mean())


@pytest.mark.parametrize("baseline", ["mean", "leave_one_out", at_the_mean])
def test_baselines_leave_the_mean_and_lower_the_variance(baseline):
    mean, variance, error = found(ScoreFunction(baseline), num_samples=4)
    assert np.all(np.abs(mean - gaussian.GRADIENT) < 4 * error)
    _, plain, _ = gaussian.moments(gaussian.score_function)
    assert np.all(variance < 0.7 * plain / 4)


def test_the_variance_falls_with_the_number_of_draws():
    _, second, fourth = gaussian.moments(gaussian.reparameterized)
    _, variance, _ = found(Reparameterized(), num_samples=8)
    spread = np.sqrt((fourth - second**2) / REPEATS)
    assert np.all(np.abs(8 * variance - second) < 4 * spread * 1.5)


def test_sticking_the_landing_has_no_variance_at_the_posterior():
    q = make_q(gaussian.MEAN, gaussian.STDDEV)
    for seed in range(3):
        gradient = StickingTheLanding().gradient(log_joint, q, seed=seed)
        np.testing.assert_allclose(gradient, 0.0, atol=1e-5)
    assert np.abs(Reparameterized().gradient(log_joint, q, seed=0)).max() > 0.1


@pytest.mark.parametrize("baseline", [None, "leave_one_out"])
def test_discrete_variables_have_the_gradient_of_the_sum_over_states(baseline):
    values = tf.constant([-1.0, -3.0, 0.5])
    logits = tf.Variable([0.2, -0.4, 0.1])
    q = tfd.Categorical(logits=logits)
    moments = inference.estimator_variance(
        ScoreFunction(baseline), lambda z: tf.gather(values, z), q, 3, REPEATS, seed=1
    )
    with tf.GradientTape() as tape:
        log_q = tf.nn.log_softmax(logits)
        exact = tf.reduce_sum(tf.exp(log_q) * (values - log_q))
    error = np.abs(moments.mean[0] - tape.gradient(exact, logits))
    assert np.all(error < 4 * moments.standard_error[0])


@pytest.mark.parametrize("estimator", [ScoreFunction(), Reparameterized()])
def test_parameters_of_the_joint_have_their_gradient(estimator):
    theta = tf.Variable(0.5)
    q = make_q()
    with tf.GradientTape() as tape:
        value = estimator.surrogate(
            lambda z: tfd.Normal(theta, 1.0).log_prob(z), q, 4000, seed=0
        )
    gradient = tape.gradient(value, theta)
    assert abs(gradient - (gaussian.LOC - 0.5)) < 4 * gaussian.SCALE / 4000**0.5


def test_implicit_draws_of_a_gamma_have_the_exact_gradient():
    concentration = tf.Variable(2.0)
    q = tfd.Gamma(concentration, 1.5)
    prior = tfd.Gamma(3.0, 1.0)
    moments = inference.estimator_variance(
        "reparameterized", prior.log_prob, q, 4, 500, seed=0
    )
    with tf.GradientTape() as tape:
        exact = -tfd.kl_divergence(q, prior)
    error = abs(moments.mean[0] - tape.gradient(exact, concentration))
    assert error < 4 * moments.standard_error[0]


def test_a_joint_q_gives_its_parts_by_name():
    q = tfd.JointDistributionNamed(
        {"a": make_q(), "b": tfd.Gamma(tf.Variable(2.0), 1.0)}
    )

    def both(a, b):
        return log_joint(a) + tfd.Gamma(2.0, 1.0).log_prob(b)

    for estimator in (StickingTheLanding(), ScoreFunction("leave_one_out")):
        gradients = estimator.gradient(both, q, 4000, seed=0)
        assert len(gradients) == len(q.trainable_variables) == 3
        value = estimator.surrogate(both, q, 4000, seed=0)
        assert abs(value - (gaussian.LOG_Z - gaussian.KL)) < 0.1


def test_what_does_not_fit_is_refused_by_name():
    discrete = tfd.Bernoulli(logits=tf.Variable(0.0))
    with pytest.raises(ValueError, match="Bernoulli.*ScoreFunction"):
        Reparameterized().gradient(log_joint, discrete)
    with pytest.raises(ValueError, match="num_samples=2"):
        ScoreFunction("leave_one_out").gradient(log_joint, make_q())
    with pytest.raises(ValueError, match="leave_one_out.*It expects"):
        ScoreFunction("leave_one_off")
    with pytest.raises(ValueError, match="trainable variables"):
        ScoreFunction().gradient(log_joint, tfd.Normal(0.0, 1.0))
    with pytest.raises(ValueError, match="distribution of tensorflow_probability"):
        ScoreFunction().surrogate(log_joint, "normal")
    with pytest.raises(ValueError, match="num_samples"):
        ScoreFunction().surrogate(log_joint, make_q(), num_samples=0)
    with pytest.raises(ValueError, match="score_function"):
        get("score", make_q(), 1)
    with pytest.raises(ValueError, match="key of two ints"):
        ScoreFunction().surrogate(log_joint, make_q(), seed=tf.constant([1.0, 2.0]))


def test_the_default_estimator_fits_q():
    assert type(get(None, make_q(), 1)) is Reparameterized
    discrete = tfd.Bernoulli(logits=0.0)
    assert get(None, discrete, 1).baseline is None
    assert get(None, discrete, 5).baseline == "leave_one_out"


def test_impossible_draws_make_the_bound_infinite():
    values = tf.constant([-1.0, -2.0, -np.inf])
    q = tfd.Categorical(logits=tf.Variable([0.0, 0.0, 0.0]))
    for estimator in (None, "score_function"):
        found = inference.elbo(
            lambda z: tf.gather(values, z), q, 100, seed=0, estimator=estimator
        )
        assert found == -np.inf


def test_a_baseline_may_be_of_another_type():
    q = tfd.Normal(tf.Variable(0.0, dtype=tf.float64), tf.constant(1.0, tf.float64))
    estimator = ScoreFunction(lambda q: 0.0)
    (gradient,) = estimator.gradient(lambda z: -0.5 * z**2, q, 10, seed=0)
    assert gradient.dtype == tf.float64
