"""Images of zeros and ones: by a threshold, or as draws whose mean is the image."""

from __future__ import annotations

import tensorflow as tf

THRESHOLD, STATIC, DYNAMIC = "threshold", "static", "dynamic"
WAYS = (THRESHOLD, STATIC, DYNAMIC)
# Of the draws of "static": a data set for all, whatever the order of training is.
KEY = (2008, 2016)


def check_binarize(binarize: bool | str) -> str | None:
    """The way to binarize, `None` for none.

    Raises:
        ValueError: if it is neither a bool nor the name of a way.
    """
    if isinstance(binarize, bool):
        return THRESHOLD if binarize else None
    if isinstance(binarize, str) and binarize in WAYS:
        return binarize
    raise ValueError(
        f"`load` was given binarize={binarize!r}, but expects True or False, or one of "
        f"{', '.join(map(repr, WAYS))}."
    )


def by_threshold(examples: tf.data.Dataset) -> tf.data.Dataset:
    """Examples `(x, label)` with 1 from 0.5 on and 0 below."""
    return examples.map(lambda x, y: (tf.cast(x >= 0.5, "float32"), y))


def statically(examples: tf.data.Dataset) -> tf.data.Dataset:
    """Examples `(x, label)` with one draw for each, the same each time.

    A draw depends on the place of the example in its split.
    """

    def drawn(place, example):
        x, y = example
        uniform = tf.random.stateless_uniform(tf.shape(x), (KEY[0], KEY[1] + place))
        return tf.cast(uniform < x, "float32"), y

    return examples.enumerate().map(drawn)


def dynamically(batches: tf.data.Dataset, seed: int | None) -> tf.data.Dataset:
    """Batches `(x, labels)` with new draws in each epoch.

    Args:
        batches: The batches.
        seed: Integer that fixes the draws of all epochs, `None` for others each time.
    """

    def drawn(example, seed):
        x, y = example
        uniform = tf.random.stateless_uniform(tf.shape(x), seed)
        return tf.cast(uniform < x, "float32"), y

    own = None if seed is None else seed + 1  # The order of examples has the other.
    seeds = tf.data.Dataset.random(own, rerandomize_each_iteration=True)
    return tf.data.Dataset.zip(batches, seeds.batch(2, drop_remainder=True)).map(drawn)
