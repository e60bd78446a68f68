"""Stochastic variational inference: natural gradients, and where they lead."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgen.inference import (
    MeanFieldMixture,
    MixturePrior,
    RobbinsMonro,
    StochasticMixture,
)
from kgen.inference.normal_wishart import (
    Natural,
    combined,
    expected_log_joint,
    kl_divergence,
    statistics,
)
from kgen.testing import check_model
from kgen.testing.tools import reloaded, same_outputs
from tests.inference.fisher import fisher_times

PRIOR = MixturePrior(concentration=0.5, scatter=2.0)


def clusters(n=200, seed=0):
    rng = np.random.default_rng(seed)
    centres = np.array([[-2.0, 0.0], [2.0, 1.0]])[rng.integers(2, size=n)]
    return (centres + rng.normal(size=(n, 2))).astype("float32")


def test_a_whole_batch_and_a_step_of_one_are_a_sweep_of_coordinate_ascent():
    x = clusters()
    model = StochasticMixture((2,), 3, num_examples=200, prior=PRIOR, seed=0)
    model.compile(keras.optimizers.SGD(1.0))
    q = MeanFieldMixture(x, 3, PRIOR, seed=0)
    model.adapt(tf.data.Dataset.from_tensors(x))
    for _ in range(3):
        loss = model.train_on_batch(x, return_dict=True)["loss"]
        model.reset_metrics()
        q.update_assignments()
        assert -200 * float(loss) == pytest.approx(q.elbo(), abs=0.01)
        q.update_components()
        for found, expected in zip(model.posterior, q.posterior, strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-2)


def test_batches_reach_the_bound_of_coordinate_ascent():
    x = clusters(1000)
    best = MeanFieldMixture(x, 2, PRIOR, seed=0).fit()[-1] / 1000
    model = StochasticMixture((2,), 2, num_examples=1000, prior=PRIOR, seed=0)
    rate = RobbinsMonro(delay=2.0, forgetting=0.9)
    model.compile(keras.optimizers.SGD(rate))
    model.fit(x, batch_size=50, epochs=8, verbose=0)
    bound = -model.evaluate(x, batch_size=1000, verbose=0)
    assert best - 0.002 < bound < best + 1e-4


def test_the_step_is_the_natural_gradient():
    """The Fisher information times the step is the ordinary gradient of the bound."""
    x = tf.constant(clusters()[:, :1], tf.float64)
    prior = PRIOR.natural(2, 1)
    shares = np.random.default_rng(0).dirichlet(np.ones(2), size=200)
    q = combined(prior, statistics(x, tf.constant(shares)))
    with tf.GradientTape() as tape:
        tape.watch(q)
        bound = tf.reduce_sum(tf.reduce_logsumexp(expected_log_joint(q, x), axis=1))
        bound -= kl_divergence(q, prior)
    gradient = tape.gradient(bound, q)
    target = combined(prior, statistics(x, tf.nn.softmax(expected_log_joint(q, x))))
    step = combined(target, q, scale=-1.0)
    for found, expected in zip(fisher_times(q, step), gradient, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)


def test_the_gradient_of_the_objective_is_the_negative_step():
    x = clusters(64)
    model = StochasticMixture((2,), 2, num_examples=640, prior=PRIOR, seed=0)
    model.adapt(tf.data.Dataset.from_tensors(x))
    q = model.posterior
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(model.objective(tf.constant(x))["loss"])
    found = tape.gradient(loss, model.trainable_variables)
    sums = statistics(x, tf.nn.softmax(expected_log_joint(q, tf.constant(x))))
    prior = Natural(*(tf.cast(part, tf.float32) for part in PRIOR.natural(2, 2)))
    step = combined(combined(prior, sums, scale=10.0), q, scale=-1.0)
    for gradient, expected in zip(found, step, strict=True):
        np.testing.assert_allclose(-gradient, expected, rtol=1e-3, atol=0.05)


def test_a_file_has_the_posterior_and_the_prior():
    x = clusters(40)
    model = StochasticMixture((2,), 2, num_examples=40, prior=PRIOR, seed=0)
    model.compile()
    model.fit(x, verbose=0)
    again = reloaded(model)
    assert again.prior.scatter == 2.0 and again.num_examples == 40
    same_outputs(model, again, x[:8], None)


@pytest.mark.slow
def test_it_keeps_the_contract():
    x = clusters(40)
    model = StochasticMixture((2,), 2, num_examples=40, prior=PRIOR, seed=0)
    model.compile()
    check_model(model, x)


def test_draws_and_densities_agree():
    x = clusters(500)
    model = StochasticMixture((2,), 2, num_examples=500, prior=PRIOR, seed=0)
    model.compile()
    model.fit(x, batch_size=100, epochs=3, verbose=0)
    draws = model.sample(3000, seed=0)
    error = x.std(axis=0) / np.sqrt(3000)
    assert np.all(abs(np.mean(draws, axis=0) - x.mean(axis=0)) < 0.15 + 4 * error)
    q = MeanFieldMixture(x, 2, PRIOR, seed=0)
    q.fit()
    held_out = clusters(200, seed=1)
    np.testing.assert_allclose(
        np.mean(model.log_prob(held_out)), np.mean(q.log_prob(held_out)), atol=0.02
    )
    np.testing.assert_allclose(np.sum(model.e_step(held_out), axis=1), 1.0, atol=1e-5)


def test_steps_of_robbins_and_monro():
    rate = RobbinsMonro(delay=4.0, forgetting=0.75)
    np.testing.assert_allclose([rate(0), rate(12)], [4**-0.75, 16**-0.75], rtol=1e-6)
    again = RobbinsMonro.from_config(rate.get_config())
    assert (again.delay, again.forgetting) == (4.0, 0.75)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda model: model.compile("adam"), "given Adam.*plain keras.optimizers.SGD"),
        (
            lambda model: model.compile(keras.optimizers.SGD(0.1, momentum=0.9)),
            "without momentum",
        ),
        (
            lambda model: model.compile(keras.optimizers.SGD(0.1, clipnorm=1.0)),
            "SGD with clipnorm",
        ),
        (
            lambda model: model.compile(keras.optimizers.SGD(2.0)),
            "learning_rate=2.*1 at most",
        ),
        (
            lambda model: model.compile(
                keras.optimizers.SGD(
                    keras.optimizers.schedules.ExponentialDecay(5.0, 10, 0.5)
                )
            ),
            "learning_rate=5.*1 at most",
        ),
        (lambda model: model.compile(keras.optimizers.SGD(-0.5)), "rate=-0.5.*above 0"),
        (
            lambda model: StochasticMixture((2,), 2, 10, prior="wide"),
            "prior of type str",
        ),
        (
            lambda model: (model.compile(), model.fit(clusters() + 1e4, verbose=0)),
            "deviations.*Subtract the mean",
        ),
        (lambda model: RobbinsMonro(delay=0.5), "delay=0.5"),
        (lambda model: RobbinsMonro(forgetting=0.5), "forgetting=0.5"),
        (
            lambda model: (model.compile(), model.fit(clusters(1), verbose=0)),
            "1 examples.*for 2 components",
        ),
        (
            lambda model: StochasticMixture((2,), 2, 10, num_classes=3),
            "num_classes, but takes no labels",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:`fit` was given 1 examples:UserWarning")
def test_what_is_refused(act, message):
    with pytest.raises(ValueError, match=message):
        act(StochasticMixture((2,), 2, num_examples=200, prior=PRIOR, seed=0))


def test_another_number_of_examples_is_warned_of():
    model = StochasticMixture((2,), 2, num_examples=7, prior=PRIOR, seed=0)
    model.compile()
    with pytest.warns(UserWarning, match="200 examples, but num_examples.*is 7"):
        model.fit(clusters(), batch_size=200, verbose=0)
