"""The VAE's numbers, against closed forms, integration and one another."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import special
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA

import kgen
from kgen.likelihoods import Gaussian, LearnedGaussian
from kgen.networks import mlp_decoder, mlp_encoder, with_shared_variance
from kgen.testing import check_bounds, check_replicas, check_saving, check_seeds
from tests import choice

LIKELIHOODS = [
    "learned_gaussian",
    "categorical",
    "bernoulli",
    "gaussian",
    "discretized_logistic",
]


def small_vae(seed=0, **settings):
    keras.utils.set_random_seed(seed)
    settings = {"likelihood": "bernoulli", "seed": seed, **settings}
    settings = {"latent_dim": 2, "hidden": (16,), **settings}
    return kgen.build("vae", (6,), **settings)


def binary(num_rows, seed=0):
    """Six bits from two causes, so that there is something to learn."""
    rng = np.random.default_rng(seed)
    cause = rng.integers(0, 2, (num_rows, 2)).repeat(3, axis=1)
    flip = rng.random((num_rows, 6)) < 0.1
    return (cause ^ flip).astype("float32")


@pytest.fixture(scope="module")
def trained():
    model = small_vae(learning_rate=0.01)
    model.fit(tf.data.Dataset.from_tensors(binary(256)).repeat(300), verbose=0)
    return model


def integral(model, x, steps=400, reach=6.0):
    """log p(x) by the trapezoidal rule over a two-dimensional latent."""
    axis = np.linspace(-reach, reach, steps)
    z = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2).astype("float32")
    log_prior = -0.5 * np.sum(z**2, axis=-1) - np.log(2 * np.pi)
    cell = 2 * np.log(axis[1] - axis[0])
    terms = [
        log_prior + model.log_likelihood(np.repeat(row[None], len(z), 0), z).numpy()
        for row in x
    ]
    return special.logsumexp(np.float64(terms), axis=1) + cell


def test_iwae_bound_agrees_with_numerical_integration(trained):
    x = binary(8, seed=1)
    exact = integral(trained, x)
    groups = trained.iwae_bound(np.repeat(x, 40, axis=0), num_samples=2000, seed=0)
    groups = groups.numpy().reshape(8, 40)
    bound = special.logsumexp(groups, axis=1) - np.log(40)  # 80,000 draws.
    error = groups.std(axis=1) / np.sqrt(40)
    assert np.all(error < 0.02)
    assert np.all(np.abs(bound - exact) < 4 * error + 1e-4)
    elbo = np.array([trained.elbo(x, seed=s) for s in range(400)])
    error = elbo.std(axis=0) / np.sqrt(400)
    assert np.all(elbo.mean(axis=0) < exact + 4 * error)
    assert np.mean(elbo) < np.mean(exact)


def test_probabilities_of_all_data_sum_to_one(trained):
    everything = np.array(np.meshgrid(*[[0, 1]] * 6)).reshape(6, -1).T
    log_prob = integral(trained, everything.astype("float32"), steps=150)
    assert np.exp(log_prob).sum() == pytest.approx(1.0, abs=1e-4)


def test_it_learned_more_than_independent_bits(trained):
    """Independent fair bits have 6 log 2 nats, this source 2 log 2 + 6 h(0.1)."""
    x = binary(1000, seed=2)
    nats = -np.mean(trained.iwae_bound(x, num_samples=100, seed=0))
    entropy = 2 * np.log(2) - 6 * (0.1 * np.log(0.1) + 0.9 * np.log(0.9))
    assert nats < 0.9 * 6 * np.log(2)
    # Two causes may give equal bits, so the entropy is a little below that sum.
    assert nats > 0.9 * entropy


def test_bounds_rise_and_parts_add_up(trained):
    x = binary(16, seed=3)
    check_bounds(trained, x)
    parts = trained.elbo_parts(x, seed=5)
    total = -(parts["reconstruction"] + parts["kl"])
    np.testing.assert_allclose(total, trained.elbo(x, seed=5), rtol=1e-5)
    one = trained.iwae_bound(x, num_samples=1, seed=np.arange(16))
    assert one.shape == (16,)


def test_objective_is_the_mean_of_the_verbs(trained):
    x = np.repeat(binary(4, seed=4), 500, axis=0)
    logs = trained.evaluate(x, batch_size=2000, verbose=0, return_dict=True)
    parts = trained.elbo_parts(x, seed=0)
    assert logs["kl"] == pytest.approx(np.mean(parts["kl"]), rel=1e-4)
    values = parts["reconstruction"].numpy()
    error = values.std() * np.sqrt(2 / len(values))
    assert logs["reconstruction"] == pytest.approx(values.mean(), abs=4 * error)
    assert logs["loss"] == pytest.approx(logs["kl"] + logs["reconstruction"], rel=1e-5)


def test_linear_vae_reaches_the_likelihood_of_probabilistic_pca():
    """With linear networks and the right variance the optimum is PPCA's.

    The posterior of that model is Gaussian with a full covariance, so the bound is
    tight, and scikit-learn has the likelihood in closed form.
    """
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(2, 5))
    x = rng.normal(size=(1000, 2)) @ factors + 0.4 * rng.normal(size=(1000, 5)) + 0.5
    x = x.astype("float32")
    pca = PCA(2).fit(x)
    keras.utils.set_random_seed(0)
    model = kgen.VAE(
        mlp_encoder((5,), 2 + 3, hidden=()),
        mlp_decoder(2, (5,), hidden=()),
        likelihood=Gaussian(float(np.sqrt(pca.noise_variance_))),
        covariance="full",
        seed=0,
    )
    for learning_rate in (0.02, 0.002):
        model.compile(keras.optimizers.Adam(learning_rate))
        model.fit(tf.data.Dataset.from_tensors(x).repeat(1500), verbose=0)
    exact = pca.score(x)
    assert np.mean(model.elbo(x, seed=0)) == pytest.approx(exact, abs=0.05)
    assert np.mean(model.iwae_bound(x, seed=0)) == pytest.approx(exact, abs=0.05)


@pytest.mark.parametrize("covariance", ["diagonal", "full"])
def test_monte_carlo_kl_agrees_with_the_analytic_one(covariance):
    exact = small_vae(covariance=covariance)
    sampled = small_vae(covariance=covariance, kl="monte_carlo")
    x = np.repeat(binary(1), 4000, axis=0)
    expected = exact.elbo_parts(x, seed=0)
    found = sampled.elbo_parts(x, seed=0)
    error = np.std(found["kl"]) / np.sqrt(4000)
    assert abs(np.mean(found["kl"]) - np.mean(expected["kl"])) < 4 * error
    assert np.array_equal(found["reconstruction"], expected["reconstruction"])


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_observations_are_in_the_support_and_belong_to_their_seed(likelihood):
    model = small_vae(likelihood=likelihood)
    draws = model.sample(7, seed=0, observe=True).numpy()
    assert draws.shape == (7, 6)
    assert model.likelihood.covers(draws)
    assert np.array_equal(draws, model.sample(7, seed=0, observe=True))
    # Products of other sizes round in another way on some processors.
    fewer = model.sample(3, seed=0, observe=True)
    np.testing.assert_allclose(draws[:3], fewer, rtol=1e-5, atol=1e-5)
    assert np.any(draws != model.sample(7, seed=0))


def test_observations_average_to_the_decoders_mean():
    model = small_vae()
    means = model.sample(4000, seed=0).numpy()
    draws = model.sample(4000, seed=0, observe=True).numpy()
    error = np.sqrt(np.mean(means * (1 - means)) / 4000)
    np.testing.assert_allclose(draws.mean(0), means.mean(0), atol=4 * error)


@choice.parametrize(
    "likelihood, covariance",
    [("gaussian", "full"), *[(likelihood, "diagonal") for likelihood in LIKELIHOODS]],
    by_default=1,
)
def test_every_likelihood_and_covariance_keeps_the_contract(likelihood, covariance):
    model = small_vae(likelihood=likelihood, covariance=covariance, num_classes=2)
    x, labels = binary(8), np.arange(8) % 2
    model.fit(x, labels, verbose=0)
    check_seeds(model, x, labels)
    check_saving(model, x, labels)


def test_beta_weighs_the_kl_in_the_loss_alone():
    x = binary(64)
    logs = small_vae(beta=4.0).evaluate(x, verbose=0, return_dict=True)
    expected = logs["reconstruction"] + 4.0 * logs["kl"]
    assert logs["loss"] == pytest.approx(expected, rel=1e-5)
    beta_elbo = small_vae(beta=4.0).elbo(x, seed=0)
    np.testing.assert_allclose(beta_elbo, small_vae().elbo(x, seed=0), rtol=1e-6)


def test_large_beta_closes_the_latent():
    data = tf.data.Dataset.from_tensors(binary(256)).repeat(200)
    logs = small_vae(beta=50.0, learning_rate=0.01).fit(data, verbose=0).history
    assert logs["kl"][-1] < 0.1


def test_iwae_of_one_draw_is_the_elbo_with_a_sampled_kl():
    x = binary(32)
    logs = [
        small_vae(**settings).evaluate(x, verbose=0, return_dict=True)["loss"]
        for settings in ({"bound": "iwae"}, {"kl": "monte_carlo"})
    ]
    assert logs[0] == pytest.approx(logs[1], rel=1e-6)


def test_iwae_objective_is_the_bound_of_as_many_draws(trained):
    model = small_vae(bound="iwae", num_samples=5)
    model.set_weights(trained.get_weights())
    x = np.repeat(binary(4, seed=4), 500, axis=0)
    loss = model.evaluate(x, batch_size=2000, verbose=0, return_dict=True)["loss"]
    bound = trained.iwae_bound(x, num_samples=5, seed=0).numpy()
    error = bound.std() * np.sqrt(2 / len(bound))
    assert -loss == pytest.approx(bound.mean(), abs=4 * error)
    assert np.mean(trained.elbo(x, seed=0)) < bound.mean() - 4 * error


def test_draws_keep_their_example_and_its_label():
    model = small_vae(num_classes=2, num_samples=3)
    x, labels = tf.constant(binary(4)), tf.constant([0, 1, 1, 0])
    z = tf.random.stateless_normal((3, 4, 2), [1, 2])
    found = model._log_likelihoods(x, z, labels, False)
    expected = [model.log_likelihood(x, one, labels) for one in z]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_more_draws_leave_the_elbo_as_it_is_and_its_noise_smaller(trained):
    one, many = small_vae(), small_vae(num_samples=16)
    x, losses = binary(4, seed=4), {}
    for model in (one, many):
        model.set_weights(trained.get_weights())
        terms = [model.objective(tf.constant(x)) for _ in range(60)]
        losses[model] = np.array([np.mean(term["loss"]) for term in terms])
    error = losses[one].std() / np.sqrt(60)
    assert losses[many].mean() == pytest.approx(losses[one].mean(), abs=4 * error)
    assert losses[many].std() < 0.5 * losses[one].std()


def test_iwae_training_is_tighter_where_the_posterior_family_is_too_small():
    """Against its own kind: the same steps on the bound of 1 and of 20 draws."""
    x, bounds = binary(256), {}
    for num_samples in (1, 20):
        model = small_vae(bound="iwae", num_samples=num_samples, learning_rate=0.01)
        model.fit(tf.data.Dataset.from_tensors(x).repeat(300), verbose=0)
        bounds[num_samples] = np.mean(model.iwae_bound(x, num_samples=500, seed=0))
    assert bounds[20] > bounds[1]


def test_free_bits_are_a_floor_for_each_dimension():
    model = small_vae(free_bits=0.7, beta=2.0)
    x = binary(50)
    logs = model.evaluate(x, batch_size=50, verbose=0, return_dict=True)
    mean, log_var = np.split(np.float64(model.encoder(x)), 2, axis=1)
    kl = 0.5 * (np.exp(log_var) + mean**2 - 1 - log_var)
    assert logs["kl"] == pytest.approx(kl.sum(axis=1).mean(), rel=1e-4)
    floored = np.maximum(0.7, kl.mean(axis=0)).sum()
    expected = logs["reconstruction"] + 2.0 * floored
    assert logs["loss"] == pytest.approx(expected, rel=1e-5)
    check_replicas(model, x)


def test_free_bits_keep_open_what_a_large_beta_closes():
    """Half a nat for each of two dimensions is used, and the error is smaller."""
    x, logs = binary(256), {}
    for free_bits in (0.0, 0.5):
        model = small_vae(beta=50.0, learning_rate=0.01, free_bits=free_bits)
        model.fit(tf.data.Dataset.from_tensors(x).repeat(400), verbose=0)
        logs[free_bits] = model.evaluate(x, verbose=0, return_dict=True)
    assert logs[0.0]["kl"] < 0.01
    assert 0.6 < logs[0.5]["kl"] < 1.05
    assert logs[0.5]["reconstruction"] < logs[0.0]["reconstruction"] - 1.0


def test_shared_variance_becomes_the_mean_squared_error():
    """The maximum likelihood variance, once for all values."""
    spread = np.array([0.05, 0.3])
    x = 0.5 + np.random.default_rng(0).normal(size=(2000, 2)) * spread
    x = x.astype("float32")
    settings = {"latent_dim": 1, "hidden": (8,), "beta": 20.0, "seed": 0}
    model = kgen.build("sigma-vae", (2,), learning_rate=0.01, **settings)
    model.fit(tf.data.Dataset.from_tensors(x).repeat(800), verbose=0)
    parameters = model.decoder(np.zeros((1, 1), "float32"))
    variance = model.likelihood.distribution(parameters).variance().numpy()[0]
    variance *= np.exp(2 * model.scaling.log_spread.numpy())  # In units of the data.
    assert variance[0] == variance[1]
    error = np.mean((x - model.reconstruct(x)) ** 2)
    assert variance[0] == pytest.approx(error, rel=0.02)
    assert error == pytest.approx(x.var(axis=0).mean(), rel=0.02)


def test_kl_warmup_rises_linearly_with_the_steps():
    model = small_vae(beta=2.0, kl_warmup_steps=10)
    x, weights = binary(32), []
    for _ in range(12):
        weights.append(float(model.kl_weight(training=True)))
        model.fit(x, batch_size=32, verbose=0)
    expected = [2.0 * min(step / 10, 1.0) for step in range(12)]
    np.testing.assert_allclose(weights, expected, rtol=1e-6)
    assert model.kl_weight() == 2.0


def test_conditional_vae_draws_the_class_it_is_asked_for():
    """Class k has its bits on at k only."""
    labels = np.arange(300) % 3
    x = np.eye(3, dtype="float32")[labels].repeat(2, axis=1)
    model = small_vae(num_classes=3, learning_rate=0.02)
    data = tf.data.Dataset.from_tensors((x, labels)).repeat(150)
    model.fit(data, verbose=0)
    wanted = [2, 0, 1, 1]
    draws = model.sample(labels=wanted, seed=0).numpy()
    assert np.array_equal(draws.reshape(4, 3, 2).mean(-1).argmax(-1), wanted)


def test_learned_variance_is_the_spread_of_the_data():
    """Two values of different spread around a mean that z cannot tell."""
    spread = np.array([0.05, 0.3])
    x = 0.5 + np.random.default_rng(0).normal(size=(2000, 2)) * spread
    model = kgen.build(
        "vae",
        (2,),
        latent_dim=1,
        hidden=(8,),
        likelihood=LearnedGaussian(),
        beta=20.0,
        learning_rate=0.01,
        seed=0,
    )
    data = tf.data.Dataset.from_tensors(x.astype("float32")).repeat(600)
    model.fit(data, verbose=0)
    parameters = model.decoder(np.zeros((1, 1), "float32"))
    stddev = model.likelihood.distribution(parameters).stddev().numpy()[0]
    stddev *= np.exp(model.scaling.log_spread.numpy())  # In units of the data.
    np.testing.assert_allclose(stddev, x.std(axis=0), rtol=0.1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"encoder": mlp_encoder((6,), 3)}, r"encoder's output.*\(3,\).*need \(4,\)"),
        ({"likelihood": "gaussian", "covariance": "full"}, r"encoder's.*need \(5,\)"),
        ({"likelihood": "learned_gaussian"}, r"decoder's output.*need \(12,\)"),
        (
            {"decoder": mlp_decoder(2, (6,), output_activation="sigmoid")},
            "ends with 'sigmoid'.*Bernoulli takes logits",
        ),
        ({"num_classes": 3}, "num_classes=3.*none of the networks.*'labels'"),
        (
            {"encoder": mlp_encoder((6,), 4, num_classes=3)},
            "an input 'labels', but there are no classes",
        ),
        ({"kl": "sampled"}, "Unknown kl 'sampled'.*analytic, monte_carlo"),
        ({"bound": "iw"}, "Unknown bound 'iw'.*elbo, iwae"),
        ({"bound": "iwae", "beta": 2.0}, "no KL term of its own.*beta"),
        ({"free_bits": 1.0, "kl": "monte_carlo"}, "free_bits=1.0.*'analytic'"),
        ({"num_samples": 0}, "num_samples=0.*1 or larger"),
    ],
)
def test_networks_that_do_not_fit_are_refused(change, message):
    networks = {"encoder": mlp_encoder((6,), 4), "decoder": mlp_decoder(2, (6,))}
    with pytest.raises(ValueError, match=message):
        kgen.VAE(**{**networks, **change})


def test_recipe_follows_the_data():
    points, images = kgen.build("vae", (2,)), kgen.build("vae", (4, 3, 1))
    assert type(points.likelihood).__name__ == "LearnedGaussian"
    assert type(images.likelihood).__name__ == "Bernoulli"
    named = kgen.build("vae", (2,), likelihood="gaussian", stddev=0.3, name="points")
    assert named.likelihood.stddev == 0.3 and named.name == "points"


def test_sequential_networks():
    encoder = keras.Sequential([keras.Input((6,)), keras.layers.Dense(4)])
    decoder = keras.Sequential([keras.Input((2,)), keras.layers.Dense(6)])
    model = kgen.VAE(encoder, decoder)
    model.compile()
    model.fit(binary(8), verbose=0)
    assert model.sample(2).shape == (2, 6)


@choice.parametrize("scale", [1e-3, 1.0, 1e3], 1)
def test_learned_variance_reaches_probabilistic_pca_in_any_units(scale):
    """The floor of the variance, and training, know nothing of units."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1000, 1)) @ rng.normal(size=(1, 3))
    x = (scale * (x + 0.3 * rng.normal(size=(1000, 3)) + 5.0)).astype("float32")
    keras.utils.set_random_seed(0)
    model = kgen.VAE(
        mlp_encoder((3,), 2, hidden=()),
        with_shared_variance(mlp_decoder(1, (3,), hidden=())),
        likelihood="learned_gaussian",
        seed=0,
    )
    for learning_rate in (0.03, 0.003):
        model.compile(keras.optimizers.Adam(learning_rate))
        model.fit(tf.data.Dataset.from_tensors(x).repeat(300), verbose=0)
    exact = PCA(1).fit(x).score(x)
    assert np.mean(model.elbo(x, seed=0)) == pytest.approx(exact, abs=0.05)
    draws = model.sample(4000, seed=0, observe=True).numpy()
    np.testing.assert_allclose(draws.mean(0), x.mean(0), atol=0.1 * scale)
    np.testing.assert_allclose(draws.std(0), x.std(0), rtol=0.08)
    error = np.sqrt(np.mean((model.reconstruct(x) - x) ** 2)) / scale
    assert error < 0.35


