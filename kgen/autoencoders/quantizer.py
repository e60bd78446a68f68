"""Vector quantisation: a codebook, and how it is learned."""

import keras
import tensorflow as tf

from kgen.core.checks.values import check_count, check_fraction, check_number
from kgen.core.config import ConfiguredLayer
from kgen.core.distribution.batch import SHARED_STATE, all_sum, random_rows, weights
from kgen.core.training.initialization import add_adapted

DECAY = 0.99  # Decay of the shares, if words are learned by gradient.


class VectorQuantizer(ConfiguredLayer):
    """Replaces each vector by the nearest word of a codebook: `argmin_k |z - e_k|`.

    Each word is a moving average of the vectors that it stands for. Without
    `ema_decay`, words are learned by the gradient of the codebook term of `VQVAE`.
    `fit` starts the codebook with k-means of the first batches. A word that stands for
    too few vectors is dead, and moves to a vector of the present batch.

    Args:
        num_codes: Number of words, K.
        code_dim: Size of each word.
        ema_decay: Decay of the moving average, in 0..1 and below 1; `None` to learn by
            gradient.
        revive_below: A word is dead if its share of the vectors, a moving average, is
            below `revive_below / K`; 0 leaves dead words alone.
        initializer: `"kmeans"`, or `"random"` for uniform numbers in `[-1 / K, 1 / K]`.
        **kwargs: Arguments of `keras.layers.Layer`.

    References:
        [van den Oord et al., 2017](https://arxiv.org/abs/1711.00937)
    """

    def __init__(
        self,
        num_codes: int = 64,
        code_dim: int = 16,
        ema_decay: float | None = 0.99,
        revive_below: float = 0.1,
        initializer: str = "kmeans",
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.num_codes = check_count("VectorQuantizer", "num_codes", num_codes)
        self.code_dim = check_count("VectorQuantizer", "code_dim", code_dim)
        self.ema_decay = ema_decay
        if ema_decay is not None and check_fraction("ema_decay", ema_decay) == 1:
            raise ValueError("ema_decay=1 never learns: pass a number below 1.")
        self.revive_below = check_number("revive_below", revive_below)
        if initializer not in ("kmeans", "random"):
            raise ValueError(
                f"initializer={initializer!r} is neither 'kmeans' nor 'random'."
            )
        self.initializer = initializer
        limit = 1.0 / num_codes
        self.codebook = self.add_weight(
            name="codebook",
            shape=(num_codes, code_dim),
            initializer=keras.initializers.RandomUniform(-limit, limit),
            trainable=ema_decay is None,
            # All replicas compute the same new words.
            aggregation="none" if ema_decay is not None else "mean",
            autocast=False,
        )
        # A word's `shares` is the share of all vectors that it stands for; its `sums`
        # is their sum over the number of all vectors. Their mean is sums / shares.
        self.shares = self._state("shares", (num_codes,), "ones")
        self.sums = self._state("sums", (num_codes, code_dim), "zeros")
        self.adapted = add_adapted(self)
        self.built = True
        self.start_from(tf.convert_to_tensor(self.codebook))
        self.adapted.assign(0.0)

    def _state(self, name, shape, initializer):
        return self.add_weight(shape, initializer, name=name, **SHARED_STATE)

    def codes(self, z):
        """Index of the nearest word: int32 `(...)` for vectors `(..., code_dim)`."""
        words = tf.convert_to_tensor(self.codebook)
        # |z - e|^2 without |z|^2, which is the same for all words.
        distances = tf.reduce_sum(tf.square(words), axis=-1) - 2.0 * tf.matmul(
            tf.reshape(z, [-1, self.code_dim]), words, transpose_b=True
        )
        nearest = tf.argmin(distances, axis=-1, output_type=tf.int32)
        return tf.reshape(nearest, tf.shape(z)[:-1])

    def words(self, codes):
        """The words of codes: float32 `(..., code_dim)`."""
        # A product, since gradients of `tf.gather` are sparse.
        return tf.matmul(tf.one_hot(codes, self.num_codes), self.codebook)

    def start_from(self, words):
        """Sets the first words, `(at most num_codes, code_dim)`; the others stay."""
        words = tf.concat([words, self.codebook[len(words) :]], axis=0)
        self.codebook.assign(words)
        self.shares.assign(tf.fill([self.num_codes], 1.0 / self.num_codes))
        self.sums.assign(words / self.num_codes)
        self.adapted.assign(1.0)

    def learn(self, z, codes, key):
        """Updates the words from one batch: moving averages, and dead words.

        Args:
            z: Vectors `(batch, ..., code_dim)`.
            codes: Their codes, `(batch, ...)`.
            key: Seed of the vectors that dead words move to.
        """
        batch = tf.shape(codes)[0]
        vectors = tf.stop_gradient(tf.reshape(z, [-1, self.code_dim]))
        weight = tf.repeat(weights(z), tf.size(codes) // batch)
        # Each vector's share of the batch, in the column of its word.
        total = all_sum(tf.reduce_sum(weight))
        share = tf.math.divide_no_nan(weight, total)[:, None]
        share *= tf.one_hot(tf.reshape(codes, [-1]), self.num_codes)

        def averaged(old, new):
            decay = DECAY if self.ema_decay is None else self.ema_decay
            return decay * old + (1.0 - decay) * all_sum(new)

        shares = averaged(self.shares, tf.reduce_sum(share, axis=0))
        words = tf.convert_to_tensor(self.codebook)
        if self.ema_decay is not None:
            sums = averaged(self.sums, tf.matmul(share, vectors, transpose_a=True))
            means = tf.math.divide_no_nan(sums, shares[:, None])
            words = tf.where(shares[:, None] > 1e-12, means, words)
        equal = 1.0 / self.num_codes
        dead = shares < self.revive_below * equal
        found = random_rows(vectors, self.num_codes, key)
        words = tf.where(dead[:, None], found, words)
        self.codebook.assign(words)
        self.adapted.assign(1.0)
        self.shares.assign(tf.where(dead, equal, shares))
        if self.ema_decay is not None:
            self.sums.assign(tf.where(dead[:, None], equal * words, sums))


class CodeUsage(keras.metrics.Metric):
    """How many words of a codebook are used, over all batches of an epoch.

    Args:
        num_codes: Number of words.
        statistic: `"perplexity"`, `exp(H)` of the frequencies, 1 to `num_codes`; or
            `"usage"`, the share of the words that occur, in 0..1.
    """

    def __init__(self, num_codes, statistic):
        super().__init__(name=statistic)
        self.statistic = {"perplexity": _perplexity, "usage": _usage}[statistic]
        self.counts = self.add_weight(
            shape=(num_codes,), initializer="zeros", name="counts"
        )

    def update_state(self, codes, sample_weight=None):
        """Counts codes, int `(batch, ...)`, by the weight of their example."""
        batch = tf.shape(codes)[0]
        weight = tf.ones([batch]) if sample_weight is None else sample_weight
        codes = tf.reshape(codes, [batch, -1])
        weight = tf.repeat(tf.cast(weight, tf.float32), tf.shape(codes)[1])
        counts = tf.math.unsorted_segment_sum(
            weight, tf.reshape(codes, [-1]), self.counts.shape[0]
        )
        self.counts.assign_add(counts)

    def result(self):
        """The statistic of all counts."""
        counts = tf.convert_to_tensor(self.counts)
        return self.statistic(tf.math.divide_no_nan(counts, tf.reduce_sum(counts)))


def _perplexity(frequencies):
    return tf.exp(-tf.reduce_sum(tf.math.xlogy(frequencies, frequencies)))


def _usage(frequencies):
    return tf.reduce_mean(tf.cast(frequencies > 0, tf.float32))
