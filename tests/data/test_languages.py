"""Two toy languages: what a dictionary gets wrong, and that the truth is one."""

import numpy as np
import pytest

import kgen
from kgen.adversarial.text import word_by_word

LANGUAGES = kgen.data.ToyLanguages()
X, Y = LANGUAGES.sample(2000, seed=0)


def test_sentences_are_rows_of_words_and_then_zeros():
    for codes, words in ((X, LANGUAGES.words_x), (Y, LANGUAGES.words_y)):
        assert codes.shape == (2000, LANGUAGES.length) and codes.dtype == "int32"
        there = codes > 0
        assert np.all(there[:, :-1] >= there[:, 1:])
        assert np.all(codes[:, -1] == 0), "each sentence has an end"
        assert set(np.unique(codes)) == set(range(len(words))), "each word occurs"
        assert len(set(words)) == len(words)


def test_a_pair_in_words():
    text = dict(zip(LANGUAGES.text_x(X), LANGUAGES.text_y(Y), strict=True))
    assert text["a cat buys the house"] == "una mio tam domo emat"
    x, y = "some old red men play a drum", "kel viri rusi veki unam tambur sonat"
    assert text[x] == y


def test_a_sentence_has_one_translation_in_each_direction():
    pairs = {(tuple(x), tuple(y)) for x, y in zip(X, Y, strict=True)}
    assert len(pairs) == len({x for x, _ in pairs}) == len({y for _, y in pairs})


def test_the_dictionary_has_the_right_words_for_most_but_not_their_order():
    for codes, dictionary, truth in (
        (X, LANGUAGES.dictionary, Y),
        (Y, LANGUAGES.dictionary_back, X),
    ):
        found = word_by_word(codes, dictionary).numpy()
        np.testing.assert_array_equal(found > 0, truth > 0)
        common = [
            len(set(one) & set(other)) / len(set(other))
            for one, other in zip(found, truth, strict=True)
        ]
        assert 0.6 < np.mean(common) < 0.95
        assert np.mean(np.all(found == truth, axis=1)) < 0.05


def test_the_same_seed_gives_the_same_sentences():
    again, _ = LANGUAGES.sample(2000, seed=0)
    other, _ = LANGUAGES.sample(2000, seed=1)
    assert np.array_equal(X, again) and np.any(X != other)


def test_a_code_that_is_no_word_is_shown():
    assert LANGUAGES.text_x([[1, 99, 0, 3]]) == [f"{LANGUAGES.words_x[1]} ?"]


def test_one_sentence_needs_its_batch_axis():
    with pytest.raises(ValueError, match=r"shape \(\d+,\)\. Pass codes\[None\]"):
        LANGUAGES.text_x(X[0])
