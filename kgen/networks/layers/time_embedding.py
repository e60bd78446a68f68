"""The time of a diffusion as features for a network."""

import numpy as np
import tensorflow as tf

from kgen.core.checks.values import check_count
from kgen.core.config import ConfiguredLayer


class TimeEmbedding(ConfiguredLayer):
    """`sin(1000 t w_k)` and `cos(1000 t w_k)`, with frequencies w from 1 to 1e-4.

    Times in 0..1 get the features of the steps 0 to 1000 in the literature.

    Args:
        dim: Number of features, even.
        **kwargs: Arguments of `keras.layers.Layer`.

    References:
        [Ho et al., 2020](https://arxiv.org/abs/2006.11239)
    """

    def __init__(self, dim: int, **kwargs) -> None:
        super().__init__(**kwargs)
        if check_count("TimeEmbedding", "dim", dim) % 2:
            raise ValueError(
                f"TimeEmbedding was given dim={dim}, but needs an even number."
            )
        self.dim = dim
        self.autocast = False  # In bfloat16 neighbouring times would be equal.

    def call(self, t):
        """Features `(batch, dim)` of times `(batch,)`."""
        half = self.dim // 2
        frequencies = np.exp(-np.log(1e4) * np.arange(half) / half).astype("float32")
        angles = 1000.0 * tf.cast(t, tf.float32)[:, None] * frequencies
        features = tf.concat([tf.sin(angles), tf.cos(angles)], axis=1)
        return tf.cast(features, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        """`(batch, dim)`."""
        return (*input_shape, self.dim)
