"""The Wasserstein critic: a distance that a network of its own measures."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core.checks.values import check_count, check_seed
from kgen.metrics.distances import as_features
from kgen.metrics.figures import register
from kgen.networks.layers.spectral import SpectralDense

HIDDEN = (64, 64)


@register(
    "wasserstein_critic", ("features", "sample_features"), better="lower", enough=1000
)
def wasserstein_critic(
    real: ArrayLike, fake: ArrayLike, num_steps: int = 300, seed: int | None = 0
) -> float:
    """`max_f E f(real) - E f(fake)` over critics f of slope 1 at most, on unseen rows.

    That is the Wasserstein distance W1, in units of the features. A perceptron with
    spectral normalisation learns from one half of both sets, and the other half is
    measured. The result is divided by the product of the singular values, so that the
    slope is 1 at most: it is a lower bound of W1, but for the noise of the samples. Two
    samples of one distribution give 0 in the mean, and less than 0 at times. A
    discriminator that has been trained along with the generator would be fooled by it;
    this one is independent.

    Args:
        real: Features `(n, d)`, one row for each example.
        fake: Features `(m, d)`, one row for each example.
        num_steps: Steps of Adam, with 128 rows of each set.
        seed: Integer that fixes the halves and the critic.

    Returns:
        The distance.

    Raises:
        ValueError: unless both are finite matrices of equal width, with four rows or
            more, or for an invalid number or seed.

    Example:

    >>> real, fake = np.random.default_rng(0).normal(size=(2, 1000, 2))
    >>> 2.5 < wasserstein_critic(real, fake + [3, 0], num_steps=100) < 3.1
    True

    References:
        [Arjovsky et al., 2017](https://arxiv.org/abs/1701.07875),
        [Anil et al., 2019](https://arxiv.org/abs/1811.05381) (the network)
    """
    num_steps = check_count("wasserstein_critic", "num_steps", num_steps)
    seed = check_seed("wasserstein_critic", seed)
    real, fake = as_features("wasserstein_critic", real, fake, 4)
    rng = np.random.default_rng(seed)
    # Units in which the rows are about 1 long suit the learning rate.
    scale = np.sqrt(np.mean(np.square(real - real.mean(axis=0)))) or 1.0
    halves = [_halves(rng, (rows - real.mean(axis=0)) / scale) for rows in (real, fake)]
    critic = _critic(real.shape[1], rng)
    batches = tf.data.Dataset.zip(
        *(
            tf.data.Dataset.from_tensor_slices(seen.astype("float32"))
            .shuffle(len(seen), seed=int(rng.integers(2**31)))
            .repeat()
            .batch(128)
            for seen, _ in halves
        )
    )
    signs = tf.repeat([1.0, -1.0], 128)[:, None]
    train = batches.map(lambda r, f: (tf.concat([r, f], 0), signs)).take(num_steps)
    critic.compile(keras.optimizers.Adam(1e-2, beta_1=0.5), loss=_gap)
    critic.fit(train, shuffle=False, verbose=0)
    means = [np.mean(critic.predict(unseen, verbose=0)) for _, unseen in halves]
    return float((means[0] - means[1]) / slope(critic) * scale)


def _gap(signs, values):
    """`E f(fake) - E f(real)`, by the signs of the rows: 1 for real ones."""
    return -2.0 * keras.ops.mean(signs * values)


def _halves(rng, rows):
    order = rng.permutation(len(rows))
    return rows[order[: len(rows) // 2]], rows[order[len(rows) // 2 :]]


def _critic(width, rng):
    """A perceptron of slope 1: sorting pairs of units keeps all that they know."""

    def dense(units):
        start = keras.initializers.Orthogonal(seed=int(rng.integers(2**31)))
        return SpectralDense(units, kernel_initializer=start)

    x = h = keras.Input((width,), name="x")
    for units in HIDDEN:
        h = keras.layers.Reshape((units // 2, 2))(dense(units)(h))
        h = keras.layers.Flatten()(keras.ops.sort(h, axis=-1))
    return keras.Model(x, dense(1)(h))


def slope(critic):
    """A bound on the slope of the critic: the product of its singular values."""
    layers = [layer for layer in critic.layers if isinstance(layer, SpectralDense)]
    kernels = [np.asarray(layer.used_kernel(training=False)) for layer in layers]
    return float(np.prod([np.linalg.norm(kernel, 2) for kernel in kernels]))
