"""EM line by line: the bound, its steps beside scikit-learn's, and gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import optimize, special, stats
from sklearn.mixture import GaussianMixture as Estimator

import kgen
from kgen.testing import check_model
from kgen.testing.tools import reloaded


def overlapping(count=300, seed=0):
    """Two clusters that overlap, so that EM takes many iterations."""
    rng = np.random.default_rng(seed)
    centres = np.array([[-1.2, 0.0], [1.2, 1.0]])[rng.integers(2, size=count)]
    return (centres + rng.normal(size=(count, 2)) * [0.8, 1.0]).astype("float32")


def joint(model, x):
    """log p(x, k) by SciPy, from the model's parameters."""
    log_weights = special.log_softmax(np.float64(model.log_weights[0]))
    factors = np.float64(model.factors[0])
    densities = [
        stats.multivariate_normal(mean, factor @ factor.T).logpdf(x)
        for mean, factor in zip(np.float64(model.means[0]), factors, strict=True)
    ]
    return log_weights + np.transpose(densities)


@pytest.mark.parametrize(
    ("covariance", "kind"), [("full", "full"), ("diagonal", "diag")]
)
def test_steps_by_hand_are_the_iterations_of_scikit_learn(covariance, kind):
    x = overlapping() * [1.0, 30.0]
    model = kgen.GaussianMixture((2,), 2, covariance=covariance, seed=3)
    model.m_step(x, model.start(x))
    scaled = np.float64(np.float32(x))
    mean, stddev = scaled.mean(axis=0), scaled.std(axis=0)
    theirs = Estimator(2, covariance_type=kind, random_state=3, tol=1e-5)
    theirs.fit((scaled - mean) / stddev)
    assert theirs.n_iter_ > 5
    found = []
    for _ in range(theirs.n_iter_):
        q = model.e_step(x)
        found.append(np.mean(model.elbo(x, q)))
        model.m_step(x, q)
    expected = theirs.lower_bounds_ - np.sum(np.log(stddev))
    np.testing.assert_allclose(found, expected, atol=2e-5)
    np.testing.assert_allclose(
        model.means[0], mean + stddev * theirs.means_, rtol=1e-3, atol=1e-3
    )


def test_fit_is_its_steps():
    x = overlapping()
    fitted, stepped = (kgen.GaussianMixture((2,), 3, seed=1) for _ in range(2))
    losses = fitted.fit(x).history["loss"]
    stepped.m_step(x, stepped.start(x))
    for loss in losses:
        assert np.mean(stepped.log_prob(x)) == pytest.approx(-loss, abs=2e-5)
        stepped.m_step(x, stepped.e_step(x))
    np.testing.assert_allclose(stepped.means, fitted.means, atol=1e-4)


def test_the_bound_touches_the_log_likelihood_at_the_e_step_only():
    x = overlapping(50)
    model = kgen.GaussianMixture((2,), 3, seed=0)
    values = model.m_step(x, model.start(x))
    assert {name: value.shape for name, value in values.items()} == {
        "log_weights": (1, 3),
        "means": (1, 3, 2),
        "factors": (1, 3, 2, 2),
    }
    log_joint = joint(model, x)
    log_prob = special.logsumexp(log_joint, axis=1)
    posterior = np.exp(log_joint - log_prob[:, None])
    np.testing.assert_allclose(model.e_step(x), posterior, atol=1e-4)
    np.testing.assert_allclose(model.elbo(x, model.e_step(x)), log_prob, atol=1e-4)
    np.testing.assert_allclose(model.elbo(x), log_prob, atol=1e-4)
    other = np.random.default_rng(0).dirichlet(np.ones(3), size=50)
    gap = np.sum(special.rel_entr(other, posterior), axis=1)
    np.testing.assert_allclose(model.elbo(x, other), log_prob - gap, atol=1e-3)
    assert np.all(model.elbo(x, np.eye(3)[np.zeros(50, int)]) <= log_prob + 1e-4)


def test_no_other_parameters_have_a_higher_bound_than_those_of_the_m_step():
    """A numerical maximiser over the means finds no more."""
    x = overlapping(80)
    model = kgen.GaussianMixture((2,), 2, reg_covar=0.0, seed=0)
    q = np.random.default_rng(1).dirichlet(np.ones(2), size=80)
    model.m_step(x, q)
    best = np.mean(model.elbo(x, q))

    def negative(means):
        densities = [
            stats.multivariate_normal(mean, factor @ factor.T).logpdf(x)
            for mean, factor in zip(means.reshape(2, 2), factors, strict=True)
        ]
        bound = q * (np.log(q.mean(axis=0)) + np.transpose(densities) - np.log(q))
        return -np.mean(np.sum(bound, axis=1))

    factors = np.float64(model.factors[0])
    found = optimize.minimize(negative, np.zeros(4))
    assert best == pytest.approx(-found.fun, abs=1e-4)
    np.testing.assert_allclose(found.x.reshape(2, 2), model.means[0], atol=1e-3)


