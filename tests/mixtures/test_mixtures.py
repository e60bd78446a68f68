"""Mixtures: EM, densities against scikit-learn and enumeration, draws that agree."""

import itertools

import keras
import numpy as np
import pandas
import pytest
import tensorflow as tf
from scipy import special
from sklearn.mixture import GaussianMixture as Estimator

import kgen
from kgen.testing import check_labels, check_seeds, check_servables, write_servable
from kgen.testing.tools import reloaded, same_outputs
from tests.choice import parametrize


def two_clusters(count=400):
    rng = np.random.default_rng(0)
    centres = np.array([[-2.0, 0.0, 1.0], [2.0, 1.0, 0.0]])[rng.integers(2, size=count)]
    return (centres + rng.normal(size=(count, 3)) * [0.3, 0.5, 1.0]).astype("float32")


@pytest.mark.parametrize(
    ("covariance", "kind"), [("full", "full"), ("diagonal", "diag")]
)
def test_gaussian_mixture_has_the_density_of_scikit_learn(covariance, kind):
    x = two_clusters()
    model = kgen.GaussianMixture((3,), 2, covariance=covariance, seed=0)
    history = model.fit(x).history["loss"]
    expected = Estimator(2, covariance_type=kind, random_state=0).fit(np.float64(x))
    np.testing.assert_allclose(
        model.log_prob(x), expected.score_samples(x), rtol=1e-4, atol=1e-4
    )
    assert history[-1] == pytest.approx(-np.mean(model.log_prob(x)), abs=1e-3)
    assert np.all(np.diff(history) < 1e-6)


def test_gaussian_mixture_of_one_component_is_the_maximum_likelihood_gaussian():
    x = two_clusters()
    model = kgen.GaussianMixture((3,), 1)
    model.fit(x)
    np.testing.assert_allclose(model.means[0, 0], x.mean(axis=0), rtol=1e-4)
    factor = model.factors[0, 0].numpy()
    covariance = np.cov(x.T, bias=True)
    np.testing.assert_allclose(factor @ factor.T, covariance, atol=1e-4)


def test_draws_of_a_gaussian_mixture_have_its_moments():
    x = two_clusters()
    model = kgen.GaussianMixture((3,), 2, seed=0)
    model.fit(x)
    draws = model.sample(4000, seed=0).numpy()
    error = x.std(axis=0) / np.sqrt(4000)
    assert np.all(np.abs(draws.mean(axis=0) - x.mean(axis=0)) < 4 * error)
    np.testing.assert_allclose(np.cov(draws.T), np.cov(x.T), atol=0.25)


def grids(count=500, seed=0):
    """2x2 codes of 3 values that go together in two ways."""
    rng = np.random.default_rng(seed)
    base = np.array([[[0, 0], [1, 2]], [[2, 1], [0, 0]]])[rng.integers(2, size=count)]
    noise = rng.integers(3, size=base.shape)
    return np.where(rng.random(base.shape) < 0.2, noise, base)


EVERYTHING = np.array(list(itertools.product(range(3), repeat=4))).reshape(-1, 2, 2)


@pytest.mark.parametrize("num_components", [1, 2])
def test_probabilities_of_all_grids_sum_to_one_and_draws_agree(num_components):
    model = kgen.CategoricalMixture((2, 2), 3, num_components, seed=0)
    model.fit(grids())
    probabilities = np.exp(np.float64(model.log_prob(EVERYTHING)))
    assert probabilities.sum() == pytest.approx(1.0, abs=1e-5)
    draws = model.sample(6000, seed=0).numpy()
    index = draws.reshape(-1, 4) @ 3 ** np.arange(3, -1, -1)
    found = np.bincount(index, minlength=81) / 6000
    error = np.sqrt(probabilities * (1 - probabilities) / 6000)
    assert np.all(np.abs(found - probabilities) < 4.5 * error + 1e-4)


def test_one_component_is_the_independent_frequencies():
    x = grids()
    model = kgen.CategoricalMixture((2, 2), 3, pseudo_count=0.0)
    model.fit(x)
    frequencies = np.stack(
        [np.mean(x.reshape(-1, 4) == k, axis=0) for k in range(3)], 1
    )
    expected = special.xlogy(1, frequencies)[np.arange(4), EVERYTHING.reshape(-1, 4)]
    np.testing.assert_allclose(
        model.log_prob(EVERYTHING), expected.sum(axis=1), rtol=1e-4
    )


