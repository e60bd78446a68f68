"""Penalties on the gradient of a discriminator by its input."""

from collections.abc import Callable

import tensorflow as tf

from kgen.core.checks.values import check_number
from kgen.core.config import Configured, named

EPSILON = 1e-12  # Added under a root: the gradient of a root at 0 is not finite.


class Penalty(Configured):
    """A cost of a discriminator's gradient; a subclass defines `__call__`."""

    def __call__(self, discriminate, real, fake, seed):
        """The penalty of each example, `(batch,)`.

        Args:
            discriminate: Function from data `(batch, *data_shape)` to logits
                `(batch,)`.
            real: Real examples, `(batch, *data_shape)`.
            fake: Generated examples, `(batch, *data_shape)`.
            seed: For `tf.random.stateless_*`.
        """
        raise TypeError(f"{type(self).__name__} does not define `__call__`.")


class GradientPenalty(Penalty):
    """`weight * (|grad D(x')| - 1)^2` between real and fake, as in WGAN-GP.

    `x' = alpha x + (1 - alpha) G(z)`, with `alpha` uniform in 0..1 for each example.
    The norm is that of each example's gradient.

    Args:
        weight: 0 or larger. The paper takes 10 for images and, in its code, 0.1 for
            points in the plane.

    References:
        [Gulrajani et al., 2017](https://arxiv.org/abs/1704.00028)
    """

    def __init__(self, weight: float = 10.0) -> None:
        self.weight = check_number("weight", weight)

    def __call__(self, discriminate, real, fake, seed):
        shape = tf.concat(
            [tf.shape(real)[:1], tf.ones(real.shape.rank - 1, "int32")], 0
        )
        alpha = tf.random.stateless_uniform(shape, seed)
        between = alpha * real + (1.0 - alpha) * fake
        norm = tf.sqrt(squared_slope(discriminate, between) + EPSILON)
        return self.weight * tf.square(norm - 1.0)


class DRAGAN(Penalty):
    """`weight * (|grad D(x')| - 1)^2` around real examples.

    `x' = x + N(0, stddev^2 I)`, with noise for each value of each example.

    Args:
        weight: 0 or larger.
        stddev: Standard deviation of the noise, 0 or larger; about half the data's.

    References:
        [Kodali et al., 2017](https://arxiv.org/abs/1705.07215)
    """

    def __init__(self, weight: float = 10.0, stddev: float = 0.15) -> None:
        self.weight = check_number("weight", weight)
        self.stddev = check_number("stddev", stddev)

    def __call__(self, discriminate, real, fake, seed):
        noise = tf.random.stateless_normal(tf.shape(real), seed)
        slope = squared_slope(discriminate, real + self.stddev * noise)
        return self.weight * tf.square(tf.sqrt(slope + EPSILON) - 1.0)


class R1(Penalty):
    """`weight / 2 * |grad D(x)|^2` at real examples.

    Args:
        weight: 0 or larger; the paper's gamma.

    References:
        [Mescheder et al., 2018](https://arxiv.org/abs/1801.04406)
    """

    def __init__(self, weight: float = 10.0) -> None:
        self.weight = check_number("weight", weight)

    def __call__(self, discriminate, real, fake, seed):
        return self.weight / 2 * squared_slope(discriminate, real)


class R2(R1):
    """`weight / 2 * |grad D(G(z))|^2` at generated examples.

    Args:
        weight: 0 or larger; the paper's gamma.

    References:
        [Mescheder et al., 2018](https://arxiv.org/abs/1801.04406)
    """

    def __call__(self, discriminate, real, fake, seed):
        return self.weight / 2 * squared_slope(discriminate, fake)


class R1R2(R1):
    """R1 and R2: `weight / 2 * (|grad D(x)|^2 + |grad D(G(z))|^2)`.

    Args:
        weight: 0 or larger; the paper's gamma.

    References:
        [Mescheder et al., 2018](https://arxiv.org/abs/1801.04406)
    """

    def __call__(self, discriminate, real, fake, seed):
        on_real = squared_slope(discriminate, real)
        return self.weight / 2 * (on_real + squared_slope(discriminate, fake))


def squared_slope(function: Callable, x: tf.Tensor) -> tf.Tensor:
    """`|grad f(x)|^2` of each example, `(batch,)`."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        values = function(x)
    slope = tape.gradient(values, x)
    return tf.reduce_sum(tf.square(slope), list(range(1, x.shape.rank)))


PENALTIES = {
    "dragan": DRAGAN,
    "gradient_penalty": GradientPenalty,
    "r1": R1,
    "r1_r2": R1R2,
    "r2": R2,
}


def get(penalty: str | Penalty | None) -> Penalty | None:
    """A penalty from its name in `PENALTIES`; an instance or `None` as it is."""
    return named("penalty", Penalty, penalty, PENALTIES)
