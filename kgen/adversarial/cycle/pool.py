"""A pool of past examples, from which a discriminator learns as well."""

import tensorflow as tf

from kgen.core.checks.values import check_count
from kgen.core.config import ConfiguredLayer
from kgen.core.distribution.batch import (
    SHARED_STATE,
    first_replica,
    global_rows,
    weights,
)


class Pool(ConfiguredLayer):
    """Keeps generated examples; a discriminator that sees old ones forgets less.

    Until it is full, the pool stores each new example and gives it back. Then each new
    example, one after another, is with probability 1/2 given back as it is; or else it
    takes the place of a random example of the pool, and that one is given back.

    The pool is saved with the model. On several replicas all keep the same pool: that
    of one device, for which the shards of a batch follow one another. Examples of
    weight 0 are not stored.

    Args:
        size: Number of examples; 0 for no pool.
        shape: Shape of one example.
        **kwargs: Arguments of `keras.layers.Layer`.

    References:
        [Shrivastava et al., 2017](https://arxiv.org/abs/1612.07828)
    """

    def __init__(self, size: int, shape: tuple, **kwargs) -> None:
        super().__init__(**kwargs)
        self.size = check_count("Pool", "size", size, fewest=0)
        self.shape = tuple(shape)
        if self.size:
            self.examples = self.add_weight(
                (self.size, *self.shape),
                "zeros",
                "float32",
                name="examples",
                **SHARED_STATE,
            )
            # int32 weights live on the host: XLA on a GPU cannot reach them there.
            self.stored = self.add_weight(
                (), "zeros", "int64", name="stored", **SHARED_STATE
            )
        self.built = True

    def exchange(self, new, key):
        """Examples for the discriminator, of which some are from the pool.

        Args:
            new: float32 `(local batch, *shape)`.
            key: Seed for `tf.random.stateless_*`; all replicas use the first one's.

        Returns:
            float32 `(local batch, *shape)`.
        """
        if not self.size:
            return new
        rows, start = global_rows(new)
        there, _ = global_rows(weights(new))
        draws = first_replica(tf.random.stateless_uniform([tf.shape(rows)[0], 2], key))
        stored = tf.cast(tf.convert_to_tensor(self.stored), tf.int32)
        given, kept = exchanged(self.size, stored, there > 0, draws)
        both = tf.concat([tf.convert_to_tensor(self.examples), rows], axis=0)
        self.examples.assign(tf.gather(both, kept))
        count = tf.reduce_sum(tf.cast(there > 0, tf.int32))
        stored = tf.minimum(stored + count, self.size)
        self.stored.assign(tf.cast(stored, tf.int64))
        mine = given[start : start + tf.shape(new)[0]]
        return tf.ensure_shape(tf.gather(both, mine), new.shape)


def exchanged(size, stored, there, draws):
    """What a pool gives for new examples, and what it keeps, as indices.

    The index of an example of the pool is its place; that of new example i is
    `size + i`.

    Args:
        size: Number of places of the pool.
        stored: int32, number of places that are taken.
        there: bool `(n,)`, whether a new example may be stored.
        draws: float32 `(n, 2)` in [0, 1): whether each new example takes the place of
            another one, and of which.

    Returns:
        `(given, kept)`: int32 `(n,)` and int32 `(size,)`.
    """
    number = tf.range(tf.size(there))
    free = stored + tf.cumsum(tf.cast(there, tf.int32), exclusive=True)
    fills = there & (free < size)
    enters = there & (fills | (draws[:, 0] >= 0.5))
    drawn = tf.minimum(tf.cast(draws[:, 1] * float(size), tf.int32), size - 1)
    place = tf.where(fills, free, drawn)

    def newest(places, before):
        """The last of the new examples `before` some number to enter each place."""
        to_here = enters & (place == places[:, None]) & (number < before[:, None])
        last = tf.reduce_max(tf.where(to_here, number, -1), axis=1)
        return tf.where(last < 0, places, size + last)

    given = tf.where(enters & ~fills, newest(place, number), size + number)
    places = tf.range(size)
    return given, newest(places, tf.fill([size], tf.size(there)))
