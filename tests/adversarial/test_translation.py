"""Translation without pairs: damage, greedy words, the losses, and what is refused."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import log_softmax

import kgen
from kgen.adversarial.text import word_by_word
from kgen.adversarial.text.sentences import damaged, inverse, places, trimmed
from kgen.networks import text_decoder, text_discriminator, text_encoder

RNG = np.random.default_rng(0)
LENGTH, CODES = 6, 7
SIZES = {"num_codes": CODES, "width": 8, "num_blocks": 1, "num_heads": 2}
DICTIONARY = (0, 3, 2, 0, 6, 5, 3)


def sentences(count, seed=0):
    """Rows of one to five words, then zeros."""
    rng = np.random.default_rng(seed)
    words = rng.integers(1, CODES, (count, LENGTH))
    ends = rng.integers(1, LENGTH, (count, 1))
    return np.where(np.arange(LENGTH) < ends, words, 0).astype("int32")


def built(adversary=True, **settings):
    keras.utils.set_random_seed(0)
    parts = [text_encoder((LENGTH,), **SIZES), text_decoder((LENGTH,), **SIZES)]
    if adversary:
        parts.append(text_discriminator((LENGTH,), 8, hidden=(5,)))
    model = kgen.MachineTranslation(*parts, seed=0, **settings)
    model.compile("adam")
    return model


@pytest.fixture(scope="module")
def model():
    """An untrained translator; tests leave it as it is."""
    return built(dictionary=DICTIONARY, word_by_word_rounds=2)


def test_the_first_zero_ends_a_sentence():
    codes = tf.constant([[3, 0, 2, 1], [0, 1, 1, 1], [1, 2, 3, 4]])
    expected = [[1, 1, 0, 0], [1, 0, 0, 0], [1, 1, 1, 1]]
    np.testing.assert_array_equal(places(codes), np.array(expected, bool))
    np.testing.assert_array_equal(
        trimmed(codes), [[3, 0, 0, 0], [0, 0, 0, 0], [1, 2, 3, 4]]
    )


def test_words_move_by_the_distance_at_most_and_none_is_lost():
    codes = np.tile(np.arange(1, 13, dtype="int32"), (2000, 1))
    codes[:, 10:] = 0
    moved = damaged(tf.constant(codes), [1, 2], 0.0, 3).numpy()
    np.testing.assert_array_equal(np.sort(moved), np.sort(codes))
    assert np.all(moved[:, 10:] == 0)
    distance = np.abs(moved[:, :10] - codes[:, :10])
    assert distance.max() == 3


def test_two_words_change_places_as_often_as_the_formula_says():
    """`0 + 2 u > 1 + 2 v` has probability 1/8."""
    codes = tf.constant(np.tile([[1, 2]], (40_000, 1)).astype("int32"))
    share = np.mean(damaged(codes, [3, 4], 0.0, 1).numpy()[:, 0] == 2)
    assert share == pytest.approx(1 / 8, abs=4 * np.sqrt(7 / 64 / 40_000))


def test_words_are_left_out_at_their_rate_and_the_rest_keeps_its_order():
    codes = np.tile(np.arange(1, 11, dtype="int32"), (5000, 1))
    kept = damaged(tf.constant(codes), [5, 6], 0.3, 0).numpy()
    assert np.mean(kept > 0) == pytest.approx(0.7, abs=0.01)
    words = kept > 0
    assert np.all(words[:, :-1] >= words[:, 1:]), "there are no gaps"
    steps = np.diff(kept, axis=1)[words[:, 1:]]
    assert steps.min() == 1 and steps.max() > 1
    assert len({tuple(row) for row in kept}) > 500, "each row has its own noise"


def test_word_by_word_agrees_with_a_loop():
    codes, expected = sentences(50), np.zeros((50, LENGTH), int)
    for row, sentence in zip(expected, codes, strict=True):
        words = [DICTIONARY[word] for word in sentence if DICTIONARY[word]]
        row[: len(words)] = words
    np.testing.assert_array_equal(word_by_word(codes, DICTIONARY), expected)
    with pytest.raises(ValueError, match="codes from 1 to 99, .* entries for 0 to 6"):
        word_by_word([[99, 1]], DICTIONARY)


def test_the_way_back_takes_the_first_of_several_words():
    assert inverse(DICTIONARY) == (0, 0, 2, 1, 0, 5, 4)


def test_greedy_words_are_the_likeliest_of_the_whole_network(model):
    """The network runs on all words so far, without what the layers keep."""
    x = tf.constant(sentences(20, seed=1))
    mask, language = places(x), tf.zeros(20, tf.int32)
    z = model.encoder([x, language, mask])
    written = np.zeros(x.shape, "int32")
    for column in range(LENGTH):
        so_far = tf.constant(written)
        logits = model.decoder([so_far, language + 1, z, mask]).numpy()
        going = np.all(written[:, :column] > 0, axis=1)
        written[:, column] = np.argmax(logits[:, column], axis=-1) * going
    np.testing.assert_array_equal(model.translate(x), written)
    assert len(np.unique(written)) > 2, "all alike: this shows nothing"


def test_both_directions_differ_and_rows_do_not_depend_on_their_batch(model):
    x = sentences(12, seed=2)
    there, back = model.translate(x).numpy(), model.translate_back(x).numpy()
    assert np.any(there != back)
    np.testing.assert_array_equal(model.translate(x[3:5]), there[3:5])
    np.testing.assert_allclose(model.encode(x[3:5]), model.encode(x)[3:5], atol=1e-5)
    assert np.any(np.abs(model.encode(x) - model.encode_y(x)) > 0.1)


def test_what_follows_the_end_has_no_influence(model):
    x = sentences(12, seed=3)
    x[:, 2] = 0
    other = x.copy()
    other[:, 3:] = 1
    np.testing.assert_array_equal(model.encode(x), model.encode(other))
    np.testing.assert_array_equal(model.translate(x), model.translate(other))
    assert np.all(model.encode(x).numpy()[:, 3:] == 0)


def test_nats_of_a_sentence_by_hand(model):
    """The terms of its words and of its end."""
    x, y = (tf.constant(sentences(9, seed=seed)) for seed in (4, 5))
    zeros, mask = tf.zeros(9, tf.int32), places(x)
    z = model.latents(x, zeros)
    log_probs = log_softmax(model.decoder([y, zeros + 1, z, mask]).numpy(), axis=-1)
    ends, y = np.count_nonzero(y, axis=1), y.numpy()
    expected = [
        -sum(log_probs[i, t, y[i, t]] for t in range(ends[i] + 1)) for i in range(9)
    ]
    found = model.nats(tf.constant(y), zeros + 1, z, mask)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_an_undecided_discriminator_costs_log_two_in_each_language(model):
    kernel, bias = model.discriminator.layers[-1].get_weights()
    model.discriminator.layers[-1].set_weights([0 * kernel, bias])
    x = tf.constant(sentences(5))
    terms = {**model.discriminate(x, x), **model.learn(x, x)}
    model.discriminator.layers[-1].set_weights([kernel, bias])
    for name in ("discriminator_loss", "adversarial"):
        np.testing.assert_allclose(terms[name], 2 * np.log(2), rtol=1e-6)
    weighted = sum(terms[n] for n in ("denoising", "back_translation", "adversarial"))
    np.testing.assert_allclose(terms["translator_loss"], weighted, rtol=1e-6)


@pytest.mark.slow
def test_the_dictionary_translates_at_first_and_then_the_model():
    model = built(dictionary=DICTIONARY, word_by_word_rounds=2)
    x, y = sentences(8), sentences(8, seed=1)
    by_hand = word_by_word(x, DICTIONARY), word_by_word(y, inverse(DICTIONARY))
    for rounds in range(4):
        found = model.back_translations(tf.constant(x), tf.constant(y))
        expected = by_hand if rounds < 2 else (model.translate(x), None)
        np.testing.assert_array_equal(found[0], expected[0])
        if rounds < 2:
            np.testing.assert_array_equal(found[1], expected[1])
        model.train_on_batch(x, y)
    assert int(model.optimizer.iterations) == 4


@pytest.mark.parametrize("name", ["translator", "discriminator"])
def test_gradients_agree_with_finite_differences(name):
    model = built(dictionary=DICTIONARY, adversarial_weight=3.0)
    player = model.player(name)
    parts = {"x": tf.constant(sentences(16)), "y": tf.constant(sentences(16, seed=1))}
    start = np.array(model.noise.state)

    def loss():
        model.noise.state.assign(start)
        return float(np.mean(np.float64(player.terms(parts, True)[player.loss])))

    model.noise.state.assign(start)
    _, gradients = model.objective_gradients(player, parts, None, True)
    gradients = [np.array(tf.convert_to_tensor(g)) for g in gradients]
    slope = np.sqrt(sum(np.sum(np.float64(g) ** 2) for g in gradients))
    values = [v.numpy() for v in player.variables]
    ends = []
    for step in (2e-3, -2e-3):  # Along the gradient: the slope is its norm.
        for variable, value, g in zip(player.variables, values, gradients, strict=True):
            variable.assign(value + step * g / slope)
        ends.append(loss())
    assert (ends[0] - ends[1]) / 4e-3 == pytest.approx(slope, rel=2e-3)


@pytest.mark.slow
def test_the_two_languages_may_have_other_numbers_of_sentences():
    model = built(adversary=False, word_drop=0.0)
    logs = model.fit(sentences(11), sentences(5), batch_size=4, verbose=0).history
    assert set(logs) == {
        "translator_loss",
        "translator_gradient",
        "denoising",
        "back_translation",
    }
    pairs = built(adversary=False, supervised=True)
    with pytest.raises(ValueError, match="11 rows of x, 5 rows of y"):
        pairs.fit(sentences(11), sentences(5), verbose=0)


@pytest.mark.slow
def test_pairs_are_learned():
    """y is x with other words, backwards."""
    words = RNG.integers(1, CODES, (1000, 3)).astype("int32")
    other = np.array([0, 2, 3, 4, 5, 6, 1], "int32")
    y = other[words[:, ::-1]]
    x, y = (np.pad(part, [(0, 0), (0, LENGTH - 3)]) for part in (words, y))
    keras.utils.set_random_seed(0)
    sizes = {"num_codes": CODES, "width": 32, "num_blocks": 1, "num_heads": 2}
    model = kgen.build(
        "supervised-translation", (LENGTH,), learning_rate=5e-3, seed=0, **sizes
    )
    assert set(model.terms) == {"translator_loss", "translator_gradient", "translation"}
    model.fit(x[200:], y[200:], batch_size=32, epochs=20, verbose=0)
    assert np.mean(np.all(model.translate(x[:200]) == y[:200], axis=1)) > 0.95
    assert np.mean(np.all(model.translate_back(y[:200]) == x[:200], axis=1)) > 0.95


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"num_classes": 3}, "given num_classes=3, but takes no condition"),
        ({"context_shape": 3}, "given context_shape=.*3.*, but takes no condition"),
        ({"dictionary": (0, 1)}, r"dictionary of shape \(2,\).*expects 7 ints"),
        ({"dictionary": (7,) * 7}, "7 ints from 0 to 6"),
        ({"word_by_word_rounds": 5}, "word_by_word_rounds without a dictionary"),
        ({"dictionary_back": DICTIONARY}, "dictionary_back without a dictionary"),
        (
            {"dictionary": DICTIONARY, "back_translation_weight": 0.0},
            "nothing would be looked up",
        ),
        (
            {"dictionary": DICTIONARY, "word_by_word_rounds": 0},
            "nothing would be looked up",
        ),
        ({"dictionary": (1,) * 7}, "0 ends a sentence"),
        ({"adversarial_weight": 0.0}, "Leave the discriminator out"),
        (
            {"denoising_weight": 0.0, "back_translation_weight": 0.0},
            "nothing to learn from",
        ),
        ({"word_drop": 1.5}, "word_drop was given as 1.5"),
        ({"shuffle_distance": -1}, "shuffle_distance=-1"),
        ({"supervised": 1}, "supervised=1"),
        (
            {
                **{"denoising_weight": 0.0, "back_translation_weight": 0.0},
                **{"adversary": False, "supervised": True, "word_drop": 0.2},
            },
            "word_drop=0.2 and shuffle_distance=3, but learns from pairs alone",
        ),
    ],
)
def test_settings_of_no_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        built(**settings)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"decoder": text_decoder((5,), **SIZES)}, r"takes x of shape \(5,\)"),
        ({"decoder": text_decoder((6,), **{**SIZES, "width": 4})}, "with one width"),
        ({"discriminator": text_discriminator((6,), 4)}, "with one width"),
    ],
)
def test_networks_that_do_not_fit_are_refused(changes, message):
    parts = {
        "encoder": text_encoder((LENGTH,), **SIZES),
        "decoder": text_decoder((LENGTH,), **SIZES),
    }
    with pytest.raises(ValueError, match=message):
        kgen.MachineTranslation(**{**parts, **changes})


def test_a_weight_that_switches_a_term_is_refused_later(model):
    with pytest.raises(ValueError, match="may not become 0"):
        model.denoising_weight = 0.0
    with pytest.raises(AttributeError, match="supervised of a MachineTranslation"):
        model.supervised = True


def test_a_recipe_says_what_it_needs():
    with pytest.raises(ValueError, match="given no num_codes"):
        kgen.build("unsupervised-translation", (6,))
    with pytest.raises(ValueError, match=r"shape \(5, 6, 1\): it expects sentences"):
        kgen.build("unsupervised-translation", (5, 6, 1), num_codes=5)
    with pytest.raises(ValueError, match="hidden=.*only with a discriminator"):
        kgen.build("supervised-translation", (6,), num_codes=5, hidden=(3,))
