"""Fits of q: closed-form posteriors and evidence, and the contract of models."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import special, stats
from tensorflow_probability import distributions as tfd

import kgen
from kgen import testing
from kgen.inference import MeanField, Posterior, ScoreFunction

N = 60
X = np.random.default_rng(0).normal(1.5, 1.0, (N, 1)).astype("float32")
registered = keras.saving.register_keras_serializable("tests_inference")


@registered
def wide_prior():
    return tfd.Normal(0.0, 2.0)


@registered
def unit_normal(z):
    return tfd.Normal(z[None], 1.0)


def conjugate(**settings):
    settings = {"posterior": Posterior(), "num_data": N, "seed": 0, **settings}
    return kgen.VariationalInference((1,), wide_prior, unit_normal, **settings)


def closed_form(x):
    """Mean and deviation of the posterior, and the log evidence."""
    precision = 1 / 4 + len(x)
    covariance = np.eye(len(x)) + 4.0
    evidence = stats.multivariate_normal(cov=covariance).logpdf(x[:, 0])
    return x.sum() / precision, precision**-0.5, evidence


def falling(start, steps):
    schedule = keras.optimizers.schedules.CosineDecay(start, steps)
    # Gradients shrink while q narrows, and the default remembers 1,000 steps.
    return keras.optimizers.Adam(schedule, beta_2=0.9)


def train(model, steps, batch_size, *arrays):
    """One long epoch: the start of an epoch takes longer than its steps."""
    model.compile(falling(0.1, steps), steps_per_execution=20)
    data = tf.data.Dataset.from_tensor_slices(arrays if arrays[1:] else arrays[0])
    data = data.shuffle(len(arrays[0]), seed=0).repeat().batch(batch_size)
    return model.fit(data, steps_per_epoch=steps, verbose=0).history


@pytest.fixture(scope="module")
def fitted():
    model = conjugate(estimator="sticking_the_landing", num_samples=4)
    return model, train(model, 2000, 20, X)


def test_small_batches_reach_the_posterior_and_the_evidence(fitted):
    model, history = fitted
    mean, stddev, evidence = closed_form(X)
    q = model.posterior.distribution()
    assert float(q.mean()) == pytest.approx(mean, abs=0.02)
    assert float(q.stddev()) == pytest.approx(stddev, rel=0.05)
    bounds = model.evidence_bounds(X, num_samples=2000, seed=0)
    assert bounds["elbo"] <= evidence + 4 * bounds["standard_error"]
    assert bounds["elbo"] == pytest.approx(evidence, abs=0.03)
    assert bounds["log_evidence"] == pytest.approx(evidence, abs=0.01)
    assert set(history) == {"loss", "negative_log_likelihood", "kl"}


def test_the_loss_is_the_bound_divided_by_the_number_of_data():
    model = conjugate(num_samples=3)
    mean, stddev, evidence = closed_form(X)
    model.posterior.parameters["loc"].assign(mean)
    model.posterior.parameters["scale"].assign(np.log(np.expm1(stddev)))
    model.compile()
    # At the posterior all draws give the evidence.
    logs = model.evaluate(X, batch_size=N, verbose=0, return_dict=True)
    assert -N * logs["loss"] == pytest.approx(evidence, abs=1e-2)
    parts = logs["negative_log_likelihood"] + logs["kl"] / N
    assert logs["loss"] == pytest.approx(parts, abs=1e-4)


def test_draws_of_the_posterior_and_of_new_data(fitted):
    model, _ = fitted
    q = model.posterior.distribution()
    z = model.sample_posterior(4000, seed=0).numpy()
    assert z.shape == (4000,)
    assert stats.kstest(z, stats.norm(q.mean(), q.stddev()).cdf).pvalue > 0.01
    x = model.sample(4000, seed=0).numpy()
    predictive = stats.norm(float(q.mean()), np.sqrt(1 + float(q.stddev()) ** 2))
    assert x.shape == (4000, 1)
    assert stats.kstest(x[:, 0], predictive.cdf).pvalue > 0.01
    some = X[:5]
    found = model.log_predictive(some, num_samples=2000, seed=0)
    np.testing.assert_allclose(found, predictive.logpdf(some[:, 0]), atol=0.02)


def test_a_coin_has_the_beta_posterior():
    """2 heads out of 10, by implicit derivatives of a beta variable."""
    coin = np.float32([[1]] * 2 + [[0]] * 8)
    model = kgen.VariationalInference(
        (1,),
        lambda: tfd.Beta(2.0, 2.0),
        lambda z: tfd.Bernoulli(probs=z[None], dtype=tf.float32),
        Posterior("Beta"),
        num_data=10,
        num_samples=8,
        seed=0,
    )
    train(model, 1500, 10, coin)
    q = model.posterior.distribution()
    assert float(q.mean()) == pytest.approx(4 / 14, abs=0.02)
    assert float(q.stddev()) == pytest.approx(stats.beta(4, 10).std(), rel=0.1)
    evidence = special.betaln(4, 10) - special.betaln(2, 2)
    bounds = model.evidence_bounds(coin, seed=0)
    assert bounds["elbo"] == pytest.approx(evidence, abs=0.03)


def test_a_discrete_latent_is_fitted_by_the_score_function():
    x = np.random.default_rng(1).normal(0.3, 1.0, (8, 1)).astype("float32")
    model = kgen.VariationalInference(
        (1,),
        lambda: tfd.Bernoulli(probs=0.5),
        lambda z: tfd.Normal(0.6 * tf.cast(z, tf.float32)[None] - 0.3, 1.0),
        Posterior("Bernoulli"),
        num_data=8,
        estimator=ScoreFunction("leave_one_out"),
        num_samples=8,
        seed=0,
    )
    train(model, 300, 8, x)
    log_p = [stats.norm(mean).logpdf(x).sum() for mean in (-0.3, 0.3)]
    expected = special.softmax(log_p)[1]
    found = float(model.posterior.distribution().mean())
    assert found == pytest.approx(expected, abs=0.03)
    evidence = special.logsumexp(log_p) + np.log(0.5)
    bounds = model.evidence_bounds(x, seed=0)
    assert bounds["log_evidence"] == pytest.approx(evidence, abs=0.01)


def make_regression(num_data):
    def likelihood(z, labels):
        return tfd.Normal(tf.linalg.matvec(labels, z)[:, None], 0.5)

    return kgen.VariationalInference(
        (1,),
        lambda: tfd.MultivariateNormalDiag(tf.zeros(2), 2.0 * tf.ones(2)),
        likelihood,
        Posterior("MultivariateNormalTriL", (2,)),
        num_data=num_data,
        estimator="sticking_the_landing",
        num_samples=4,
        context_shape=2,
        seed=0,
    )


def test_a_regression_has_the_correlated_posterior():
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(40, 2)).astype("float32") + np.float32([1.0, 0.0])
    y = inputs @ np.float32([[1.0], [-0.5]]) + 0.5 * rng.normal(size=(40, 1))
    y = y.astype("float32")
    model = make_regression(40)
    train(model, 600, 40, y, inputs)
    precision = np.eye(2) / 4 + inputs.T @ inputs / 0.25
    covariance = np.linalg.inv(precision)
    mean = covariance @ inputs.T @ y[:, 0] / 0.25
    q = model.posterior.distribution()
    np.testing.assert_allclose(q.mean(), mean, atol=0.01)
    np.testing.assert_allclose(q.covariance(), covariance, rtol=0.1, atol=2e-4)
    new = np.float32([[3.0, 2.0]])
    draws = model.sample(context=np.repeat(new, 4000, axis=0), seed=0).numpy()[:, 0]
    expected = stats.norm(
        (new @ mean).item(), np.sqrt(0.25 + (new @ covariance @ new.T).item())
    )
    assert stats.kstest(draws, expected.cdf).pvalue > 0.01


def test_a_product_of_posteriors_bounds_the_evidence():
    """Mean and precision of a normal, whose evidence is an integral on a grid."""
    x = X[:15]
    model = kgen.VariationalInference(
        (1,),
        lambda: tfd.JointDistributionNamed(
            {"mean": tfd.Normal(0.0, 2.0), "precision": tfd.Gamma(2.0, 2.0)}
        ),
        lambda mean, precision: tfd.Normal(mean[None], precision[None] ** -0.5),
        MeanField({"mean": Posterior(), "precision": Posterior("Gamma")}),
        num_data=15,
        num_samples=4,
        seed=0,
    )
    train(model, 400, 15, x)
    means, precisions = np.linspace(-1, 4, 300), np.linspace(1e-3, 6, 300)
    grid = (
        stats.norm(0, 2).logpdf(means)[:, None]
        + stats.gamma(2, scale=0.5).logpdf(precisions)
        + sum(
            stats.norm(means[:, None], precisions**-0.5).logpdf(value)
            for value in x[:, 0]
        )
    )
    step = (means[1] - means[0]) * (precisions[1] - precisions[0])
    evidence = special.logsumexp(grid) + np.log(step)
    bounds = model.evidence_bounds(x, num_samples=2000, seed=0)
    assert evidence - 0.2 < bounds["elbo"] < evidence
    assert bounds["log_evidence"] == pytest.approx(evidence, abs=0.03)
    draws = model.sample_posterior(3, seed=0)
    assert {name: z.shape for name, z in draws.items()} == {
        "mean": (3,),
        "precision": (3,),
    }
    assert model.sample(3, seed=0).shape == (3, 1)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="prior of type Normal"):
        kgen.VariationalInference(
            (1,), tfd.Normal(0.0, 1.0), unit_normal, Posterior(), num_data=3
        )
    with pytest.raises(ValueError, match="posterior of type str"):
        kgen.VariationalInference((1,), wide_prior, unit_normal, "Normal", num_data=3)
    with pytest.raises(ValueError, match="expects one number"):
        conjugate(posterior=Posterior("Normal", (3,)))
    with pytest.raises(ValueError, match=r"shape \(2,\).*data, \(1\)"):
        kgen.VariationalInference(
            (1,), wide_prior, lambda z: tfd.Normal([z, z], 1.0), Posterior(), num_data=3
        )
    with pytest.raises(ValueError, match="ScoreFunction"):
        conjugate(posterior=Posterior("Bernoulli"))
    with pytest.raises(ValueError, match="num_data"):
        conjugate(num_data=0)
    with pytest.raises(ValueError, match="'leave_one_out'"):
        conjugate(estimator=ScoreFunction("leave_one_out"))


def test_another_number_of_data_is_warned_of():
    model = conjugate(num_data=100)
    model.compile(run_eagerly=True)
    with pytest.warns(UserWarning, match="given 60 examples, but num_data.*is 100"):
        model.fit(X, batch_size=60, verbose=0)
    with pytest.warns(UserWarning, match="given 30 examples by their weights"):
        model.fit(X, sample_weight=np.full(60, 0.5), batch_size=60, verbose=0)


def test_the_error_of_the_bound_is_that_of_its_draws():
    model = conjugate()
    q = model.posterior.distribution()

    def log_joint(z):
        log_x = tf.reduce_sum(tfd.Normal(z, 1.0).log_prob(X), axis=0)
        return wide_prior().log_prob(z) + log_x

    draws = kgen.inference.log_weights(log_joint, q, 4000, seed=1).numpy()
    bounds = model.evidence_bounds(X, num_samples=4000, seed=0)
    assert bounds["standard_error"] == pytest.approx(draws.std() / 4000**0.5, rel=0.1)
    assert abs(bounds["elbo"] - draws.mean()) < 6 * bounds["standard_error"]


@pytest.mark.parametrize("baseline", ["mean", lambda q: -2.0 * N])
def test_baselines_leave_the_gradient_of_the_loss_unbiased(baseline):
    model = conjugate(estimator=ScoreFunction(baseline), num_samples=2)
    variables = model.posterior.trainable_variables

    @tf.function(autograph=False)
    def gradient():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model.objective(X, training=True)["loss"])
        return tape.gradient(loss, [variable.value for variable in variables])

    found = np.array([[float(g) for g in gradient()] for _ in range(1500)])
    mean, stddev, evidence = closed_form(X)
    with tf.GradientTape() as tape:
        q = model.posterior.distribution()
        gap = tfd.kl_divergence(
            tfd.Normal(q.mean(), q.stddev()), tfd.Normal(mean, stddev)
        )
    exact = tape.gradient(gap, [variable.value for variable in variables])
    error = found.std(axis=0) / len(found) ** 0.5
    assert np.all(np.abs(found.mean(axis=0) - np.array(exact) / N) < 4 * error)


FAST = (
    testing.check_training,
    testing.check_inputs,
    testing.check_shapes,
    testing.check_seeds,
    testing.check_labels,
    testing.check_saving,
    testing.check_replicas,
    testing.check_bad_input,
)


@registered
def prior_of_vectors():
    return tfd.MultivariateNormalDiag(tf.zeros(2), 2.0 * tf.ones(2))


@registered
def pairs(z):
    """The axes of data before the last one are independent given z."""
    return tfd.Normal(z, 1.0)


ROWS = np.random.default_rng(2).normal(1.0, 1.0, (11, 4, 2)).astype("float32")


@pytest.fixture(scope="module")
def small():
    keras.utils.set_random_seed(0)
    posterior = Posterior("MultivariateNormalTriL", (2,))
    model = kgen.VariationalInference(
        (4, 2), prior_of_vectors, pairs, posterior, 11, num_samples=2, seed=0
    )
    model.compile(keras.optimizers.Adam(0.05))
    return model


@pytest.mark.parametrize(
    "check",
    [
        pytest.param(check, marks=[] if check in FAST else [pytest.mark.slow])
        for check in testing.CHECKS
    ],
)
def test_the_contract(small, check):
    check(small, ROWS)


@pytest.mark.slow
def test_served_without_kgen(small, tmp_path):
    testing.write_servable(small, ROWS, None, tmp_path)
    testing.check_servables([tmp_path])