def test_em_never_lowers_the_likelihood_and_finds_the_two_ways():
    x = grids()
    model = kgen.CategoricalMixture((2, 2), 3, 2, pseudo_count=0.0, seed=0)
    history = model.fit(x).history["loss"]
    assert len(history) > 1 and np.all(np.diff(history) < 1e-9)
    assert history[-1] == pytest.approx(-np.mean(model.log_prob(x)), abs=1e-3)
    independent = kgen.CategoricalMixture((2, 2), 3)
    independent.fit(x)
    held_out = grids(seed=1)
    gain = np.mean(model.log_prob(held_out)) - np.mean(independent.log_prob(held_out))
    # The source: one of two grids that differ in all places, each value of which is
    # kept with 0.8 + 0.2 / 3. Alone, a place has one of two values, or the third.
    kept, other = 0.8 + 0.2 / 3, 0.2 / 3
    together = (
        special.entr([0.5, 0.5]).sum() + 4 * special.entr([kept, *2 * [other]]).sum()
    )
    half = (kept + other) / 2
    alone = 4 * special.entr([half, half, other]).sum()
    assert -np.mean(model.log_prob(held_out)) == pytest.approx(together, abs=0.15)
    assert gain == pytest.approx(alone - together, abs=0.15)


def test_shrinkage_gives_unseen_values_a_chance():
    x = np.zeros((30, 2, 2), "int32")
    sharp, soft = (
        kgen.CategoricalMixture((2, 2), 3, pseudo_count=count) for count in (0.0, 1.0)
    )
    for model in (sharp, soft):
        model.fit(x)
    unseen = np.ones((1, 2, 2), "int32")
    expected = 4 * np.log((1 / 3) / 31)
    np.testing.assert_allclose(soft.log_prob(unseen), expected, rtol=1e-4)
    assert sharp.log_prob(unseen)[0] < -300


def test_components_are_shrunk_towards_the_frequencies_of_all_data():
    """With no end of pseudo counts each component has those, and takes no part."""
    x = grids()
    model = kgen.CategoricalMixture((2, 2), 3, 2, pseudo_count=1e6, seed=0)
    independent = kgen.CategoricalMixture((2, 2), 3)
    for one in (model, independent):
        one.fit(x)
    np.testing.assert_allclose(
        model.log_prob(EVERYTHING), independent.log_prob(EVERYTHING), atol=0.01
    )


def test_grids_of_real_numbers_are_no_images():
    x = 3.0 * np.random.default_rng(0).normal(size=(60, 2, 2, 2)).astype("float32")
    model = kgen.GaussianMixture((2, 2, 2), 2, covariance="diagonal", seed=0)
    model.fit(x)
    assert np.all(np.isfinite(model.log_prob(x)))
    assert model.sample(3, seed=0).shape == (3, 2, 2, 2)


def conditional(kind):
    labels = np.arange(300) % 3
    if kind == "gaussian":
        rng = np.random.default_rng(0)
        x = rng.normal(size=(300, 2)) + 10.0 * labels[:, None]
        x = x.astype("float32")
        model = kgen.GaussianMixture((2,), 2, num_classes=3, seed=0)
    else:
        x = np.broadcast_to(labels[:, None, None], (300, 2, 2))
        rng = np.random.default_rng(0)
        noise = rng.integers(3, size=x.shape)
        x = np.where(rng.random(x.shape) < 0.3, noise, x).astype("int32")
        model = kgen.CategoricalMixture((2, 2), 3, 2, num_classes=3, seed=0)
    model.fit(tf.data.Dataset.from_tensor_slices((x, labels)).batch(64))
    return model, x, labels


@parametrize("kind", ["gaussian", "categorical"], 1)
def test_a_mixture_for_each_class_keeps_the_contract(kind, tmp_path):
    model, x, labels = conditional(kind)
    draws = model.sample(labels=np.repeat([2, 0, 1], 50), seed=0).numpy()
    scale = 10.0 if kind == "gaussian" else 1.0
    means = np.median(draws.reshape(3, -1), axis=1) / scale
    assert np.round(means).tolist() == [2, 0, 1]
    right = np.mean(model.log_prob(x, labels))
    assert right > np.mean(model.log_prob(x, (labels + 1) % 3)) + 1.0
    x, labels = x[:8], labels[:8].astype("int32")
    check_seeds(model, x, labels)
    check_labels(model, x, labels)
    same_outputs(model, reloaded(model), x, labels)
    write_servable(model, x, labels, tmp_path)
    check_servables([tmp_path])


