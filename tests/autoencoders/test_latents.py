"""Flows behind the posterior, priors that learn, and ladders, against integration."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

import kgen
from kgen.autoencoders import Ladder, VampPrior
from kgen.autoencoders.total_correlation import independent_rows, total_correlation
from kgen.core.distribution.batch import sample_weights
from kgen.core.random import row_keys
from kgen.flows import Coupling, InverseAutoregressive, Permute
from kgen.flows.steps import forward
from kgen.networks import MADE, mlp_conditioner, mlp_decoder, mlp_encoder
from kgen.testing.replica_checks import pair
from tests import choice

# All x of three bits, and a grid over a latent of two numbers.
EVERY = np.array(list(itertools.product([0, 1], repeat=3)), "float32")
LINE = np.linspace(-9.0, 9.0, 361, dtype="float32")
GRID = np.stack(np.meshgrid(LINE, LINE, indexing="ij"), -1).reshape(-1, 2)
CELL = float(LINE[1] - LINE[0]) ** 2
CONTEXT = 3
# Of what is added to all weights, so that none is what it started as.
SPREAD = 0.1


def iaf(size=2):
    networks = [MADE(size, 2, (8,), "tanh", context_shape=CONTEXT) for _ in range(2)]
    first, last = map(InverseAutoregressive, networks)
    return [first, Permute("reverse"), last]


def splines(size=2):
    network = mlp_conditioner(1, 1, 11, (8,), "tanh", context_shape=CONTEXT)
    return [Coupling(network, kgen.flows.Spline(4), "first")]


def flow(**settings):
    return kgen.build("realnvp", (2,), hidden=(8,), num_steps=2, seed=1, **settings)


PARTS = {
    "iaf": lambda: {"posterior_flow": iaf()},
    "ladder": lambda: {"prior": Ladder((1, 1), (8,), "tanh")},
    "flow": lambda: {"prior": flow()},
    "vamp": lambda: {"prior": VampPrior(3)},
    "nsf": lambda: {"posterior_flow": splines()},
    "maf": lambda: {"prior": kgen.build("maf", (2,), hidden=(8,), seed=1)},
    "both": lambda: {"posterior_flow": iaf(), "prior": flow()},
    "normal": dict,
}


def vae(name, size=2, shape=(3,), **settings):
    """A VAE of three bits whose weights are none of those it started with."""
    keras.utils.set_random_seed(3)
    parts = {**PARTS[name](), **settings}
    context = CONTEXT if "posterior_flow" in parts else 0
    parameters = 2 * size
    sizes = {"num_classes": settings.get("num_classes")}
    model = kgen.VAE(
        mlp_encoder(shape, parameters + context, (8,), **sizes),
        mlp_decoder(size, shape, (8,), **sizes),
        seed=0,
        **parts,
    )
    rng = np.random.default_rng(0)
    for weight in model.trainable_weights:
        weight.assign_add(rng.normal(0.0, SPREAD, weight.shape))
    # A posterior as wide as the true one: else few draws tell nothing of the rest.
    for weight in model.encoder.trainable_weights:
        weight.assign(0.3 * weight)
    bias = model.encoder.trainable_weights[-1]
    log_var = (np.arange(bias.shape[0]) // size == 1).astype("float32")
    bias.assign_add(log_var)
    return model


def likelihoods(model):
    """log p(x | z) for each x and each z of the grid."""
    logits = model.decoder(GRID).numpy().astype("float64")
    return -np.logaddexp(0.0, (1 - 2 * EVERY[:, None]) * logits).sum(-1)


def log_prior(model):
    return model._prior.log_prob(tf.constant(GRID)).numpy().astype("float64")


@choice.parametrize("name", list(PARTS), 2)
def test_bounds_are_those_of_integration_over_the_latent(name):
    model = vae(name)
    prior = log_prior(model)
    assert np.exp(prior).sum() * CELL == pytest.approx(1.0, abs=1e-3)
    joint = likelihoods(model) + prior
    log_p = np.log(np.exp(joint).sum(1) * CELL)
    assert np.exp(log_p).sum() == pytest.approx(1.0, abs=1e-3)

    bound = model.iwae_bound(EVERY, num_samples=4000, seed=0).numpy()
    np.testing.assert_allclose(bound, log_p, atol=0.06)
    # The mean of the ELBO over draws, and its integral over the posterior's density.
    density = np.exp(log_posterior(model))
    np.testing.assert_allclose(density.sum(1) * CELL, 1.0, atol=2e-3)
    integrand = np.where(density > 0, joint - np.log(density + 1e-300), 0.0)
    expected = (density * integrand).sum(1) * CELL
    draws = model.elbo(np.repeat(EVERY, 4000, axis=0), seed=0).numpy()
    draws = draws.reshape(len(EVERY), -1)
    error = draws.std(1) / np.sqrt(4000)
    assert np.all(np.abs(draws.mean(1) - expected) < 4 * error)
    assert np.all(expected < log_p)


def log_posterior(model):
    """log q(z | x) for each x and each z of the grid, from the definition."""
    q = model._inferred(EVERY)
    mean, variance = q.q.mean().numpy(), q.q.variance().numpy()
    z = tf.constant(GRID)
    if isinstance(model.prior, Ladder):
        # The second group's prior is a function of the first group.
        first, second = GRID[:, :1], GRID[:, 1:]
        parameters = model.prior.networks[0](first).numpy()
        priors = [(np.zeros_like(first), np.ones_like(first))]
        priors += [(parameters[:, :1], np.exp(parameters[:, 1:]))]
        total = 0.0
        for k, (group, prior) in enumerate(zip((first, second), priors, strict=True)):
            precision = 1 / variance[None, :, k] + 1 / prior[1]
            center = mean[None, :, k] / variance[None, :, k] + prior[0] / prior[1]
            center, deviation = center / precision, precision**-0.5
            total = total + stats.norm.logpdf(group, center, deviation)
        return total.T
    if model.posterior_flow is None:
        return stats.norm.logpdf(GRID, mean[:, None], variance[:, None] ** 0.5).sum(-1)
    found = []
    for row in range(len(EVERY)):
        context = tf.repeat(q.context[row : row + 1], len(GRID), axis=0)
        conditions = {"labels": None, "context": context}
        u, log_det = forward(model.posterior_flow, z, conditions)
        base = stats.norm.logpdf(u, mean[row], variance[row] ** 0.5).sum(-1)
        found.append(base + log_det.numpy())
    return np.array(found)


def keys(rows):
    return row_keys(np.arange(rows))


def drawn(model, rows, labels=None, temperature=1.0):
    """Draws of the prior, in a graph, as the verbs make them."""
    draw = tf.function(lambda: model.prior_rows(keys(rows), labels, temperature))
    return draw().numpy()


@choice.parametrize("name", ["vamp", "ladder", "flow", "maf", "normal"], 2)
def test_draws_of_a_prior_follow_its_density(name):
    model = vae(name)
    density = np.exp(log_prior(model)) * CELL
    draws = drawn(model, 4000)
    mean = (density[:, None] * GRID).sum(0)
    spread = np.sqrt((density[:, None] * (GRID - mean) ** 2).sum(0))
    error = spread / np.sqrt(len(draws))
    assert np.all(np.abs(draws.mean(0) - mean) < 4 * error)
    np.testing.assert_allclose(draws.std(0), spread, rtol=0.08)
    # Each quadrant has its share.
    for signs in itertools.product([1, -1], repeat=2):
        share = np.mean(np.all(draws * signs > 0, axis=1))
        expected = density[np.all(GRID * signs > 0, axis=1)].sum()
        assert abs(share - expected) < 4 * 0.5 / np.sqrt(len(draws)) + 0.01


@choice.parametrize("name", ["vamp", "ladder", "flow", "normal"], 2)
def test_cold_draws_keep_to_what_is_likely(name):
    model = vae(name)
    cold = drawn(model, 500, temperature=0.3)
    assert cold.std() < 0.7 * drawn(model, 500).std()
    assert np.any(model.sample(9, seed=0) != model.sample(9, seed=0, temperature=0.3))


def test_a_ladders_kl_is_the_mean_over_its_draws():
    model = vae("ladder")
    noise = tf.random.stateless_normal((20_000, len(EVERY), 2), (0, 1))
    draws = model._inferred(EVERY).draw(noise)
    ratios = draws.log_q - model._log_prior(draws.z)
    error = np.std(ratios, axis=0) / np.sqrt(20_000)
    assert np.all(np.abs(np.mean(ratios, axis=0) - draws.kl) < 4 * error)
    np.testing.assert_allclose(tf.reduce_sum(draws.kl_by_dimension, 1), draws.kl)
    # The second group's prior depends on the first.
    above = tf.constant([[-1.0], [1.0]])
    mean, _ = model.prior._prior([above], above)
    assert abs(mean[0, 0] - mean[1, 0]) > 0.05


def test_free_bits_are_a_floor_for_each_number_of_a_ladder():
    model = vae("ladder", free_bits=50.0)
    terms = model.objective(EVERY)
    np.testing.assert_allclose(terms["loss"] - terms["reconstruction"], 100.0)


def test_pseudo_inputs_start_from_the_data_once():
    model = vae("vamp")
    x = np.tile(EVERY, (4, 1))
    data = tf.data.Dataset.from_tensor_slices(x).batch(8)
    model.adapt(data)
    np.testing.assert_array_equal(model.prior.pseudo_inputs, EVERY[:3])
    model.prior.pseudo_inputs.assign(np.zeros((3, 3)))
    model.adapt(data)
    np.testing.assert_array_equal(model.prior.pseudo_inputs, np.zeros((3, 3)))
    # With the data as components it is the mean of their posteriors.
    model.prior.pseudo_inputs.assign(EVERY[:3])
    each = [model.posterior(EVERY[k : k + 1]).prob(GRID[:50]) for k in range(3)]
    found = model._prior.log_prob(tf.constant(GRID[:50]))
    np.testing.assert_allclose(np.exp(found), np.mean(each, axis=0), rtol=1e-4)


@pytest.mark.parametrize("sizes", [{}, {"num_classes": 2}])
def test_density_of_a_models_draws_is_its_own(sizes):
    labels = np.array([0, 1] * 4) if sizes else None
    prior = flow(**sizes)
    model = vae("normal", prior=prior, **sizes)
    own = {} if labels is None else {"labels": labels}
    found = model._prior.log_prob(tf.constant(GRID[:8]), labels)
    np.testing.assert_array_equal(found, prior.log_prob(GRID[:8], **own))
    in_training = model._prior.log_prob(tf.constant(GRID[:8]), labels, training=True)
    np.testing.assert_allclose(found, in_training, rtol=1e-5)


def test_a_prior_may_know_the_class():
    labels = np.array([0, 1] * 4)
    model = vae("normal", prior=flow(num_classes=2), num_classes=2)
    model.compile("adam")
    model.fit(EVERY, labels, epochs=1, verbose=0)
    first, second = (drawn(model, 1, np.array([k])) for k in (0, 1))
    assert np.any(first != second)
    assert model.sample(labels=labels, seed=0).shape == (8, 3)


@pytest.mark.parametrize(
    ("settings", "condition"),
    [
        ({"num_classes": 2}, {"labels": np.array([0, 1])}),
        ({"context_shape": (3,)}, {"context": np.eye(2, 3, dtype="float32")}),
        ({"context_shape": (2, 2, 1)}, {"context": np.ones((2, 2, 2, 1), "float32")}),
    ],
)
@pytest.mark.parametrize("prior", ["maf", "nsf", "realnvp"])
def test_a_flow_by_its_name_is_told_the_condition(prior, settings, condition):
    tiny = {"latent_dim": 2, "filters": (3,), "latent_hidden": (4,)}
    model = kgen.build("vae", (4, 4, 1), prior=prior, seed=0, **tiny, **settings)
    (name,) = condition
    assert model.prior.condition == model.condition == name
    assert model.sample(**condition, seed=0).shape == (2, 4, 4, 1)


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("normal", {"prior": "vamp"}, "given a str as prior"),
        ("normal", {"prior": kgen.DDPM}, "the class DDPM"),
        ("iaf", {"kl": "analytic"}, "kl='analytic' is for a normal posterior"),
        ("flow", {"free_bits": 1.0}, "free_bits=1.0 needs the KL of each"),
        ("vamp", {"num_classes": 2}, "unconditional VAE, but this one has labels"),
    ],
)
def test_what_does_not_fit_is_refused(name, settings, said):
    with pytest.raises(ValueError, match=said):
        vae(name, **settings)


def test_parts_of_another_size_or_model_are_refused():
    with pytest.raises(ValueError, match=r"have 5 numbers in all, but z has"):
        vae("normal", prior=Ladder((1, 4)))
    with pytest.raises(ValueError, match=r"A Ladder needs covariance='diagonal'"):
        vae("iaf", prior=Ladder((1, 1)))
    with pytest.raises(ValueError, match=r"groups=\[2\], but needs two or more"):
        Ladder([2])
    with pytest.raises(ValueError, match=r"data of shape \(3,\), but z has the shape"):
        vae("normal", prior=kgen.build("maf", (3,), hidden=(4,)))
    with pytest.raises(ValueError, match=r"takes labels, but the VAE has no cond"):
        vae("normal", prior=flow(num_classes=2))
    with pytest.raises(ValueError, match=r"GaussianMixture as its prior.*TwoStage"):
        vae("normal", prior=kgen.GaussianMixture((2,), 2))
    penalised = kgen.build("ffjord", (2,), hidden=(4,), kinetic_energy=1.0)
    with pytest.raises(ValueError, match=r"ContinuousFlow.*without penalties"):
        vae("normal", prior=penalised)
    with pytest.raises(ValueError, match=r"groups=4, but expects the size of each"):
        Ladder(4)
    with pytest.raises(ValueError, match=r"part of a VAE already"):
        vae("normal", prior=vae("vamp").prior)
    with pytest.raises(ValueError, match=r"kgen\.flows\.Step"):
        vae("normal", posterior_flow=["iaf"])


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("vae", {"latent_hidden": (5,)}, "latent_hidden=.* there are none"),
        ("ladder-vae", {"num_latent_steps": 3}, "num_latent_steps=3"),
        ("vae", {"groups": (4, 12)}, "groups"),
        ("flow-vae", {"num_latent_steps": 0}, "num_latent_steps=0"),
        ("flow-vae", {"latent_hidden": ()}, "no hidden layers"),
        ("ladder-vae", {"groups": ()}, "groups=.*two or more"),
        ("ladder-vae", {"latent_dim": 1}, "latent_dim=1"),
        ("vae", {"posterior_flow": "naf"}, "posterior_flow.*iaf"),
        ("vae", {"prior": "gamma"}, "prior.*vamp"),
    ],
)
def test_settings_of_the_recipe_are_used_or_refused(name, settings, said):
    with pytest.raises(ValueError, match=said):
        kgen.build(name, (4, 4, 1), **settings)


def test_total_correlation_of_posteriors_on_a_grid_is_zero():
    from tensorflow_probability import distributions as tfd

    # The mean of normals around all pairs of places is a product.
    means = np.array(list(itertools.product([-1.0, 2.0], [0.0, 1.0, 5.0])), "float32")
    q = tfd.MultivariateNormalDiag(means, np.full_like(means, 0.7))
    z = tf.random.stateless_normal(means.shape, (0, 1))
    np.testing.assert_allclose(total_correlation(q, z), np.zeros(6), atol=1e-5)

    # On a diagonal it is not: the definition, in another way.
    means = np.repeat(np.linspace(-4, 4, 5, dtype="float32")[:, None], 2, axis=1)
    q = tfd.MultivariateNormalDiag(means, np.ones_like(means))
    found = total_correlation(q, tf.constant(means))
    each = stats.norm.pdf(means[:, None], means[None], 1.0)
    joint, marginal = each.prod(-1).mean(1), each.mean(1).prod(-1)
    np.testing.assert_allclose(found, np.log(joint / marginal), rtol=1e-5)
    assert np.all(found > 0.5)


def test_the_weight_of_the_total_correlation_changes_the_loss_alone():
    model, heavy = vae("normal"), vae("normal", tc_weight=4.0)
    for each in (model, heavy):  # Posteriors that are apart.
        for weight in each.encoder.trainable_weights:
            weight.assign(10.0 * weight)
        each.encoder.trainable_weights[-1].assign([0.0, 0.0, -4.0, -4.0])
    one, other = model.objective(EVERY), heavy.objective(EVERY)
    np.testing.assert_array_equal(one["kl"], other["kl"])
    assert np.any(np.abs(other["loss"] - one["loss"]) > 0.01)
    np.testing.assert_array_equal(model.elbo(EVERY, seed=0), heavy.elbo(EVERY, seed=0))
    # It is within the KL term, whose weight starts at 0 here.
    late = vae("normal", tc_weight=4.0, kl_warmup_steps=10)
    late.compile("adam")
    terms = late.objective(EVERY, training=True)
    np.testing.assert_array_equal(terms["loss"], terms["reconstruction"])
    for settings in ({"bound": "iwae", "num_samples": 2}, {"prior": VampPrior(3)}):
        with pytest.raises(ValueError, match="tc_weight"):
            vae("normal", tc_weight=4.0, **settings)


def test_total_correlation_has_the_weights_of_examples():
    from tensorflow_probability import distributions as tfd

    means = np.array([[0.0, 0.0], [1.0, 2.0], [9.0, 9.0]], "float32")

    def found(rows, weight):
        q = tfd.MultivariateNormalDiag(means[rows], np.ones_like(means[rows]))
        with sample_weights(tf.constant(weight)):
            return total_correlation(q, tf.constant(means[rows])).numpy()

    once = found([0, 1, 2], [1.0, 2.0, 0.0])
    np.testing.assert_allclose(once[:2], found([0, 1, 1], [1.0] * 3)[:2], rtol=1e-5)


def test_a_batch_without_weight_leaves_a_finite_model():
    model = vae("normal", tc_weight=4.0)
    model.compile("sgd")
    before = [weight.numpy() for weight in model.trainable_weights]
    model.train_on_batch(EVERY, sample_weight=np.zeros(len(EVERY)))
    for old, new in zip(before, model.trainable_weights, strict=True):
        np.testing.assert_array_equal(old, new)


def test_independent_rows_are_those_of_all_replicas():
    strategy = pair()

    def rows():
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        z = tf.fill([200 + 100 * replica, 2], tf.cast(replica, tf.float32))
        return independent_rows(z, key=[0, replica])

    parts = tf.function(lambda: strategy.run(rows))()
    for found in strategy.experimental_local_results(parts):
        # 200 zeros and 300 ones in all, for each coordinate by itself.
        assert abs(np.mean(found) - 0.6) < 0.1
        assert np.any(found[:, 0] != found[:, 1])


def test_rows_of_independent_coordinates_have_the_marginals_of_the_weighted_batch():
    z = np.repeat([[0.0, 10.0], [1.0, 11.0], [2.0, 12.0]], 4000, axis=0)
    weight = np.repeat([1.0, 0.0, 3.0], 4000)
    with sample_weights(tf.constant(weight)):
        found = independent_rows(tf.constant(z, tf.float32), key=[0, 1]).numpy()
    assert set(found[:, 0]) == {0.0, 2.0}
    pairs = np.float32([[0, 10], [0, 12], [2, 10], [2, 12]])
    joint = [np.mean((found == pair).all(axis=1)) for pair in pairs]
    # Each coordinate is the first of the two with probability 1/4, by itself.
    np.testing.assert_allclose(joint, np.array([1, 3, 3, 9]) / 16, atol=0.015)
