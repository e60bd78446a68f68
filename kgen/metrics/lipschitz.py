"""How steep a function is: a Wasserstein critic must have slopes of at most 1."""

from __future__ import annotations

import reprlib
from collections.abc import Callable

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core.checks.containers import numbers
from kgen.core.checks.values import check_count, check_seed

BATCH_SIZE = 256


def lipschitz_estimate(
    function: Callable, x: ArrayLike, num_between: int = 1000, seed: int | None = 0
) -> float:
    """`max |df / dx|_2` over points: a lower bound on the Lipschitz constant of f.

    A function is k-Lipschitz if `|f(x) - f(y)| <= k |x - y|` everywhere; the smallest k
    is the largest norm of its gradient. The estimate takes gradients at the examples
    and, like the gradient penalty of a WGAN-GP, at random points between them.

    Args:
        function: TensorFlow function or Keras network that gives one value per example,
            `(batch,)` or `(batch, 1)`, each from that example alone. The critic of a
            GAN is `lambda x: gan.discriminator({"x": x})`; for a conditional one fix
            the class: `{"x": x, "labels": tf.fill(tf.shape(x)[:1], 3)}`.
        x: Examples `(n, *shape)`: real and generated ones, concatenated.
        num_between: Number of further points, 0 or more, each at a random place on the
            line between two random examples.
        seed: Integer that fixes these points.

    Returns:
        The largest norm, a float.

    Raises:
        ValueError: unless `function` is a function that gives one value per example,
            which TensorFlow can differentiate; for no example, a negative number of
            points, or an invalid seed.

    Example:

    >>> lipschitz_estimate(lambda x: 5 * x, np.zeros((10, 1)))
    5.0
    """
    name = "lipschitz_estimate"
    if not callable(function):
        raise ValueError(
            f"`{name}` was given function={reprlib.repr(function)}, but expects a "
            "function of TensorFlow or a Keras network, such as gan.discriminator."
        )
    num_between = check_count(name, "num_between", num_between, fewest=0)
    seed = check_seed(name, seed)
    x = numbers(name, "x", x).astype("float32")
    if not len(x):
        raise ValueError(
            f"`{name}` was given x of shape {x.shape}, but expects one example or more."
        )
    rng = np.random.default_rng(seed)
    one, other = rng.integers(len(x), size=(2, num_between))
    places = rng.random((num_between,) + (1,) * (x.ndim - 1), dtype="float32")
    points = np.concatenate([x, x[one] + places * (x[other] - x[one])])
    batches = tf.data.Dataset.from_tensor_slices(points).batch(BATCH_SIZE)
    return max(float(tf.reduce_max(_slopes(function, batch))) for batch in batches)


def _slopes(function, x):
    """Norm of the gradient at each example, `(batch,)`."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        values = function(x)
    if tuple(values.shape) not in ((len(x),), (len(x), 1)):
        raise ValueError(
            f"The function gave values of shape {values.shape} for {len(x)} examples, "
            f"but one for each is expected, ({len(x)},) or ({len(x)}, 1)."
        )
    gradient = tape.gradient(values, x)
    if gradient is None:
        raise ValueError(
            "The function gave values that TensorFlow cannot differentiate: compute "
            "them from x with tf or keras.ops, not with NumPy."
        )
    return tf.norm(tf.reshape(gradient, (len(x), -1)), axis=-1)