def test_evaluate_gives_the_mean_negative_log_probability():
    x = two_clusters()
    model = kgen.GaussianMixture((3,), 2, seed=0)
    model.fit(x)
    model.compile()
    logs = model.evaluate(x, verbose=0, return_dict=True)
    assert logs["loss"] == pytest.approx(-np.mean(model.log_prob(x)), rel=1e-5)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (
            lambda: kgen.GaussianMixture((3,), 50).fit(two_clusters(20)),
            "20 examples are fewer than the 50 components",
        ),
        (
            lambda: kgen.CategoricalMixture((2, 2), 2).fit(grids()),
            "x from 0 to 2.*ints from 0 to 1",
        ),
        (
            lambda: kgen.CategoricalMixture((2, 2), 3).fit(np.float32(grids())),
            "x of type float.*ints from 0 to 2",
        ),
        (
            lambda: kgen.GaussianMixture((3,), num_classes=2).fit(two_clusters()),
            "no labels",
        ),
        (
            lambda: kgen.GaussianMixture((2,)).fit(two_clusters()),
            r"shape \(None, 3\).*\(batch, 2\)",
        ),
        (
            lambda: kgen.GaussianMixture((3,)).fit(two_clusters(), epochs=3),
            "given epochs, but EM.*Leave that out",
        ),
        (
            lambda: kgen.GaussianMixture((3,)).fit(
                tf.data.Dataset.from_tensors(two_clusters()).repeat()
            ),
            r"never ends.*Pass \.take",
        ),
        (
            lambda: kgen.GaussianMixture(3),
            r"data_shape was given as 3.*pass \(3,\)",
        ),
        (
            lambda: kgen.GaussianMixture((3,)).fit(
                tf.data.Dataset.from_tensors(
                    (two_clusters(), np.ones(400, int), np.ones(400))
                )
            ),
            "weights of examples.*Leave them out",
        ),
        (
            lambda: kgen.GaussianMixture((2,), covariance="tied"),
            "Unknown covariance 'tied'.*diagonal, full",
        ),
    ],
)
def test_what_is_refused(act, message):
    with pytest.raises(ValueError, match=message):
        act()


def test_a_mixture_takes_data_as_other_models_do():
    x = two_clusters()

    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 4

        def __getitem__(self, index):
            return (x[100 * index :][:100],)

    kinds = x, x.tolist(), pandas.DataFrame(x), Batches(), iter([x[:300], x[300:]])
    models = [kgen.GaussianMixture((3,), 2, seed=0) for _ in kinds]
    for model, kind in zip(models, kinds, strict=True):
        model.fit(kind)
        np.testing.assert_array_equal(model.means, models[0].means)


def test_a_line_tells_how_em_ended(capsys):
    history = kgen.GaussianMixture((3,), 2).fit(two_clusters(), verbose=1).history
    count, loss = len(history["loss"]), history["loss"][-1]
    assert f"{count} iterations of EM, loss: {loss:.4f}" in capsys.readouterr().out


def test_the_same_seed_gives_the_same_mixture():
    keras.utils.set_random_seed(1)
    one, other = (kgen.GaussianMixture((3,), 4, seed=0) for _ in range(2))
    for model in (one, other):
        model.fit(two_clusters())
    assert np.array_equal(one.means, other.means)


@pytest.mark.parametrize("covariance", ["full", "diagonal"])
@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
def test_nats_of_a_gaussian_mixture_follow_the_units_of_the_data(scale, covariance):
    """One Gaussian: log p(x) at its maximum is minus the entropy of the estimate."""
    x = np.random.default_rng(0).normal(size=(2000, 2)) * scale * [1.0, 100.0]
    x = x.astype("float32")
    model = kgen.GaussianMixture((2,), 1, covariance=covariance)
    history = model.fit(x).history["loss"]
    moments = np.cov(np.float64(x).T, bias=True)
    if covariance == "diagonal":
        moments = np.diag(np.diag(moments))
    entropy = 0.5 * np.linalg.slogdet(2 * np.pi * np.e * moments)[1]
    assert np.mean(model.log_prob(x)) == pytest.approx(-entropy, abs=1e-3)
    assert history[-1] == pytest.approx(entropy, abs=1e-3)


def test_reg_covar_is_a_share_of_the_variance():
    x = 50.0 * np.random.default_rng(0).normal(size=(500, 2)).astype("float32")
    plain, wide = (kgen.GaussianMixture((2,), 1, reg_covar=r) for r in (0.0, 0.5))
    variances = []
    for model in (plain, wide):
        model.fit(x)
        factor = model.factors[0, 0].numpy()
        variances.append(np.diag(factor @ factor.T))
    np.testing.assert_allclose(variances[1] / variances[0], 1.5, rtol=1e-4)
    assert reloaded(wide).reg_covar == 0.5
    with pytest.raises(ValueError, match="reg_covar was given as -1"):
        kgen.GaussianMixture((2,), reg_covar=-1)