def test_steps_of_a_categorical_mixture_are_its_fit():
    rng = np.random.default_rng(0)
    base = np.array([[[0, 0], [1, 2]], [[2, 1], [0, 0]]])[rng.integers(2, size=200)]
    noise = rng.integers(3, size=base.shape)
    x = np.where(rng.random(base.shape) < 0.4, noise, base)
    fitted, stepped = (
        kgen.CategoricalMixture((2, 2), 3, 2, pseudo_count=0.0, seed=0)
        for _ in range(2)
    )
    losses = fitted.fit(x).history["loss"]
    stepped.m_step(x, stepped.start(x))
    for loss in losses:
        q = stepped.e_step(x)
        assert np.mean(stepped.elbo(x, q)) == pytest.approx(-loss, abs=1e-4)
        stepped.m_step(x, q)


def test_steps_of_each_class_are_those_of_a_mixture_of_its_own():
    x = np.concatenate([overlapping(100), overlapping(100, 1) + 10.0])
    labels = np.repeat([0, 1], 100)
    both = kgen.GaussianMixture((2,), 2, num_classes=2, seed=0)
    both.m_step(x, both.start(x, labels), labels)
    both.m_step(x, both.e_step(x, labels), labels)
    for row in range(2):
        mine = x[labels == row]
        one = kgen.GaussianMixture((2,), 2, seed=0)
        one.m_step(mine, one.start(mine))
        one.m_step(mine, one.e_step(mine))
        np.testing.assert_allclose(both.means[row], one.means[0], atol=1e-5)


@pytest.mark.parametrize("covariance", ["full", "diagonal"])
def test_gradients_reach_the_optimum_of_em(covariance):
    x = overlapping()
    settings = {"covariance": covariance, "seed": 0}
    em, gradient = (
        kgen.GaussianMixture((2,), 2, algorithm=name, **settings)
        for name in ("em", "gradient")
    )
    em.m_step(x, em.start(x))
    for _ in range(300):
        em.m_step(x, em.e_step(x))
    decay = keras.optimizers.schedules.CosineDecay(0.05, 300)
    gradient.compile(keras.optimizers.Adam(decay))
    data = tf.data.Dataset.from_tensors(x).repeat(30)
    losses = gradient.fit(data, epochs=10, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    best = np.mean(em.log_prob(x))
    assert np.mean(gradient.log_prob(x)) == pytest.approx(best, abs=1e-3)
    np.testing.assert_allclose(gradient.means, em.means, atol=0.05)


@pytest.mark.slow
def test_a_mixture_that_learns_by_gradients_keeps_the_contract():
    x, labels = overlapping(40), (np.arange(40) % 2).astype("int32")
    model = kgen.GaussianMixture((2,), 2, num_classes=2, algorithm="gradient", seed=0)
    model.compile("adam")
    check_model(model, x, labels)


def test_gradients_take_weights_and_go_on_from_an_m_step():
    x = overlapping(100)
    model = kgen.GaussianMixture((2,), 1, algorithm="gradient", seed=0)
    model.compile(keras.optimizers.SGD(0.0))
    model.m_step(x[:10], np.ones((10, 1)))
    before = model.means.numpy()
    model.fit(x, sample_weight=np.ones(100), verbose=0)
    np.testing.assert_array_equal(model.means, before)
    assert reloaded(model).algorithm == "gradient"
    plain = kgen.GaussianMixture((2,), 1)
    assert not plain.trainable_variables and len(model.trainable_variables) == 3


def test_an_exact_likelihood_needs_no_bound_beside_it():
    x = overlapping(60)
    model = kgen.GaussianMixture((2,), 2, seed=0)
    model.fit(x)
    found = kgen.metrics.evaluate_likelihood(model, x)
    assert set(found) == {"num_examples", "log_prob"}


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (
            lambda model, x: model.elbo(x, np.full((20, 2), 0.4)),
            r"`elbo` was given responsibilities whose row 0 sums to 0.8.*sum to 1",
        ),
        (
            lambda model, x: model.m_step(x, np.full((20, 3), 1 / 3)),
            r"responsibilities of shape \(20, 3\).*\(batch, 2\)",
        ),
        (
            lambda model, x: model.m_step(x, np.full((19, 2), 0.5)),
            "19 rows of responsibilities for 20 examples",
        ),
        (
            lambda model, x: model.m_step(x, np.eye(2)[np.zeros(20, int)]),
            "are 0 for component 1.*lower num_components",
        ),
        (
            lambda model, x: kgen.CategoricalMixture(
                (2,), 3, 2, pseudo_count=0.0
            ).m_step(np.zeros((20, 2), int), np.eye(2)[np.zeros(20, int)]),
            "are 0 for component 1.*lower num_components",
        ),
        (lambda model, x: model.start(x[:1]), "1 examples are fewer than the 2"),
        (
            lambda model, x: kgen.GaussianMixture((2,), 2, reg_covar=0.0).m_step(
                x, np.eye(2)[np.minimum(np.arange(20), 1)]
            ),
            "covariance of a component is singular.*Raise reg_covar",
        ),
        (
            lambda model, x: kgen.GaussianMixture((2,), 2, algorithm="sgd"),
            "Unknown algorithm 'sgd'.*em, gradient",
        ),
    ],
)
def test_what_is_refused(act, message):
    x = overlapping(20)
    with pytest.raises(ValueError, match=message):
        act(kgen.GaussianMixture((2,), 2, seed=0), x)
