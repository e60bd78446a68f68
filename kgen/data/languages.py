"""Two small languages whose sentences translate exactly, as ints."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

# Singular and plural: in English, and in the other language.
_ANIMALS = {
    "dog": ("dogs", "kan", "kani"),
    "cat": ("cats", "mio", "mii"),
    "horse": ("horses", "kaval", "kavali"),
    "child": ("children", "puer", "pueri"),
    "woman": ("women", "dama", "damai"),
    "man": ("men", "viro", "viri"),
    "bird": ("birds", "ave", "avei"),
    "neighbour": ("neighbours", "vizin", "vizini"),
}
_GAMES = {
    "game": ("games", "ludo", "ludi"),
    "card": ("cards", "karta", "kartai"),
    "match": ("matches", "mach", "machi"),
}
_INSTRUMENTS = {
    "violin": ("violins", "violo", "violi"),
    "drum": ("drums", "tambur", "tamburi"),
    "flute": ("flutes", "flauto", "flauti"),
}
_THINGS = {
    "house": ("houses", "domo", "domi"),
    "apple": ("apples", "poma", "pomai"),
    "book": ("books", "libro", "libri"),
    "tree": ("trees", "arbor", "arbori"),
}
_NOUNS = {**_ANIMALS, **_GAMES, **_INSTRUMENTS, **_THINGS}
# English has one form; the other language has a singular and a plural.
_ADJECTIVES = {
    "red": ("ruso", "rusi"),
    "big": ("grando", "grandi"),
    "small": ("miko", "miki"),
    "old": ("veko", "veki"),
    "new": ("novo", "novi"),
    "good": ("bono", "boni"),
    "loud": ("forto", "forti"),
    "dark": ("negro", "negri"),
}
# The form for one subject in English, and for many; the other language has one form,
# and for some verbs another one before a certain kind of object.
_VERBS = {
    "plays": ("play", "ludat", "sonat"),
    "sees": ("see", "vidat", None),
    "loves": ("love", "amat", None),
    "finds": ("find", "trovat", None),
    "buys": ("buy", "emat", None),
    "follows": ("follow", "sekvat", None),
}
_OBJECTS = {
    "plays": {**_GAMES, **_INSTRUMENTS},
    "sees": _NOUNS,
    "loves": {**_ANIMALS, **_INSTRUMENTS, **_GAMES},
    "finds": {**_THINGS, **_ANIMALS, **_GAMES},
    "buys": {**_THINGS, **_INSTRUMENTS},
    "follows": _ANIMALS,
}
_ADVERBS = {"today": "hodi", "often": "ofte", "here": "isti"}
# A determiner of a subject and of an object.
_DETERMINERS = {"the": ("ta", "tam"), "a": ("una", "unam"), "some": ("kel", "kelem")}


class ToyLanguages:
    """Sentences of two small languages, `x` and `y`, with exact translations.

    Language x is a little English: `the red dog sees some old books today`. Language y
    has another order and other rules: `hodi ta kan ruso kelem libri veki vidat`. Its
    verb comes last, its adverb first and its adjectives after their noun. Adjectives
    agree with their noun in number, determiners have a form for the object, and "play"
    is another verb for instruments than for games. English verbs agree with their
    subject, and those of y do not. So a dictionary of words is not enough, in either
    direction.

    Sentences are rows of ints: words are codes from 1 on, and 0 fills a row up. There
    are some 147 million sentences.

    Example:

    >>> languages = kgen.data.ToyLanguages()
    >>> x, y = languages.sample(2, seed=0)
    >>> x.shape, languages.num_codes, len(languages.dictionary)
    ((2, 11), 69, 69)
    """

    length = 11

    def __init__(self) -> None:
        self.words_x = _numbered(
            *(form for noun, (many, *_) in _NOUNS.items() for form in (noun, many)),
            *_ADJECTIVES,
            *(form for verb, (many, *_) in _VERBS.items() for form in (verb, many)),
            *_ADVERBS,
            *_DETERMINERS,
        )
        self.words_y = _numbered(
            *(form for _, *forms in _NOUNS.values() for form in forms),
            *(form for forms in _ADJECTIVES.values() for form in forms),
            *(form for _, *forms in _VERBS.values() for form in forms if form),
            *_ADVERBS.values(),
            *(form for forms in _DETERMINERS.values() for form in forms),
        )

    @property
    def num_codes(self) -> int:
        """Number of codes of the larger language, with 0."""
        return max(len(self.words_x), len(self.words_y))

    @property
    def dictionary(self) -> tuple[int, ...]:
        """The most usual translation of each code of x, `(num_codes,)`."""
        first = {noun: forms[1] for noun, forms in _NOUNS.items()}
        first |= {forms[0]: forms[2] for forms in _NOUNS.values()}
        first |= {word: forms[0] for word, forms in _ADJECTIVES.items()}
        for word, (many, form, _) in _VERBS.items():
            first |= {word: form, many: form}
        first |= _ADVERBS | {word: forms[0] for word, forms in _DETERMINERS.items()}
        return self._table(first, self.words_x, self.words_y)

    @property
    def dictionary_back(self) -> tuple[int, ...]:
        """The most usual translation of each code of y, `(num_codes,)`."""
        first = {form: noun for noun, (_, form, _) in _NOUNS.items()}
        first |= {forms[2]: forms[0] for forms in _NOUNS.values()}
        for table in (_ADJECTIVES, _DETERMINERS):
            first |= {form: word for word, forms in table.items() for form in forms}
        for word, (_, *forms) in _VERBS.items():
            first |= {form: word for form in forms if form}
        first |= {form: word for word, form in _ADVERBS.items()}
        return self._table(first, self.words_y, self.words_x)

    def _table(self, entries, words, translations):
        codes = np.zeros(self.num_codes, "int32")
        for word, translation in entries.items():
            codes[words.index(word)] = translations.index(translation)
        return tuple(codes.tolist())

    def sample(self, num_samples: int, seed: Any = 0) -> tuple[np.ndarray, np.ndarray]:
        """Independent pairs of sentences, the same ones for the same seed.

        Args:
            num_samples: Number of pairs.
            seed: Integer, or anything else that `numpy.random.default_rng` takes.

        Returns:
            `(x, y)`, int32 `(num_samples, length)` each.
        """
        rng = np.random.default_rng(seed)
        pairs = [_sentence(rng) for _ in range(num_samples)]
        return (
            self._codes((x for x, _ in pairs), self.words_x, num_samples),
            self._codes((y for _, y in pairs), self.words_y, num_samples),
        )

    def _codes(self, sentences: Iterable, words, count):
        numbers = {word: code for code, word in enumerate(words)}
        codes = np.zeros((count, self.length), "int32")
        for row, sentence in zip(codes, sentences, strict=True):
            row[: len(sentence)] = [numbers[word] for word in sentence]
        return codes

    def text_x(self, codes: ArrayLike) -> list[str]:
        """Sentences of language x in words, a string for each row of codes."""
        return _text(codes, self.words_x)

    def text_y(self, codes: ArrayLike) -> list[str]:
        """Sentences of language y in words, a string for each row of codes."""
        return _text(codes, self.words_y)


def _numbered(*words):
    """Words by their codes; code 0 is no word."""
    return ("", *words)


def _text(codes, words):
    """Strings of codes; codes that are no word of the language become `?`."""
    words = dict(enumerate(words[1:], start=1))
    rows = np.asarray(codes)
    if rows.ndim != 2:
        raise ValueError(
            f"Sentences are rows of ints (n, length), but have the shape {rows.shape}. "
            "Pass codes[None] for one sentence."
        )
    ends = [np.argmax(np.append(row, 0) == 0) for row in rows]
    return [
        " ".join(words.get(code, "?") for code in row[:end].tolist())
        for row, end in zip(rows, ends, strict=True)
    ]


def _sentence(rng):
    """A random sentence as two lists of words."""
    subject_x, subject_y, many = _phrase(rng, _choice(rng, _ANIMALS), False)
    verb = _choice(rng, _VERBS)
    noun = _choice(rng, _OBJECTS[verb])
    object_x, object_y, _ = _phrase(rng, noun, True)
    verb_many, form, other = _VERBS[verb]
    if other and noun in _INSTRUMENTS:
        form = other
    adverb = _choice(rng, _ADVERBS) if rng.random() < 0.4 else None
    x = [*subject_x, verb_many if many else verb, *object_x]
    y = [*subject_y, *object_y, form]
    if adverb:
        x, y = [*x, adverb], [_ADVERBS[adverb], *y]
    return x, y


def _phrase(rng, noun, is_object):
    """A noun with its determiner and up to two adjectives, and whether it is many."""
    many = bool(rng.random() < 0.5)
    nouns_many, one, several = _NOUNS[noun]
    words = [w for w in _DETERMINERS if w != ("a" if many else "some")]
    determiner = words[rng.integers(len(words))]
    count = rng.choice(3, p=(0.4, 0.45, 0.15))
    adjectives = rng.choice(list(_ADJECTIVES), size=count, replace=False).tolist()
    x = [determiner, *adjectives, nouns_many if many else noun]
    agreeing = [_ADJECTIVES[word][many] for word in adjectives[::-1]]
    y = [_DETERMINERS[determiner][is_object], several if many else one, *agreeing]
    return x, y, many


def _choice(rng, table):
    """A word of a table; those further down are rarer."""
    words = list(table)
    odds = 1.0 / (np.arange(len(words)) + 2.0)
    return words[rng.choice(len(words), p=odds / odds.sum())]
