"""Sentences as ints: where they end, how noise damages them, word-by-word translation.

A sentence is a row of codes from 1 on. The first 0 ends it, and what follows counts as
padding. A sentence that fills its row has no 0.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike


def places(codes: tf.Tensor) -> tf.Tensor:
    """Marks the words of each sentence and the 0 that ends it.

    Args:
        codes: Ints `(batch, length)`.

    Returns:
        Bools `(batch, length)`, at least one of them true in each row.
    """
    words = tf.cast(tf.not_equal(codes, 0), tf.int32)
    return tf.cast(tf.math.cumprod(words, axis=1, exclusive=True), tf.bool)


def trimmed(codes: tf.Tensor) -> tf.Tensor:
    """Sentences with 0 in all places after their end, `(batch, length)`."""
    return tf.where(places(codes), codes, 0)


def damaged(
    codes: tf.Tensor, seed: tf.Tensor, word_drop: float, shuffle_distance: int
) -> tf.Tensor:
    """Sentences without some of their words, and with their order locally shuffled.

    Each word is left out with the probability `word_drop`. The words that stay move by
    at most `shuffle_distance` places: they are sorted by their place plus a uniform
    number from 0 to `shuffle_distance + 1`.

    Args:
        codes: Ints `(batch, length)`, as `trimmed` gives them.
        seed: For `tf.random.stateless_uniform`.
        word_drop: In 0..1.
        shuffle_distance: 0 or larger; 0 keeps the order.

    Returns:
        int32 `(batch, length)`.

    References:
        [Lample et al., 2018](https://arxiv.org/abs/1711.00043)
    """
    length = codes.shape[1]
    # One draw for both: the first half says which words stay, the second where.
    uniform = tf.random.stateless_uniform([tf.shape(codes)[0], 2 * length], seed)
    stay, move = tf.split(uniform, 2, axis=1)
    place = tf.range(length, dtype=tf.float32) + (shuffle_distance + 1) * move
    if shuffle_distance == 0:
        place = tf.broadcast_to(tf.range(length, dtype=tf.float32), tf.shape(move))
    return _joined(tf.where(stay < word_drop, 0, codes), place)


def word_by_word(codes: ArrayLike, dictionary: ArrayLike) -> tf.Tensor:
    """Each word of a sentence replaced by its entry in a dictionary, in the same order.

    Args:
        codes: Ints `(batch, length)`.
        dictionary: The translation of each code, ints `(num_codes,)`. A word whose
            entry is 0 is left out.

    Returns:
        int32 `(batch, length)`.

    Raises:
        ValueError: for codes without an entry.

    Example:

    >>> from kgen.adversarial.text import word_by_word
    >>> word_by_word([[3, 1, 2, 0]], [0, 7, 0, 9]).numpy()
    array([[9, 7, 0, 0]], dtype=int32)
    """
    codes = trimmed(tf.cast(codes, tf.int32))
    if tf.executing_eagerly() and tf.size(codes):
        low, high = int(tf.reduce_min(codes)), int(tf.reduce_max(codes))
        if low < 0 or high >= len(dictionary):
            raise ValueError(
                f"`word_by_word` was given codes from {low} to {high}, but the "
                f"dictionary has entries for 0 to {len(dictionary) - 1}."
            )
    found = tf.gather(tf.constant(dictionary, tf.int32), codes)
    found = tf.where(codes == 0, 0, found)
    return _joined(found, tf.broadcast_to(tf.range(codes.shape[1]), tf.shape(codes)))


def inverse(dictionary: ArrayLike) -> tuple[int, ...]:
    """The dictionary for the way back; of several words with one translation the first.

    Args:
        dictionary: See `word_by_word`.

    Returns:
        Ints, as many as in `dictionary`; 0 for codes that translate no word.
    """
    back = np.zeros(len(dictionary), "int32")
    for code, translation in reversed(list(enumerate(dictionary))):
        back[translation] = code
    back[0] = 0
    return tuple(back.tolist())


def _joined(codes, place):
    """The codes other than 0, sorted by place, without gaps."""
    last = tf.cast(2 * codes.shape[1] + tf.reduce_max(place), place.dtype)
    order = tf.argsort(tf.where(codes == 0, last, place), axis=1, stable=True)
    return tf.gather(codes, order, batch_dims=1)
