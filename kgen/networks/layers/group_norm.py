"""Group normalisation with its activation, as fast as TensorFlow allows."""

import functools
import platform
from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from kgen.core.checks.values import check_count
from kgen.core.config import ConfiguredLayer


class GroupNorm(ConfiguredLayer):
    """`activation((x - mean) / stddev * gamma + beta)`, moments of groups of channels.

    Each example has its own moments, over positions and over the channels of a group:
    means of each channel, averaged over its group. The gradient is written out. In
    training XLA fuses the operations on each value into one pass. All is computed in
    float32, whatever the dtype policy.

    Args:
        num_groups: Number of groups; it divides the number of channels.
        silu: Whether `silu(h) = h sigmoid(h)` follows.
        epsilon: Added to the variance.
        jit_compile: Whether XLA compiles these passes in training, anew for each shape
            of x. Saved models and Apple's GPUs do not use XLA.
        **kwargs: Arguments of `keras.layers.Layer`.

    Raises:
        ValueError: if the number of channels is no multiple of `num_groups`.

    Example:

    >>> h = kgen.networks.GroupNorm(8)(np.random.default_rng(0).random((2, 5, 6, 16)))
    >>> bool(abs(np.reshape(h, (2, 30, 8, 2)).mean((1, 3))).max() < 1e-5)
    True

    References:
        [Wu & He, 2018](https://arxiv.org/abs/1803.08494)
    """

    def __init__(
        self,
        num_groups: int = 32,
        silu: bool = False,
        epsilon: float = 1e-5,
        jit_compile: bool = True,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.num_groups = check_count("GroupNorm", "num_groups", num_groups)
        self.silu = silu
        self.epsilon = epsilon
        self.jit_compile = jit_compile

    def build(self, input_shape):
        """Makes scale and shift of each channel."""
        channels = input_shape[-1]
        if channels % self.num_groups:
            raise ValueError(
                f"GroupNorm was built with num_groups={self.num_groups} for {channels} "
                "channels. Choose a number of groups that divides them."
            )
        weight = {"shape": (channels,), "dtype": "float32", "autocast": False}
        self.gamma = self.add_weight(name="gamma", initializer="ones", **weight)
        self.beta = self.add_weight(name="beta", initializer="zeros", **weight)

    def call(self, x, training=False):
        """x normalised, of the same shape, `(batch, ..., channels)`."""
        channels = x.shape[-1]
        rows = tf.reshape(x, [tf.shape(x)[0], -1, channels])
        scale, shift = tf.convert_to_tensor(self.gamma), tf.convert_to_tensor(self.beta)
        # Servers may have no XLA.
        jit_compile = self.jit_compile and bool(training) and _has_xla()
        passes = _passes(self.silu, jit_compile)
        normalise = _normaliser(self.num_groups, self.epsilon, passes)
        return tf.reshape(normalise(rows, scale, shift), tf.shape(x))

    def compute_output_shape(self, input_shape):
        """The same shape."""
        return input_shape


def _has_xla():
    """Whether XLA compiles for all devices; it does not for Apple's GPUs."""
    return platform.system() != "Darwin" or not tf.config.list_physical_devices("GPU")


class _Passes(NamedTuple):
    """Functions of each value; each takes one pass over all values."""

    output: Callable
    slopes: Callable
    gradient: Callable


@functools.cache
def _passes(silu, jit_compile):
    """Passes over `(batch, positions, channels)`, with terms `(batch, 1, channels)`."""

    def output(x, a, b):
        h = _full(x) * a + b
        return tf.cast(h * tf.sigmoid(h) if silu else h, x.dtype)

    def slopes(dy, x, a, b):
        """The gradient by h, and its product with x; the next pass needs their sums."""
        dh, x = _full(dy), _full(x)
        if silu:
            h = x * a + b
            gate = tf.sigmoid(h)
            dh *= gate * (1.0 + h * (1.0 - gate))
        return dh, dh * x

    def gradient(dh, x, a, slope, offset):
        """The gradient by x."""
        return tf.cast(dh * a + (_full(x) * slope + offset), x.dtype)

    passes = (output, slopes, gradient)
    if jit_compile:
        compiled = functools.partial(
            tf.function, autograph=False, jit_compile=True, reduce_retracing=True
        )
        passes = map(compiled, passes)
    return _Passes(*passes)


def _full(values):
    return tf.cast(values, tf.float32)


def _normaliser(num_groups, epsilon, passes):
    """A function of `(batch, positions, channels)`, gamma and beta, with gradient."""

    def fold(values):
        """Means of `(batch, channels)` over groups, repeated for each channel."""
        channels = values.shape[-1]
        each = channels // num_groups
        grouped = tf.reshape(values, [-1, num_groups, each])
        mean = tf.reduce_mean(grouped, axis=2, keepdims=True)
        return tf.reshape(tf.broadcast_to(mean, tf.shape(grouped)), [-1, 1, channels])

    def means(values):
        """Means over positions by a product with ones: faster than a reduction."""
        count = tf.shape(values)[1]
        ones = tf.ones([tf.shape(values)[0], 1, count])
        return tf.matmul(ones, values)[:, 0] / tf.cast(count, tf.float32)

    @tf.custom_gradient
    def normalise(x, gamma, beta):
        mean = fold(means(_full(x)))
        variance = fold(means(tf.math.squared_difference(_full(x), mean)))
        precision = tf.math.rsqrt(variance + epsilon)
        a = precision * gamma
        b = beta - mean * a

        def gradient(dy):
            dh, product = passes.slopes(dy, x, a, b)
            along, across = means(dh), means(product)
            # The mean of dh times the normalised x.
            across = (across - mean[:, 0] * along) * precision[:, 0]
            places = tf.cast(tf.shape(x)[1], tf.float32)
            slope = -fold(across * gamma) * precision**2
            offset = -fold(along * gamma) * precision - slope * mean
            dx = passes.gradient(dh, x, a, slope, offset)
            dgamma = tf.reduce_sum(across, axis=0) * places
            return dx, dgamma, tf.reduce_sum(along, axis=0) * places

        return passes.output(x, a, b), gradient

    return normalise
