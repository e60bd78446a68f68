"""Dequantisation: levels become real numbers, which have a density."""

import math
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from kgen.core.checks.values import check_count
from kgen.core.config import ConfiguredLayer, named
from kgen.core.random import uniform_rows
from kgen.flows.bases import Logistic
from kgen.flows.steps import (
    Flatten,
    Step,
    check_steps,
    connected,
    inverse,
    no_change,
    summed,
)


class UniformDequantization(ConfiguredLayer):
    """`y = (k + u) / levels` with `u` uniform in [0, 1), for levels k = 0, 1, ...

    A density p(y) then bounds the probability of the levels:
    `log P(k) >= E[log p(y)] - D log levels`.

    Args:
        levels: Number of levels. Data in [0, 1] counts as the nearest level of
            `0, 1 / (levels - 1), ..., 1`.
        **kwargs: Arguments of `keras.layers.Layer`.

    References:
        [Theis et al., 2015](https://arxiv.org/abs/1511.01844)
    """

    discrete = True
    advice = "Round the data to levels, or set levels to the data's number of levels."

    def __init__(self, levels: int = 256, **kwargs) -> None:
        super().__init__(**kwargs)
        self.levels = check_count(type(self).__name__, "levels", levels, fewest=2)
        self.built = True

    def connect(self, shape):
        """Fits to data of a shape."""

    def index(self, x):
        """The level of each value, float32 from 0 to `levels - 1`."""
        k = tf.round(x * (self.levels - 1.0))
        return tf.clip_by_value(k, 0.0, self.levels - 1.0)

    def middle(self, x):
        """The middle of the interval that stands for each value, in (0, 1)."""
        return (self.index(x) + 0.5) / self.levels

    def quantized(self, y):
        """The level, in [0, 1], that real numbers fall into."""
        k = tf.clip_by_value(tf.floor(y * self.levels), 0.0, self.levels - 1.0)
        return k / (self.levels - 1.0)

    def noise(self, shape, seed):
        """Noise for `draw`, numbers in (0, 1), from the seed of a training step."""
        return tf.random.stateless_uniform(shape, seed) + 2.0**-24  # Never 0.

    def noise_rows(self, keys, shape):
        """Noise for `draw`, numbers in (0, 1), from a key for each row."""
        return uniform_rows(keys, shape)

    def draw(self, x, noise, conditions=None, training=False):
        """A real number y for each value, and its log density.

        Returns:
            y in [0, 1], of the shape of x; and log q(y | x), nats, `(batch,)`, a
            density of y.
        """
        return self._inside(x, noise), no_change(x) + self._log_cells(x)

    def _inside(self, x, u):
        """`(k + u) / levels`, kept below the next level in spite of rounding."""
        k = self.index(x)
        return tf.minimum(k + u, (k + 1.0) * (1.0 - 2.0**-23)) / self.levels

    def covers(self, x):
        """Whether all values are levels, up to rounding."""
        return bool(
            np.max(np.abs(self.index(x) / (self.levels - 1) - x), initial=0.0) < 1e-4
        )

    def _log_cells(self, x):
        """`D log levels`: the log density of y in its cell, less that of u."""
        return math.prod(x.shape[1:]) * math.log(self.levels)


class VariationalDequantization(UniformDequantization):
    """`y = (k + u) / levels` with `u` from a flow of its own, given the levels.

    The noise starts uniform. It is learned with the model and moves u to where the
    density p(y) is high, so the bound becomes tighter:
    `log P(k) >= E[log p(y) - log q(y | k)]`.

    Args:
        steps: Steps from the logits of u to logistic noise. Their context is the middle
            of each level's interval, in (0, 1): an image, or a vector if the first step
            is `Flatten`.
        levels: See `UniformDequantization`.
        **kwargs: Arguments of `keras.layers.Layer`.

    References:
        [Ho et al., 2019](https://arxiv.org/abs/1902.00275) (Flow++)
    """

    def __init__(self, steps: Sequence[Step], levels: int = 256, **kwargs) -> None:
        super().__init__(levels, **kwargs)
        self.steps = check_steps(steps)
        if not self.steps:
            raise ValueError(
                "A variational dequantisation was given no steps. Pass some, or use "
                "UniformDequantization."
            )

    def connect(self, shape):
        """Fits to data of a shape."""
        self._noise_shape = connected(self.steps, shape)

    def draw(self, x, noise, conditions=None, training=False):
        """A real number y for each value, and its log density, see the base class."""
        context = self.middle(x)
        if isinstance(self.steps[0], Flatten):
            context = tf.reshape(context, [-1, math.prod(x.shape[1:])])
        conditions = {**(conditions or {}), "context": context}
        # Logistic noise: u is uniform if the steps change nothing.
        noise = tf.math.log(noise) - tf.math.log1p(-noise)
        noise = tf.reshape(noise, [-1, *self._noise_shape])
        logits, log_det = inverse(self.steps, noise, conditions, training)
        y = self._inside(x, tf.reshape(tf.sigmoid(logits), tf.shape(x)))
        # d sigmoid / d logit, as a log that never overflows.
        log_slopes = -tf.nn.softplus(logits) - tf.nn.softplus(-logits)
        log_q = Logistic().log_prob(noise) - log_det - summed(log_slopes)
        return y, log_q + self._log_cells(x)


DEQUANTIZATIONS = {"uniform": UniformDequantization}


def get(dequantization):
    """A dequantisation from its name; an instance or `None` as it is."""
    return named(
        "dequantization", UniformDequantization, dequantization, DEQUANTIZATIONS
    )
