"""Noise: saved and different on each replica in training, row by row in verbs."""

import contextlib
import contextvars
import math
import random
import threading

import keras
import numpy as np
import tensorflow as tf

from kgen.core.checks.values import check_seed, check_switch
from kgen.core.config import ConfiguredLayer
from kgen.core.philox import philox

_LOCK = threading.Lock()
_GIVEN = contextvars.ContextVar("given_rows", default=None)


def seed_everything(seed: int, deterministic: bool = True) -> None:
    """Seeds Python, NumPy, TensorFlow and Keras, and so initial weights and noise.

    The same program then gives the same weights, bit by bit, on the same machine. Call
    it before you make data and model.

    Args:
        seed: Integer from 0 to 2**32 - 1.
        deterministic: Whether TensorFlow uses slower operations in place of those with
            last digits that vary from run to run. A CPU is not measurably slower.

    Raises:
        ValueError: if the seed is no int from 0 to 2**32 - 1, or `deterministic` no
            bool.
    """
    name = "seed_everything"
    seed = check_seed(name, seed, most=2**32 - 1, optional=False)
    deterministic = check_switch(name, "deterministic", deterministic)
    keras.utils.set_random_seed(seed)
    if deterministic:
        tf.config.experimental.enable_op_determinism()


class NoiseSource(ConfiguredLayer):
    """Seeds for every draw of a model, kept as a weight of that model.

    The state is an int64 weight: `.keras` files, `.weights.h5` files and checkpoints
    contain it, and a resumed run has the noise of an uninterrupted one. (The state of a
    `keras.random.SeedGenerator` is not saved.) The index of the replica is folded in,
    so that replicas draw different noise.

    Training has its own stream: validation and sampling between two steps do not change
    the noise of the second.

    Args:
        seed: Integer that fixes the whole sequence; `None` takes one from
            Python's `random`, seeded by `keras.utils.set_random_seed`.
        **kwargs: Arguments of `keras.layers.Layer`.
    """

    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed
        start = random.randint(0, tf.int32.max) if seed is None else seed
        # [seed, number of draws in training, number of other draws]
        self.state = self.add_weight(
            name="state",
            shape=(3,),
            # int32 weights live on the host: XLA on a GPU cannot reach them there.
            dtype="int64",
            initializer=lambda shape, dtype: tf.constant([start, 0, 0], dtype),
            trainable=False,
            autocast=False,
            # Each replica advances its own copy, in step with the others.
            aggregation="none",
        )
        self.built = True

    def next(self, training=False):
        """The next seed of a stream, int64 `(2,)`, for `tf.random.stateless_*`.

        Args:
            training: Whether the draw belongs to a training step.
        """
        stream = 1 if training else 2
        state = tf.identity(self.state)
        self.state.assign(state + tf.one_hot(stream, 3, dtype=tf.int64))
        context = tf.distribute.get_replica_context()
        replica = context.replica_id_in_sync_group if context else 0
        key = tf.stack([state[0], state[stream]])
        return fold_in(fold_in(key, stream), replica)

    def next_rows(self, num_rows):
        """Seeds int64 `(num_rows,)` for the rows of a verb called without a seed."""
        with _LOCK:  # Servers and notebooks call verbs from several threads.
            start, _, draws = np.array(tf.identity(self.state))
            self.state.assign_add([0, 0, 1])
        return row_seeds([int(start), int(draws)], num_rows)


def row_seeds(seed, num_rows):
    """The seed of each row, from the int that a user passes as `seed`.

    Row i has the same seed for every `num_rows > i`. A client of a served model
    makes the same rows as `model.sample(num_rows, seed=seed)` by sending these seeds.

    Args:
        seed: Integer, 0 or larger, or a sequence of such integers.
        num_rows: Number of rows.

    Returns:
        int64 array `(num_rows,)`, in 0..2^53 - 1: JSON represents these ints exactly.
    """
    bits = np.random.SeedSequence(seed).generate_state(num_rows, np.uint64)
    return (bits >> np.uint64(11)).astype(np.int64)


def row_keys(seeds):
    """Keys for the draws of each row, int32 `(num_rows, 2)`, from the rows' seeds."""
    return tf.bitcast(tf.cast(seeds, tf.int64), tf.int32)  # The seed's two halves.


@contextlib.contextmanager
def given_rows(give):
    """Context in which draws take given noise, and keys have no effect.

    Args:
        give: Function from `"normal"` or `"uniform"` and a shape to noise
            `(num_rows, *shape)`, called for each draw.
    """
    token = _GIVEN.set(give)
    try:
        yield
    finally:
        _GIVEN.reset(token)


def fold_rows(keys, data):
    """Keys of a further draw for the same rows, with the int `data` >= 0 folded in.

    Returns:
        int32 `(num_rows, 2)`.
    """
    if _GIVEN.get() is not None:
        return keys
    # The last word of the counter tells keys from draws.
    words = philox(keys, ([[data]], [[0]], [[0]], [[1]]))
    return tf.bitcast(tf.cast(words[:, :2], tf.uint32), tf.int32)


def fold_in(key, data):
    """`key` with the int `data` folded in, the same on every device."""
    data = tf.cast(data, key.dtype)
    return tf.random.experimental.stateless_fold_in(key, data, alg="philox")


def normal_rows(keys, shape):
    """Standard normal noise, float32 `(num_rows, *shape)`, a function of each key."""
    if (give := _GIVEN.get()) is not None:
        return give("normal", shape)
    size = math.prod(shape)
    # In float64: a logarithm's last digits depend on its place in the tensor.
    uniform = (tf.cast(_words(keys, 2 * -(-size // 2)), tf.float64) + 0.5) * 2.0**-32
    radius, angle = tf.split(uniform, 2, axis=1)
    # The pairs of Box and Muller.
    radius, angle = tf.sqrt(-2.0 * tf.math.log(radius)), 2.0 * math.pi * angle
    noise = tf.concat([radius * tf.cos(angle), radius * tf.sin(angle)], axis=1)
    return tf.reshape(tf.cast(noise[:, :size], tf.float32), [-1, *shape])


def uniform_rows(keys, shape):
    """Uniform noise in (0, 1), float32 `(num_rows, *shape)`, a function of each key.

    It has 2^23 values, at least 2^-24 away from 0 and 1: a quantile of 0 is infinite.
    """
    if (give := _GIVEN.get()) is not None:
        return give("uniform", shape)
    words = _words(keys, math.prod(shape))
    bits = tf.bitwise.right_shift(words, tf.constant(9, tf.uint64))
    uniform = tf.cast(bits, tf.float32) * 2.0**-23 + 2.0**-24
    return tf.reshape(uniform, [-1, *shape])


def _words(keys, size):
    """Random words of 32 bits, uint64 `(num_rows, size)`."""
    blocks = tf.range(-(-size // 4))[None]
    return philox(keys, (blocks, [[0]], [[0]], [[0]]))[:, :size]
