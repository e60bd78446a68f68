"""The VQ-VAE: gradients, the codebook's rules, and that its codes are used."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.autoencoders.quantizer import CodeUsage, VectorQuantizer
from kgen.core.distribution.batch import random_rows, sample_weights
from kgen.networks import grid_decoder, grid_encoder
from kgen.testing import check_replicas, check_resume, check_saving
from tests import choice

SHAPE = (5, 6, 1)
X = (np.random.default_rng(0).random((20, *SHAPE)) < 0.4).astype("float32")


def small(ema_decay=0.99, beta=0.25, **settings):
    keras.utils.set_random_seed(0)
    settings = {"num_codes": 6, "latent_dim": 3, "filters": (4,), "seed": 0} | settings
    return kgen.build("vq-vae", SHAPE, ema_decay=ema_decay, beta=beta, **settings)


def quantizer(**settings):
    layer = VectorQuantizer(4, 2, revive_below=0.0, **settings)
    layer.start_from(np.float32([[0, 0], [1, 0], [0, 1], [5, 5]]))
    return layer


KEY = tf.constant([1, 2], tf.int64)


def test_codes_are_the_nearest_words():
    z = np.random.default_rng(0).normal(size=(3, 4, 5, 2)).astype("float32")
    layer = quantizer()
    distances = np.linalg.norm(z[..., None, :] - layer.codebook.numpy(), axis=-1)
    assert np.array_equal(layer.codes(z), distances.argmin(axis=-1))
    codes = layer.codes(z)
    assert np.array_equal(layer.words(codes), layer.codebook.numpy()[codes])


@pytest.mark.parametrize("ema_decay", [None, 0.99])
def test_the_three_terms_and_their_signs(ema_decay):
    model = small(ema_decay, beta=0.7)
    logs = model.evaluate(X, batch_size=20, verbose=0, return_dict=True)
    z_e = model.encoder(X).numpy()
    codes = model.encode(X).numpy()
    distance = np.sum((z_e - model.quantizer.codebook.numpy()[codes]) ** 2, (1, 2, 3))
    assert logs["commitment"] == pytest.approx(distance.mean(), rel=1e-4)
    nats = model.log_likelihood(X, codes)
    assert logs["reconstruction"] == pytest.approx(-np.mean(nats), rel=1e-4)
    expected = logs["reconstruction"] + 0.7 * distance.mean()
    if ema_decay is None:
        assert logs["codebook"] == pytest.approx(distance.mean(), rel=1e-4)
        expected += distance.mean()
    assert logs["loss"] == pytest.approx(expected, rel=1e-5)


def gradients(model, term):
    """Gradients of one term by encoder, codebook and decoder."""
    parts = [
        model.encoder.trainable_variables,
        [model.quantizer.codebook],
        model.decoder.trainable_variables,
    ]
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(model.objective(tf.constant(X))[term])
    tensors = tf.nest.map_structure(lambda v: v.value, parts)
    return tape.gradient(value, tensors)


def test_each_term_trains_what_it_should():
    model = small(None)
    for term, trained in (
        ("reconstruction", (True, False, True)),
        ("commitment", (True, False, False)),
        ("codebook", (False, True, False)),
    ):
        parts = gradients(model, term)
        found = tuple(any(g is not None for g in part) for part in parts)
        assert found == trained, term


def test_the_gradient_passes_straight_through():
    """What reaches z_e is the gradient of log p(x | e) at e."""
    model = small(None)
    x = tf.constant(X)
    z_e = model.encoder(x)
    e = model.quantizer.words(model.quantizer.codes(z_e))
    with tf.GradientTape() as tape:
        tape.watch(e)
        nats = tf.reduce_sum(model.likelihood.log_prob(model.decoder(e), x))
    wanted = tape.gradient(nats, e)
    with tf.GradientTape() as tape:
        z_e = model.encoder(x)
        pulled = tf.reduce_sum(z_e * wanted)
    variables = model.encoder.trainable_variables
    expected = tape.gradient(pulled, [v.value for v in variables])
    found = gradients(model, "reconstruction")[0]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(-one, other, rtol=1e-3, atol=1e-5)


def test_moving_average_is_the_mean_of_a_words_vectors():
    """Repeated on one batch it tends to the k-means step; unused words stay."""
    layer = quantizer(ema_decay=0.5)
    z = np.float32([[0.2, 0.1], [0.4, 0.1], [1.5, 0.0], [0.0, 3.0]])
    codes = layer.codes(z)
    assert codes.numpy().tolist() == [0, 0, 1, 2]
    # One step by hand: shares of a quarter each, moved half way to the batch's.
    shares = 0.5 * 0.25 + 0.5 * np.array([0.5, 0.25, 0.25, 0.0])
    sums = np.array([[0.0, 0], [1, 0], [0, 1], [5, 5]]) * 0.125
    sums += 0.5 * np.array([[0.6, 0.2], [1.5, 0], [0, 3], [0, 0]]) / 4
    layer.learn(tf.constant(z), codes, KEY)
    np.testing.assert_allclose(layer.codebook, sums / shares[:, None], rtol=1e-5)
    for _ in range(40):
        layer.learn(tf.constant(z), codes, KEY)
    expected = [[0.3, 0.1], [1.5, 0.0], [0.0, 3.0], [5.0, 5.0]]
    np.testing.assert_allclose(layer.codebook, expected, rtol=1e-4, atol=1e-5)


def test_moving_average_counts_examples_by_their_weight():
    z = np.float32([[0.2, 0.1], [0.4, 0.1], [9.0, 9.0]])
    words = []
    for rows, weight in (([0, 1, 2], [2.0, 1.0, 0.0]), ([0, 0, 1], None)):
        layer = quantizer(ema_decay=0.5)
        given = tf.constant(z[rows])
        with sample_weights(None if weight is None else tf.constant(weight)):
            layer.learn(given, layer.codes(given), KEY)
        words.append(layer.codebook.numpy())
    np.testing.assert_allclose(words[0], words[1], rtol=1e-5)


@pytest.mark.parametrize("ema_decay", [None, 0.9])
def test_dead_words_move_to_vectors_of_the_batch(ema_decay):
    layer = VectorQuantizer(4, 2, ema_decay, revive_below=0.5)
    layer.start_from(np.float32([[0, 0], [1, 0], [90, 90], [95, 95]]))
    z = np.random.default_rng(0).normal(size=(50, 2)).astype("float32")
    for _ in range(100):
        layer.learn(tf.constant(z), layer.codes(z), KEY)
    found = layer.codebook.numpy()
    assert np.abs(found).max() < 5
    revived = [word for word in found[2:] if np.any(np.all(word == z, axis=1))]
    assert len(revived) == 2 or len(np.unique(layer.codes(z))) == 4


def test_a_revived_word_starts_with_an_equal_share():
    layer = VectorQuantizer(4, 2, 0.5, revive_below=0.9)
    layer.start_from(np.float32([[0, 0], [1, 0], [90, 90], [95, 95]]))
    z = np.random.default_rng(0).normal(size=(50, 2)).astype("float32")
    layer.learn(tf.constant(z), layer.codes(z), KEY)
    np.testing.assert_allclose(layer.shares[2:], [0.25, 0.25])
    np.testing.assert_allclose(layer.sums[2:], 0.25 * layer.codebook[2:], rtol=1e-6)


def test_random_rows_are_uniform_and_leave_out_a_stand_in():
    values = tf.constant(np.arange(1.0, 6.0, dtype="float32")[:, None])
    found = random_rows(values, 10_000, KEY).numpy().ravel()
    counts = np.bincount(found.astype(int), minlength=6)[1:]
    assert np.all(np.abs(counts - 2000) < 4 * np.sqrt(2000 * 0.8))
    with sample_weights(tf.zeros(5)):  # The shard of a replica that got no examples.
        assert not np.any(random_rows(values, 10, KEY))


@pytest.mark.parametrize("initializer", ["random", "kmeans"])
def test_one_step_of_the_moving_average_keeps_unused_words(initializer):
    """Also without a start from data, as where it can be read only once."""
    layer = VectorQuantizer(4, 2, 0.9, revive_below=0.0, initializer=initializer)
    before = layer.codebook.numpy()
    far = tf.fill([20, 2], 9.0)
    codes = layer.codes(far)
    layer.learn(far, codes, KEY)
    unused = np.arange(4) != codes[0]
    np.testing.assert_allclose(layer.codebook[unused], before[unused], rtol=1e-5)


def test_a_codebook_that_has_learned_is_not_started_again():
    model = small()
    batches = ((X[i : i + 5],) for i in range(0, 20, 5))
    model.fit(batches, steps_per_epoch=4, shuffle=False, verbose=0)
    words = model.quantizer.codebook.numpy()
    model.adapt(tf.data.Dataset.from_tensors(X))
    assert np.array_equal(words, model.quantizer.codebook)


def test_arrays_that_keras_splits_start_the_codebook_too():
    model = small()
    model.compile(keras.optimizers.SGD(0.0))
    model.fit(X, validation_split=0.2, verbose=0)
    assert model.evaluate(X, verbose=0, return_dict=True)["usage"] > 0.5


def test_kmeans_start_is_in_the_data_and_once_only():
    model = small()
    vectors = model.encoder(X).numpy().reshape(-1, 3)
    model.compile(keras.optimizers.SGD(0.0))
    before = model.quantizer.codebook.numpy()
    data = tf.data.Dataset.from_tensors(X)
    model.adapt(data)
    words = model.quantizer.codebook.numpy()

    def error(words):
        return np.min(np.linalg.norm(vectors[:, None] - words, axis=-1), 1).mean()

    assert error(words) < 0.5 * error(before)
    model.encoder.set_weights([2 * w for w in model.encoder.get_weights()])
    model.adapt(data)
    assert np.array_equal(words, model.quantizer.codebook.numpy())


def test_few_distinct_vectors_start_as_many_words():
    model = small(num_codes=64)
    model.adapt(tf.data.Dataset.from_tensors(np.zeros_like(X)))
    distinct = np.unique(model.encoder(np.zeros_like(X)).numpy().reshape(-1, 3), axis=0)
    words = model.quantizer.codebook.numpy()
    np.testing.assert_allclose(words[: len(distinct)], distinct, rtol=1e-6)


def test_perplexity_and_usage_are_those_of_the_epoch():
    model = small()
    model.adapt(tf.data.Dataset.from_tensors(X))
    logs = model.evaluate(X, batch_size=7, verbose=0, return_dict=True)
    counts = np.bincount(model.encode(X).numpy().ravel(), minlength=6)
    p = counts[counts > 0] / counts.sum()
    assert logs["perplexity"] == pytest.approx(np.exp(-np.sum(p * np.log(p))), rel=1e-4)
    assert logs["usage"] == pytest.approx(np.mean(counts > 0))


def test_usage_counts_by_weight():
    usage = CodeUsage(3, "usage")
    usage.update_state(np.array([[0, 1], [2, 2]]), np.array([1.0, 0.0]))
    assert float(usage.result()) == pytest.approx(2 / 3)
    perplexity = CodeUsage(3, "perplexity")
    perplexity.update_state(np.array([[0, 1], [0, 1]]))
    assert float(perplexity.result()) == pytest.approx(2.0)


@choice.parametrize("ema_decay", [0.9, None], 0)
def test_replicas_learn_one_codebook_and_resume_it(ema_decay):
    model = small(ema_decay)
    model.fit(X, verbose=0)
    check_replicas(model, X)
    check_resume(model, X)
    check_saving(model, X)


def test_training_uses_the_codebook_and_reconstructs():
    data = tf.data.Dataset.from_tensors(X).repeat(150)
    model = small(learning_rate=0.01, num_codes=16)
    logs = model.fit(data, verbose=0).history
    final = model.evaluate(X, verbose=0, return_dict=True)
    assert final["usage"] > 0.5
    assert final["reconstruction"] < 0.5 * 30 * np.log(2)
    assert final["loss"] < logs["loss"][0]


def test_codes_of_another_kind_are_refused():
    model = small()
    codes = model.encode(X).numpy()
    assert codes.dtype == "int32" and model.latent_shape == codes.shape[1:]
    np.testing.assert_allclose(
        model.decode(codes), model.reconstruct(X), rtol=1e-4, atol=1e-6
    )
    with pytest.raises(ValueError, match="z from 7 to 7.*ints from 0 to 5"):
        model.decode(np.full_like(codes, 7))
    with pytest.raises(ValueError, match="z of type float32.*ints from 0 to 5.*Cast"):
        model.decode(codes.astype("float32"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"quantizer": VectorQuantizer(4, 2)},
            r"encoder's output has.*words of size 2",
        ),
        (
            {"decoder": grid_decoder(3, SHAPE, (4, 4))},
            r"has shape \(3, 3, 3\).*need \(2, 2, 3\)",
        ),
        ({"likelihood": "learned_gaussian"}, r"decoder's output.*\(5, 6, 2\)"),
        ({"beta": -1}, "beta was given as -1"),
    ],
)
def test_parts_that_do_not_fit_are_refused(change, message):
    parts = {
        "encoder": grid_encoder(SHAPE, 3, (4,)),
        "quantizer": VectorQuantizer(4, 3),
        "decoder": grid_decoder(3, SHAPE, (4,)),
    }
    with pytest.raises(ValueError, match=message):
        kgen.VQVAE(**{**parts, **change})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"num_codes": 0}, "num_codes=0"),
        ({"ema_decay": 2.0}, "ema_decay was given as 2.0"),
        ({"ema_decay": 1}, "ema_decay=1 never learns"),
        ({"initializer": "zeros"}, "neither 'kmeans' nor 'random'"),
    ],
)
def test_settings_of_the_quantizer(settings, message):
    with pytest.raises(ValueError, match=message):
        VectorQuantizer(**settings)
