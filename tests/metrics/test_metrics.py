"""Metrics: the lecture's figures, and means that do not depend on the batching."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.metrics import bits_per_dimension, evaluate_likelihood, kl_divergence

BINOMIAL, UNIFORM = [9 / 25, 12 / 25, 4 / 25], [1 / 3] * 3


def test_discrete_kl_gives_the_lectures_figures_and_is_not_symmetric():
    assert kl_divergence(BINOMIAL, UNIFORM) == pytest.approx(0.0852996013, abs=1e-9)
    assert kl_divergence(UNIFORM, BINOMIAL) == pytest.approx(0.0974550068, abs=1e-9)


def test_discrete_kl_of_many_of_zeros_and_of_nonsense():
    many = kl_divergence([BINOMIAL, UNIFORM], [UNIFORM, UNIFORM])
    assert many == pytest.approx([0.0852996013, 0.0])
    assert kl_divergence([0.0, 1.0], [0.5, 0.5]) == pytest.approx(np.log(2))
    assert kl_divergence([0.5, 0.5], [0.0, 1.0]) == np.inf
    with pytest.raises(ValueError, match="q sums to 0.9"):
        kl_divergence([0.5, 0.5], [0.4, 0.5])


def test_bits_per_dimension_of_a_fair_coin_is_one():
    assert bits_per_dimension(-12 * np.log(2), (3, 4, 1)) == pytest.approx(1.0)


@pytest.fixture(scope="module")
def vae():
    keras.utils.set_random_seed(0)
    settings = {"latent_dim": 2, "hidden": (8,), "likelihood": "bernoulli"}
    return kgen.build("vae", (6,), seed=0, **settings)


def dataset(x, batch_size):
    labels = np.zeros(len(x), "int32")
    return tf.data.Dataset.from_tensor_slices((x, labels)).batch(batch_size)


X = np.random.default_rng(0).integers(0, 2, (7, 6)).astype("float32")


def test_held_out_figures_do_not_depend_on_the_batches(vae):
    whole = evaluate_likelihood(vae, dataset(X, 7), num_samples=5, seed=1)
    cut = evaluate_likelihood(vae, dataset(X, 3), num_samples=5, seed=1)
    assert set(whole) == {
        *("num_examples", "elbo", "iwae_bound", "reconstruction", "kl"),
        "bits_per_dimension",
    }
    for name, value in whole.items():
        assert cut[name] == pytest.approx(value, rel=1e-5), name
    assert whole["num_examples"] == 7
    assert whole["elbo"] <= whole["iwae_bound"]
    assert whole["elbo"] == pytest.approx(-whole["reconstruction"] - whole["kl"])
    bits = bits_per_dimension(whole["iwae_bound"], (6,))
    assert whole["bits_per_dimension"] == pytest.approx(bits)


def test_data_without_a_probability_gets_a_note_instead_of_bits(vae):
    figures = evaluate_likelihood(vae, dataset(X / 2, 7), num_samples=2)
    assert "bits_per_dimension" not in figures
    assert "Bernoulli gives no probability" in figures["note"]
    assert "Binarise" in figures["note"]


def test_densities_have_no_bits():
    model = kgen.build("vae", (6,), latent_dim=2, hidden=(8,), likelihood="gaussian")
    assert "bits_per_dimension" not in evaluate_likelihood(model, dataset(X / 2, 7), 2)


def test_a_model_without_likelihood_is_refused_and_evaluate_gives_its_terms():
    model = kgen.build("autoencoder", (6,), latent_dim=2)
    with pytest.raises(ValueError, match="Autoencoder has no likelihood.*evaluate"):
        evaluate_likelihood(model, dataset(X, 3))
    figures = kgen.metrics.evaluate(model, dataset(X, 3))
    assert figures["num_examples"] == 7
    expected = np.mean(model.evaluate(X, verbose=0, return_dict=True)["loss"])
    assert figures["loss"] == pytest.approx(expected, rel=1e-5)
