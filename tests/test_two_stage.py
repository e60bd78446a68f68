"""Two stages: draws of the prior, decoded; bounds against sums over all codes."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import special

import kgen
from kgen.core.random import fold_rows, row_keys
from kgen.diffusion import DDIM
from kgen.downstream.anomaly import AnomalyDetector
from kgen.metrics import evaluate_likelihood
from kgen.testing import check_labels, check_seeds, check_servables, write_servable
from kgen.testing.tools import reloaded, same_outputs

SHAPE = (4, 4, 1)
X = (np.random.default_rng(0).random((60, *SHAPE)) < 0.4).astype("float32")
LABELS = (np.arange(60) % 3).astype("int32")
TINY = {"filters": (4,), "seed": 0}


def vqvae(num_classes=None):
    keras.utils.set_random_seed(0)
    model = kgen.build("vq-vae", SHAPE, num_classes, num_codes=3, latent_dim=2, **TINY)
    model.fit(X, None if num_classes is None else LABELS, epochs=10, verbose=0)
    return model


@pytest.fixture(scope="module")
def discrete():
    first = vqvae()
    model = kgen.TwoStage(first, kgen.CategoricalMixture((2, 2), 3, 2, seed=0), seed=0)
    model.fit(X)
    return model


@pytest.fixture(scope="module")
def continuous():
    keras.utils.set_random_seed(0)
    vae = kgen.build("vae", SHAPE, latent_dim=2, **TINY)
    vae.fit(X, epochs=10, verbose=0)
    model = kgen.TwoStage(vae, kgen.GaussianMixture((2,), 2, seed=0), seed=0)
    model.fit(X)
    return model


CODES = np.array(list(itertools.product(range(3), repeat=4))).reshape(-1, 2, 2)


def exact(model, x):
    """log p(x) by the sum over all codes."""
    log_prior = np.float64(model.prior.log_prob(CODES))
    terms = [
        log_prior + model.first.log_likelihood(np.repeat(row[None], 81, 0), CODES)
        for row in x
    ]
    return special.logsumexp(terms, axis=1)


def test_bound_of_a_vqvae_is_one_term_of_the_sum_over_codes(discrete):
    bound = np.float64(discrete.elbo(X))
    assert np.all(bound <= exact(discrete, X) + 1e-4)
    codes = discrete.encode(X)
    parts = discrete.first.log_likelihood(X, codes) + discrete.prior.log_prob(codes)
    np.testing.assert_allclose(bound, parts, rtol=1e-4)


def test_bound_of_a_vae_is_below_the_integral_over_its_latent(continuous):
    axis = np.linspace(-7, 7, 140)
    z = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2).astype("float32")
    log_prior = np.float64(continuous.prior.log_prob(z))
    cell = 2 * np.log(axis[1] - axis[0])
    assert np.exp(log_prior + cell).sum() == pytest.approx(1.0, abs=1e-3)
    x = X[:6]
    rows = [np.repeat(row[None], len(z), 0) for row in x]
    terms = [log_prior + continuous.first.log_likelihood(row, z) for row in rows]
    integral = special.logsumexp(np.float64(terms), axis=1) + cell
    elbo = np.array([continuous.elbo(x, seed=s) for s in range(300)])
    error = elbo.std(axis=0) / np.sqrt(300)
    assert np.all(elbo.mean(axis=0) < integral + 4 * error)
    # E_q p(x, z) / q(z | x) is p(x): the bound's draws average to it.
    mean = special.logsumexp(np.float64(elbo), axis=0) - np.log(300)
    np.testing.assert_allclose(mean, integral, atol=0.3)


def test_samples_are_decoded_draws_of_the_prior(discrete, continuous):
    for model in (discrete, continuous):
        z = model.prior.sample(9, seed=4)
        np.testing.assert_allclose(
            model.sample(9, seed=4), model.first.decode(z), rtol=1e-4, atol=1e-6
        )


def test_first_stays_as_it_is_and_the_prior_is_fitted_to_its_codes(discrete):
    first = vqvae()
    before = first.get_weights()
    model = kgen.TwoStage(first, kgen.CategoricalMixture((2, 2), 3, 2, seed=0))
    history = model.fit(tf.data.Dataset.from_tensor_slices(X).batch(16))
    for one, other in zip(before, first.get_weights(), strict=True):
        assert np.array_equal(one, other)
    alone = kgen.CategoricalMixture((2, 2), 3, 2, seed=0)
    alone.fit(first.encode(X))
    np.testing.assert_allclose(
        model.prior.log_prob(CODES), alone.log_prob(CODES), rtol=1e-4
    )
    assert history.history["loss"]


def test_plain_autoencoders_sample_but_have_no_likelihood():
    autoencoder = kgen.build("autoencoder", SHAPE, latent_dim=2, seed=0)
    model = kgen.TwoStage(autoencoder, kgen.GaussianMixture((2,), 2, seed=0), seed=0)
    model.fit(X)
    assert model.sample(5, seed=0).shape == (5, *SHAPE)
    assert not hasattr(model, "elbo")


def test_a_grid_code_has_a_prior_too():
    keras.utils.set_random_seed(0)
    networks = (
        kgen.networks.pooled_encoder(SHAPE, (3, 2)),
        kgen.networks.pooled_decoder(SHAPE, (2, 3), output_activation="sigmoid"),
    )
    mixture = kgen.GaussianMixture((1, 1, 2), 2, covariance="diagonal", seed=0)
    model = kgen.TwoStage(kgen.Autoencoder(*networks), mixture)
    model.fit(X)
    assert model.sample(3, seed=0).shape == (3, *SHAPE)


def test_evaluate_gives_the_bound_where_there_is_one(discrete):
    discrete.compile()
    loss = discrete.evaluate(X, verbose=0, return_dict=True)["loss"]
    assert loss == pytest.approx(-np.mean(discrete.elbo(X)), rel=1e-4)
    autoencoder = kgen.build("autoencoder", SHAPE, latent_dim=2, seed=0)
    model = kgen.TwoStage(autoencoder, kgen.GaussianMixture((2,), 2))
    model.compile()
    with pytest.raises(ValueError, match="nothing to evaluate.*no bound"):
        model.evaluate(X, verbose=0)


def test_a_prior_that_learns_by_gradient():
    """A VAE over the codes of an autoencoder: epochs and validation reach it."""
    keras.utils.set_random_seed(0)
    autoencoder = kgen.build("autoencoder", SHAPE, latent_dim=3, seed=0)
    prior = kgen.build("vae", (3,), latent_dim=2, hidden=(5,), seed=0)
    model = kgen.TwoStage(autoencoder, prior)
    history = model.fit(X, epochs=3, batch_size=20, validation_data=X[:9], verbose=0)
    assert len(history.history["val_loss"]) == 3
    assert int(prior.optimizer.iterations) == 9
    assert model.sample(2, seed=0).shape == (2, *SHAPE)
    assert not hasattr(model, "elbo")  # The prior has no exact density.


@pytest.mark.parametrize("labelled", ["first", "prior", "both"])
def test_conditional_parts_get_the_labels(labelled):
    first = vqvae(3 if labelled != "prior" else None)
    classes = 3 if labelled != "first" else None
    prior = kgen.CategoricalMixture((2, 2), 3, 2, num_classes=classes, seed=0)
    model = kgen.TwoStage(first, prior, seed=0)
    model.fit(X, LABELS)
    assert model.num_classes == 3
    assert model.sample(labels=[0, 1], seed=0).shape == (2, *SHAPE)
    check_labels(model, X[:8], LABELS[:8])


@pytest.mark.slow
def test_it_keeps_the_contract(discrete, continuous, tmp_path):
    for index, model in enumerate((discrete, continuous)):
        same_outputs(model, reloaded(model), X[:8], None)
        write_servable(model, X[:8], None, tmp_path / str(index))
    check_seeds(continuous, X[:8])
    check_servables([tmp_path / "0", tmp_path / "1"])


@pytest.mark.slow
def test_an_autoregressive_prior(tmp_path):
    """Of a class; exported as one SavedModel, image -> codes -> prior -> image."""
    first = vqvae()
    prior = kgen.build(
        "gated-pixelcnn", (2, 2), 3, num_codes=3, width=4, num_blocks=1, seed=0
    )
    model = kgen.TwoStage(first, prior, seed=0)
    model.fit(X, LABELS, epochs=2, verbose=0)
    labels = np.arange(6) % 3
    draws = model.sample(6, labels, seed=0)
    expected = first.decode(prior.sample(6, labels, seed=0))
    np.testing.assert_allclose(draws, expected, rtol=1e-5)
    bound = np.float64(model.elbo(X[:6], labels))
    log_prior = np.float64(prior.log_prob(CODES, np.zeros(81, int)))
    assert np.exp(log_prior).sum() == pytest.approx(1.0, abs=1e-5)
    assert np.all(bound < 0)
    same_outputs(model, reloaded(model), X[:8], LABELS[:8])
    write_servable(model, X[:8], LABELS[:8], tmp_path / "two_stage")
    check_servables([tmp_path / "two_stage"])


@pytest.mark.slow
def test_a_flow_as_prior(continuous, tmp_path):
    prior = kgen.build("realnvp", (2,), num_steps=2, hidden=(8,), seed=0)
    model = kgen.TwoStage(continuous.first, prior, seed=0)
    model.fit(X, epochs=20, verbose=0)
    assert model.sample(5, seed=0).shape == (5, *SHAPE)
    # As good as a mixture of two Gaussians, but for what chance adds.
    bounds = [np.mean(two.elbo(X, seed=0)) for two in (model, continuous)]
    assert bounds[0] > bounds[1] - 0.5
    check_seeds(model, X[:8])
    write_servable(model, X[:8], None, tmp_path)
    check_servables([tmp_path])


def test_held_out_figures(discrete):
    data = tf.data.Dataset.from_tensor_slices(X).batch(16)
    figures = evaluate_likelihood(discrete, data)
    expected = np.mean(discrete.elbo(X))
    assert figures["elbo"] == pytest.approx(expected, rel=1e-4)
    bits = -expected / (16 * np.log(2))
    assert figures["bits_per_dimension"] == pytest.approx(bits, rel=1e-4)


@pytest.mark.parametrize(
    ("prior", "message"),
    [
        (lambda: kgen.CategoricalMixture((2, 3), 3), r"shape \(2, 3\).*\(2, 2\)"),
        (lambda: kgen.CategoricalMixture((2, 2), 4), "number of codes 4.*have 3"),
        (lambda: kgen.GaussianMixture((2, 2)), "number of codes None.*have 3"),
    ],
)
def test_priors_that_do_not_fit_are_refused(discrete, prior, message):
    with pytest.raises(ValueError, match=message):
        kgen.TwoStage(discrete.first, prior())


def test_classes_that_differ_are_refused():
    prior = kgen.CategoricalMixture((2, 2), 3, num_classes=4)
    with pytest.raises(ValueError, match="num_classes=3 and `prior` num_classes=4"):
        kgen.TwoStage(vqvae(3), prior)


def test_data_that_can_be_read_only_once_is_refused(discrete):
    with pytest.raises(ValueError, match="x of type generator.*tf.data.Dataset"):
        discrete.fit(row[None] for row in X)


@pytest.mark.slow
def test_diffusion_of_vectors_is_a_prior_with_a_bound(continuous):
    """Its bound lies below that with a prior whose log p(z) is exact and as good."""
    prior = kgen.build("ddpm", (2,), num_timesteps=40, hidden=(16,), seed=0)
    model = kgen.TwoStage(continuous.first, prior, seed=0)
    model.fit(X, epochs=3, verbose=0)
    assert model.sample(5, seed=0).shape == (5, *SHAPE)
    x, seeds = X[:20], np.arange(20)
    keys = row_keys(seeds)
    z, log_q = model.first.infer(tf.constant(x), None, keys)
    log_prior = prior._bound_parts(z, None, None, fold_rows(keys, 0))
    expected = model.first.log_likelihood(x, z) - sum(log_prior.values()) - log_q
    np.testing.assert_allclose(model.elbo(x, seed=seeds), expected, rtol=1e-4)
    assert "elbo" in evaluate_likelihood(
        model, tf.data.Dataset.from_tensor_slices(x).batch(10)
    )
    # Drawn times give the same in the mean, and detectors take them.
    many = np.mean(
        [model.elbo(x, num_time_samples=20, seed=k) for k in range(40)], axis=0
    )
    whole = np.mean([model.elbo(x, seed=k) for k in range(40)], axis=0)
    np.testing.assert_allclose(many.mean(), whole.mean(), rtol=0.05)
    few = AnomalyDetector(model, num_time_samples=1).scores(x)
    np.testing.assert_allclose(
        few, -model.elbo(x, num_time_samples=1, seed=np.zeros(20, int))
    )


def test_settings_of_the_prior_are_those_of_the_next_draw():
    keras.utils.set_random_seed(0)
    settings = {"num_timesteps": 10, "hidden": (16,), "learning_rate": 0.01, "seed": 0}
    prior = kgen.build("ddpm", (2,), num_classes=3, **settings)
    first = kgen.build("autoencoder", SHAPE, latent_dim=2, hidden=(8,), seed=0)
    model = kgen.TwoStage(first, prior, seed=0)
    model.fit(X, LABELS, epochs=20, verbose=0)
    labels = np.array([0, 1, 2])
    draws = [model.sample(labels=labels, seed=0).numpy()]
    for name, value in (("guidance", 8.0), ("sampler", DDIM(3))):
        setattr(prior, name, value)
        draws.append(model.sample(labels=labels, seed=0).numpy())
        z = prior.sample(labels=labels, seed=0)
        np.testing.assert_allclose(draws[-1], first.decode(z), rtol=1e-4)
        assert np.abs(draws[-1] - draws[-2]).max() > 1e-3


def test_diffusion_of_words_is_latent_diffusion(discrete):
    network = {"network": "mlp", "hidden": (16,), "num_timesteps": 20, "seed": 0}
    prior = kgen.build("ddpm", (2, 2, 2), unit_interval=False, **network)
    model = kgen.TwoStage(discrete.first, prior, seed=0)
    model.fit(X, epochs=3, verbose=0)
    assert not hasattr(model, "elbo")
    quantizer = model.first.quantizer
    codes = quantizer.codes(prior.sample(5, seed=0))
    np.testing.assert_allclose(
        model.sample(5, seed=0), model.first.decode(codes), rtol=1e-5
    )
    # What the prior learns from are words of the book.
    learned = model._codes("x", {"x": tf.data.Dataset.from_tensors(X)})["x"]
    np.testing.assert_allclose(
        learned, quantizer.words(model.first.encode(X)), rtol=1e-6
    )
    check_seeds(model, X)
    with pytest.raises(ValueError, match="unit_interval=False"):
        kgen.TwoStage(discrete.first, kgen.build("ddpm", (2, 2, 2), **network))
    with pytest.raises(ValueError, match="codes of"):
        kgen.TwoStage(discrete.first, kgen.build("ddpm", (8,), **network))
