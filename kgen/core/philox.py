"""Philox 4x32-10: random bits as a function of a key and a counter, row by row.

TensorFlow's `stateless_*` take one key for a whole tensor, and XLA arranges their draws
in another order. Here each row has its own key, a thousand rows cost as much as one,
and the bits are the same in every mode.

References:
    [Salmon et al., 2011](https://doi.org/10.1145/2063384.2063405)
"""

import tensorflow as tf

_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_INCREMENTS = (0x9E3779B9, 0xBB67AE85)
_ROUNDS = 10


def philox(keys, counters):
    """Random words.

    Args:
        keys: Two integers for each row, `(rows, 2)`; only their low 32 bits are used.
        counters: Four tensors of integers from 0 to 2^32 - 1; each broadcasts to
            `(rows, blocks)`.

    Returns:
        Words from 0 to 2^32 - 1, uint64 `(rows, 4 blocks)`.
    """
    low = tf.constant(0xFFFFFFFF, tf.uint64)

    def word(values):
        return tf.bitwise.bitwise_and(tf.cast(values, tf.uint64), low)

    key = [word(keys[:, i])[:, None] for i in range(2)]
    state = [word(counter) for counter in counters]
    for _ in range(_ROUNDS):
        products = [
            tf.constant(multiplier, tf.uint64) * word
            for multiplier, word in zip(_MULTIPLIERS, state[::2], strict=True)
        ]
        high = [tf.bitwise.right_shift(p, tf.constant(32, tf.uint64)) for p in products]
        xor = tf.bitwise.bitwise_xor
        state = [
            xor(xor(high[1], state[1]), key[0]),
            tf.bitwise.bitwise_and(products[1], low),
            xor(xor(high[0], state[3]), key[1]),
            tf.bitwise.bitwise_and(products[0], low),
        ]
        key = [
            word(k + tf.constant(i, tf.uint64))
            for k, i in zip(key, _INCREMENTS, strict=True)
        ]
    return tf.reshape(tf.stack(state, axis=-1), [tf.shape(keys)[0], -1])
