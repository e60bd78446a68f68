"""The VAE of sequences, beside sums over all its sequences."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.autoencoders.sequences.recipes import sequence_vae
from kgen.networks import bidirectional_encoder, conductor, lstm, transformer
from tests.autoregressive.tiny import shaken
from tests.choice import parametrize

STEPS, CODES = 4, 3
ALL = np.array([*itertools.product(range(CODES), repeat=STEPS)], "int32")


def make(segments=2, build=lstm, **settings):
    keras.utils.set_random_seed(0)
    sizes = {"num_codes": CODES, "width": 4}
    encoder = bidirectional_encoder((STEPS,), 4, **sizes)
    leader = conductor(2, segments, output_dim=5, width=4)
    decoder = build((STEPS // segments,), CODES, context_shape=5, **sizes)
    networks = shaken(encoder, 0.2), shaken(leader, 1.0), shaken(decoder, 1.0)
    return kgen.SequenceVAE(*networks, seed=0, **settings)


MODEL = make()
Z = np.random.default_rng(0).normal(size=(2, 2)).astype("float32")


def log_probs(model, z):
    """log p(x | z) of all sequences for one z."""
    z = np.repeat(z[None], len(ALL), axis=0)
    return model.log_likelihood(tf.constant(ALL), tf.constant(z)).numpy()


@pytest.mark.parametrize("segments", [1, 2])
def test_probabilities_of_all_sequences_sum_to_one(segments):
    model = MODEL if segments == 2 else make(segments)
    for z in Z:
        assert np.exp(log_probs(model, z)).sum() == pytest.approx(1.0, abs=1e-5)


def test_segments_are_independent_given_z_and_steps_within_are_not():
    table = np.exp(log_probs(MODEL, Z[0])).reshape([CODES] * STEPS)
    first, second = table.sum((2, 3)), table.sum((0, 1))
    np.testing.assert_allclose(
        table, first[:, :, None, None] * second[None, None], rtol=1e-4
    )
    apart = first.sum(1)[:, None] * first.sum(0)
    assert np.abs(first - apart).max() > 1e-3
    flat = np.exp(log_probs(make(1), Z[0])).reshape([CODES] * STEPS)
    independent = flat.sum((2, 3))[:, :, None, None] * flat.sum((0, 1))
    assert np.abs(flat - independent).max() > 1e-3


def test_samples_have_the_probabilities_of_their_prior():
    rng = np.random.default_rng(0)
    prior = rng.normal(size=(400, 2)).astype("float32")
    rows = tf.constant(np.repeat(prior, len(ALL), axis=0))
    x = tf.constant(np.tile(ALL, (len(prior), 1)))
    nats = MODEL.log_likelihood(x, rows).numpy().reshape(len(prior), -1)
    expected = np.exp(nats).mean(0)
    x = MODEL.sample(4000, seed=0).numpy()
    found = np.bincount(x @ CODES ** np.arange(STEPS)[::-1], minlength=len(ALL)) / 4000
    error = np.sqrt(expected / 4000) + np.exp(nats).std(0) / 20
    assert np.all(np.abs(found - expected) < 4.5 * error)


def test_decoding_takes_the_most_likely_token_at_each_step():
    codes = MODEL.decode(Z).numpy()
    for z, found in zip(Z, codes, strict=True):
        table = np.exp(log_probs(MODEL, z)).reshape([CODES] * STEPS)
        expected = []
        for _ in range(STEPS):
            conditional = table[tuple(expected)]
            expected.append(conditional.reshape(CODES, -1).sum(1).argmax())
        assert found.tolist() == expected
    np.testing.assert_array_equal(
        MODEL.reconstruct(ALL[:7]), MODEL.decode(MODEL.encode(ALL[:7]))
    )


def test_a_low_temperature_decodes():
    seeds = np.arange(20)
    cold = MODEL.sample(seed=seeds, temperature=1e-4)
    np.testing.assert_array_equal(cold, MODEL.decode(MODEL.prior_rows(_keys(seeds))))
    assert np.any(cold != MODEL.sample(seed=seeds, temperature=3.0))


def _keys(seeds):
    from kgen.core.random import row_keys

    return row_keys(tf.constant(seeds))


def test_bounds_lie_below_the_likelihood():
    """That is an average over a grid of z."""
    line = np.linspace(-5, 5, 41)
    grid = np.stack(np.meshgrid(line, line), -1).reshape(-1, 2).astype("float32")
    weight = np.exp(-0.5 * (grid**2).sum(1)) * (line[1] - line[0]) ** 2 / (2 * np.pi)
    x = ALL[[0, 40, 80]]
    rows = tf.constant(np.repeat(x, len(grid), axis=0))
    nats = MODEL.log_likelihood(rows, tf.constant(np.tile(grid, (3, 1))))
    exact = np.log(np.exp(nats.numpy().reshape(3, -1)) @ weight)
    x = np.repeat(x, 500, axis=0)
    bounds = [MODEL.elbo(x, seed=0)]
    bounds += [MODEL.iwae_bound(x, num_samples=k, seed=0) for k in (8, 200)]
    elbo, few, many = (np.asarray(b).reshape(3, 500).mean(1) for b in bounds)
    assert np.all(elbo < few) and np.all(few < many)
    assert np.all(many < exact + 0.01)
    np.testing.assert_allclose(many, exact, atol=0.05)


@parametrize("incremental", [True, False], 1)
def test_any_causal_decoder(monkeypatch, incremental):
    """A Transformer; and a layer that has to see all steps at once."""

    @keras.saving.register_keras_serializable("kgen_tests")
    class Opaque(keras.layers.Layer):
        def call(self, x):
            return x

        def compute_output_shape(self, input_shape):
            return input_shape

    model = make(build=lambda *a, **k: transformer(*a, num_heads=2, **k))
    if not incremental:
        network = model.decoder
        wrapped = keras.Model(network.inputs, Opaque()(network.outputs[0]))
        expected, model = (
            model,
            kgen.SequenceVAE(model.encoder, model.conductor, wrapped, seed=0),
        )
        np.testing.assert_array_equal(
            model.sample(9, seed=0), expected.sample(9, seed=0)
        )
    for z, codes in zip(Z, model.decode(Z).numpy(), strict=True):
        table = log_probs(model, z)
        assert table[np.all(ALL == codes, axis=1)] > np.median(table)


@pytest.mark.slow
def test_free_bits_keep_the_latent_alive():
    """Without them the flat decoder learns two equal halves without its latent."""
    rng = np.random.default_rng(0)
    half = rng.integers(0, CODES, (256, 1))
    x = np.repeat(half, STEPS, axis=1).astype("int32")
    kept = []
    for free_bits in (0.0, 0.5):
        keras.utils.set_random_seed(0)
        model = sequence_vae(
            (STEPS,),
            num_codes=CODES,
            num_segments=1,
            latent_dim=2,
            width=8,
            beta=5.0,
            free_bits=free_bits,
            learning_rate=1e-2,
            seed=0,
        )
        model.fit(x, epochs=15, batch_size=64, verbose=0)
        kept.append(np.mean(model.elbo_parts(x, seed=0)["kl"]))
    assert kept[0] < 0.1 and kept[1] > 0.5


def test_the_default_segments_are_about_as_many_as_their_steps():
    for steps, expected in ((32, 4), (64, 8), (12, 3), (7, 1)):
        model = sequence_vae((steps,), num_codes=3, width=2, latent_dim=1)
        assert model.num_segments == expected


NETWORKS = {
    "encoder": lambda: bidirectional_encoder((6,), 4, 3, width=2),
    "conductor": lambda: conductor(2, 2, output_dim=5, width=2),
    "decoder": lambda: lstm((3,), 3, width=2, num_codes=3, context_shape=5),
}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"encoder": lambda: bidirectional_encoder((6,), 5, 3)}, "encoder's output"),
        ({"encoder": lambda: bidirectional_encoder((8,), 4, 3)}, r"\(2.66"),
        ({"conductor": lambda: conductor(2, 3, 5)}, r"\(3, 5\).*\(2.0, 5\)"),
        ({"conductor": lambda: conductor(2, 2, 6)}, r"\(2, 6\).*\(2.0, 5\)"),
        (
            {"decoder": lambda: lstm((3,), 3, width=2, num_codes=3)},
            r"contexts of size \[\]",
        ),
    ],
)
def test_networks_that_do_not_fit(change, words):
    networks = {name: build() for name, build in {**NETWORKS, **change}.items()}
    with pytest.raises(ValueError, match=words):
        kgen.SequenceVAE(**networks)


def test_a_corruption_of_ints_is_refused():
    networks = {name: build() for name, build in NETWORKS.items()}
    with pytest.raises(ValueError, match="corruption='gaussian_noise'.*are ints"):
        kgen.SequenceVAE(**networks, corruption="gaussian_noise")


def test_a_decoder_that_sees_ahead():
    x = keras.Input((3,), dtype="int32", name="x")
    context = keras.Input((5,), name="context")
    h = keras.layers.Embedding(3, 4)(x) + keras.layers.Dense(4)(context)[:, None]
    decoder = keras.Model([x, context], keras.layers.Dense(3)(h))
    with pytest.raises(ValueError, match="sees ahead"):
        kgen.SequenceVAE(NETWORKS["encoder"](), NETWORKS["conductor"](), decoder)


@pytest.mark.parametrize(
    ("shape", "settings", "words"),
    [
        ((8,), {}, "num_codes=None"),
        ((8, 1), {"num_codes": 3}, r"\(8, 1\).*\(steps,\)"),
        ((8,), {"num_codes": 3, "num_segments": 3}, "8 steps cannot be divided"),
        ((8,), {"num_codes": 3, "num_segments": 0}, "1 or larger"),
    ],
)
def test_recipe_of_wrong_settings(shape, settings, words):
    with pytest.raises(ValueError, match=words):
        kgen.build("music-vae", shape, **settings)


def test_another_likelihood_is_refused():
    networks = (build() for build in NETWORKS.values())
    with pytest.raises(ValueError, match=r"Bernoulli.*Codes\(num_codes\)"):
        kgen.SequenceVAE(*networks, likelihood="bernoulli")
