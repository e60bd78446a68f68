"""Machine translation, learned from two piles of sentences that are no pairs."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.adversarial.game import Game
from kgen.adversarial.player import Player
from kgen.adversarial.text.checks import (
    SHUFFLE_DISTANCE,
    WORD_DROP,
    check_conditions,
    check_dictionary,
    check_networks,
    check_use,
)
from kgen.adversarial.text.sentences import (
    damaged,
    inverse,
    places,
    trimmed,
    word_by_word,
)
from kgen.core.checks.values import (
    check_count,
    check_fraction,
    check_number,
    check_switch,
)
from kgen.core.hints import Data
from kgen.core.specs import Codes
from kgen.core.verbs import verb
from kgen.networks.inputs import apply, input_shape
from kgen.networks.text import greedy

X, Y = 0, 1  # The two languages, as the networks get them.


class MachineTranslation(Game):
    """A translator between two languages, x and y, that needs no pairs of sentences.

    One encoder and one decoder serve both languages. Sentences are ints
    `(batch, length)`: words are codes from 1 on, and the first 0 ends a sentence. The
    translator minimises a weighted sum of these terms, in nats for a sentence of x and
    one of y together:

    - `denoising`: `-log p(x | damaged x) - log p(y | damaged y)`. Damage leaves out
      words and shuffles their order locally.
    - `back_translation`: `-log p(x | damaged y') - log p(y | damaged x')`, where `y'`
      is the model's translation of x, and `x'` that of y. No gradient flows through
      them. In the first `word_by_word_rounds` they come from the dictionary instead,
      later from the model as it is in that round.
    - `adversarial`: `-log D(language x | z of y) - log D(language y | z of x)`, with a
      discriminator D that learns to tell the language from the encoder's latents z.
    - `translation`, if `supervised`: `-log p(y | x) - log p(x | y)` of pairs.

    Args:
        encoder: Network `x, language, mask -> (batch, length, width)`, such as
            `kgen.networks.text_encoder`. `mask` marks the words and the end.
        decoder: Network `x, language, z, mask -> logits (batch, length, num_codes)`,
            such as `kgen.networks.text_decoder`, that runs word by word.
        discriminator: Network `z, mask -> (batch, 1)`, the logit of language y. `None`
            for training without an adversary.
        dictionary: The translation of each code of x, ints `(num_codes,)`: 0 for a word
            that it does not know.
        dictionary_back: The translation of each code of y; by default the inverse.
        word_by_word_rounds: Rounds, counted by `optimizer.iterations`, in which the
            dictionary translates. By default 1,000, and 0 without a dictionary.
        denoising_weight: Weight of the term, 0 or larger.
        back_translation_weight: Weight of the term, 0 or larger.
        adversarial_weight: Weight of the term, 0 or larger.
        supervised: Whether row i of y is the translation of row i of x. Otherwise they
            are shuffled on their own, and may be of different numbers.
        word_drop: Share of words that damage leaves out, 0..1.
        shuffle_distance: Places by which damage moves a word at most, 0 or larger.
        discriminator_steps: Steps of the discriminator in a round.
        **kwargs: See `GenerativeModel`.

    Raises:
        ValueError: for networks that do not fit together, a setting without effect, or
            a condition: a class of x would not be one of y.

    Example:

    >>> sizes = {"num_codes": 9, "width": 8, "num_blocks": 1}
    >>> model = kgen.MachineTranslation(
    ...     kgen.networks.text_encoder((5,), **sizes),
    ...     kgen.networks.text_decoder((5,), **sizes),
    ...     kgen.networks.text_discriminator((5,), width=8),
    ...     dictionary=[0, 2, 1, 3, 4, 5, 6, 7, 8],
    ... )
    >>> model.compile("adam")
    >>> model.translate([[1, 2, 3, 0, 0]]).shape
    TensorShape([1, 5])

    References:
        [Lample et al., 2018](https://arxiv.org/abs/1711.00043),
        [Lample et al., 2018](https://arxiv.org/abs/1804.07755) (back-translation by the
        present model)
    """

    terms = ("translator_loss", "translator_gradient")
    changeable = {
        "denoising_weight": check_number,
        "back_translation_weight": check_number,
        "adversarial_weight": check_number,
        "word_drop": check_fraction,
        "shuffle_distance": lambda key, value: check_count(
            "MachineTranslation", key, value, fewest=0
        ),
        "discriminator_steps": lambda key, value: check_count(
            "MachineTranslation", key, value
        ),
    }

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        discriminator: keras.Model | None = None,
        dictionary: Sequence[int] | None = None,
        dictionary_back: Sequence[int] | None = None,
        word_by_word_rounds: int | None = None,
        denoising_weight: float = 1.0,
        back_translation_weight: float = 1.0,
        adversarial_weight: float = 1.0,
        supervised: bool = False,
        word_drop: float = WORD_DROP,
        shuffle_distance: int = SHUFFLE_DISTANCE,
        discriminator_steps: int = 1,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        check_conditions(self)
        self.encoder = encoder
        self.decoder = decoder
        self.discriminator = discriminator
        self.data_shape = input_shape(encoder, "x", beside=("language", "mask"))
        self.latent_shape = tuple(encoder.output_shape[1:])
        self.num_data_codes = decoder.output_shape[-1]
        check_networks(self)
        self.dictionary = check_dictionary(self, "dictionary", dictionary)
        self.dictionary_back = check_dictionary(
            self, "dictionary_back", dictionary_back
        )
        self.word_by_word_rounds = word_by_word_rounds
        self.denoising_weight = denoising_weight
        self.back_translation_weight = back_translation_weight
        self.adversarial_weight = adversarial_weight
        self.supervised = check_switch("MachineTranslation", "supervised", supervised)
        self.word_drop = word_drop
        self.shuffle_distance = shuffle_distance
        self.discriminator_steps = discriminator_steps
        for name in self._term_names():
            self.add_term(name)
        self.check_settings()

    def _term_names(self):
        """The terms that the settings give, beside those of the translator."""
        adversary = self.discriminator is not None
        names = {
            "denoising": self.denoising_weight > 0,
            "back_translation": self.back_translation_weight > 0,
            "translation": self.supervised,
            **dict.fromkeys(_OF_ADVERSARY, adversary),
        }
        return [name for name, there in names.items() if there]

    def check_settings(self):
        """Raises a ValueError for settings without effect, or a term switched later."""
        check_use(self)
        logged = [name for name in self.terms if not name.startswith("translator_")]
        if logged and logged != self._term_names():
            raise ValueError(
                f"A {type(self).__name__} logs {', '.join(logged)} from the start, so "
                "a weight may not become 0, or be 0 no more. Build another one."
            )

    @property
    def data_specs(self):
        """Sentences x and y, and weights."""
        x, weights = super().data_specs.values()
        y = Codes(self.data_shape, self.num_data_codes, paired=self.supervised)
        return {"x": x, "y": y, "weights": weights}

    @property
    def players(self):
        """The discriminator, if there is one, then the translator."""
        translator = Player("translator", [self.encoder, self.decoder], self.learn)
        if self.discriminator is None:
            return (translator,)
        discriminator = Player(
            "discriminator",
            self.discriminator,
            self.discriminate,
            steps=self.discriminator_steps,
        )
        return (discriminator, translator)

    def learn(self, x, y, labels=None, training=False):
        """The translator's loss and its other terms, `(batch,)` each."""
        x, y = trimmed(x), trimmed(y)
        parts = {}  # Each has sources and targets in both languages.
        if self.denoising_weight or self.discriminator is not None:
            parts["denoising"] = (x, X, x, X), (y, Y, y, Y)
        if self.back_translation_weight:
            of_x, of_y = self.back_translations(x, y)
            parts["back_translation"] = (of_x, Y, x, X), (of_y, X, y, Y)
        if self.supervised:
            parts["translation"] = (x, X, y, Y), (y, Y, x, X)
        # All of them in one run of the networks: short sentences keep them waiting.
        rows = [row for pair in parts.values() for row in pair]
        clean = 2 * tf.shape(x)[0] if self.supervised else 0
        sources, targets = tf.concat([r[0] for r in rows], 0), [r[2] for r in rows]
        languages, wanted = (
            tf.concat([tf.fill(tf.shape(x)[:1], row[i]) for row in rows], 0)
            for i in (1, 3)
        )
        sources = self.with_damage(sources, clean, training)
        z = self.latents(sources, languages, training)
        targets = tf.concat(targets, 0)
        nats = self.nats(targets, wanted, z, places(sources), training)
        nats = tf.reduce_sum(tf.reshape(nats, [len(parts), 2, tf.shape(x)[0]]), axis=1)
        terms = dict(zip(parts, tf.unstack(nats), strict=True))
        weights = {
            "denoising": self.denoising_weight,
            "back_translation": self.back_translation_weight,
        }
        loss = sum(weights.get(name, 1.0) * value for name, value in terms.items())
        if self.discriminator is not None:
            count = 2 * tf.shape(x)[0]  # The latents of damaged x and y come first.
            of_x, of_y = self.logits(z[:count], places(sources[:count]), training)
            terms["adversarial"] = tf.nn.softplus(-of_x) + tf.nn.softplus(of_y)
            loss += self.adversarial_weight * terms["adversarial"]
        if not self.denoising_weight:
            terms.pop("denoising", None)
        loss += sum(self.encoder.losses) + sum(self.decoder.losses)
        return {"translator_loss": loss, **terms}

    def discriminate(self, x, y, labels=None, training=False):
        """The discriminator's loss and accuracy, `(batch,)` each."""
        sources = self.with_damage(trimmed(tf.concat([x, y], 0)), 0, training)
        languages = tf.repeat([X, Y], tf.shape(x)[0])
        z = self.latents(sources, languages, training)
        of_x, of_y = self.logits(z, places(sources), training)
        right = tf.cast(of_x < 0, tf.float32) + tf.cast(of_y > 0, tf.float32)
        loss = tf.nn.softplus(of_x) + tf.nn.softplus(-of_y)
        return {
            "discriminator_loss": loss + sum(self.discriminator.losses),
            "discriminator_accuracy": right / 2,
        }

    def with_damage(self, sources, clean, training):
        """Sources with damage, except for the last `clean` rows."""
        count = tf.shape(sources)[0] - clean
        noisy = damaged(
            sources[:count],
            self.noise.next(training),
            self.word_drop,
            self.shuffle_distance,
        )
        return tf.concat([noisy, sources[count:]], 0)

    def latents(self, sources, languages, training=False):
        """The encoder's output for sentences, `(batch, length, width)`."""
        conditions = {"language": languages, "mask": places(sources)}
        return apply(self.encoder, sources, None, training, **conditions)

    def nats(self, targets, languages, z, mask, training=False):
        """`-log p(target | z)`, nats, of each sentence with its end, `(batch,)`."""
        conditions = {"language": languages, "z": z, "mask": mask}
        logits = apply(self.decoder, targets, None, training, **conditions)
        nats = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)
        return tf.reduce_sum(tf.where(places(targets), nats, 0.0), axis=1)

    def logits(self, z, mask, training=False):
        """The discriminator's logits of latents of x, and of those of y after them."""
        logits = apply(self.discriminator, z, None, training, mask=mask)[:, 0]
        return tf.split(logits, 2)

    def back_translations(self, x, y):
        """x in the language of y, and y in that of x, by this round's translator."""

        def by_model():
            languages = tf.repeat([X, Y], tf.shape(x)[0])
            return self.written(tf.concat([x, y], 0), languages)

        def by_dictionary():
            back = self.dictionary_back or inverse(self.dictionary)
            there = word_by_word(x, self.dictionary)
            return tf.concat([there, word_by_word(y, back)], 0)

        rounds = self.first_rounds
        if rounds:
            early = self.optimizer.iterations < rounds
            found = tf.cond(early, by_dictionary, by_model)
        else:
            found = by_model()
        return tf.split(tf.ensure_shape(found, (None, *self.data_shape)), 2)

    @property
    def first_rounds(self):
        """Number of rounds in which the dictionary translates."""
        if self.word_by_word_rounds is not None:
            return self.word_by_word_rounds
        return 0 if self.dictionary is None else ROUNDS

    def written(self, sources, languages):
        """The likeliest words, one by one, in the other language: ints like x."""
        mask = places(sources)
        z = self.latents(sources, languages)
        return greedy(self.decoder, language=1 - languages, z=z, mask=mask)

    def _in_other_language(self, sentences, language):
        sentences = trimmed(sentences)
        return self.written(sentences, tf.fill(tf.shape(sentences)[:1], language))

    @verb(returns="y")
    def translate(self, x: Data) -> tf.Tensor:
        """Sentences x in the language of y, int32 `(batch, length)`.

        The likeliest next word is taken at each place, so a sentence has one
        translation.
        """
        return self._in_other_language(x, X)

    @verb(returns="x")
    def translate_back(self, y: ArrayLike) -> tf.Tensor:
        """Sentences y in the language of x, int32 `(batch, length)`."""
        return self._in_other_language(y, Y)

    @verb(returns="z")
    def encode(self, x: Data) -> tf.Tensor:
        """Latents of sentences x, `(batch, length, width)`; zeros after their end."""
        return self._shown(x, X)

    @verb(returns="z")
    def encode_y(self, y: ArrayLike) -> tf.Tensor:
        """Latents of sentences y, `(batch, length, width)`; zeros after their end."""
        return self._shown(y, Y)

    def _shown(self, sentences, language):
        sentences = trimmed(sentences)
        z = self.latents(sentences, tf.fill(tf.shape(sentences)[:1], language))
        return tf.where(places(sentences)[..., None], z, 0.0)


ROUNDS = 1000
_OF_ADVERSARY = ("adversarial", "discriminator_loss", "discriminator_accuracy")