def test_small_deviations_have_the_nats_of_their_entropy():
    """Two independent values of deviation 1e-3: 2 log(1e-3 sqrt(2 pi e)) = -11.0."""
    x = 1e-3 * np.random.default_rng(0).normal(size=(4096, 2)).astype("float32")
    keras.utils.set_random_seed(0)
    model = kgen.build("vae", (2,), latent_dim=1, hidden=(8,), seed=0)
    model.fit(tf.data.Dataset.from_tensors(x).repeat(250), verbose=0)
    expected = -2 * np.log(1e-3 * np.sqrt(2 * np.pi * np.e))
    assert np.mean(model.elbo(x, seed=0)) == pytest.approx(expected, abs=0.06)


@pytest.mark.slow
def test_raw_columns_train_as_standardised_ones():
    """Wine as it comes, 13 columns of deviations from 0.1 to 300."""
    x = load_wine().data.astype("float32")
    nats = []
    for data in (x, (x - x.mean(0)) / x.std(0)):
        keras.utils.set_random_seed(0)
        model = kgen.build("vae", (13,), latent_dim=2, hidden=(32,), seed=0)
        model.fit(data, batch_size=178, epochs=60, shuffle=False, verbose=0)
        nats.append(np.mean(model.elbo(x if data is x else data, seed=0)))
    assert nats[0] + np.sum(np.log(x.std(0))) == pytest.approx(nats[1], abs=0.02)
    assert nats[1] > -18.4  # Independent normals: 13 * 1.42.


@pytest.mark.slow
def test_standardised_models_are_saved_and_keep_their_first_scale():
    x = (1e3 + 10 * np.random.default_rng(0).normal(size=(13, 2))).astype("float32")

    def make():
        keras.utils.set_random_seed(0)
        return kgen.build("sigma-vae", (2,), latent_dim=1, hidden=(4,), seed=0)

    model = make()
    model.fit(x, verbose=0)
    np.testing.assert_allclose(model.scaling.center, x.mean(0), rtol=1e-6)
    check_saving(model, x)
    kept = model.scaling.center.numpy()
    model.fit(x + 100, verbose=0)
    assert np.array_equal(model.scaling.center, kept)


@pytest.mark.parametrize("likelihood", ["categorical", "discretized_logistic"])
def test_values_between_levels_are_the_nearest_everywhere(likelihood):
    model = small_vae(likelihood=likelihood)
    x = np.random.default_rng(0).random((4, 6)).astype("float32")
    levels = np.round(x * 255) / 255
    assert np.any(levels != x)
    for verb in (model.elbo, model.iwae_bound):
        assert np.array_equal(verb(x, seed=0), verb(levels, seed=0))
    assert np.array_equal(model.encode(x), model.encode(levels))
