"""The evidence lower bound of any q, its draws, and the evidence they estimate."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import tensorflow as tf

from kgen.core.checks.values import check_count
from kgen.inference import estimators
from kgen.inference.draws import check_distribution, checked_joint, draw_key

if TYPE_CHECKING:
    from tensorflow_probability import distributions as tfd


def elbo(
    log_joint: Callable[..., tf.Tensor],
    q: tfd.Distribution,
    num_samples: int = 100,
    seed: int | tf.Tensor | None = None,
    estimator: str | estimators.Estimator | None = None,
) -> tf.Tensor:
    """Evidence lower bound `E_q[log p(x, z) - log q(z)] <= log p(x)`, nats.

    It is an unbiased estimate, a mean over draws of q. `log p(x) - ELBO` is
    `KL(q || p(z | x))`, so it equals log p(x) where q is the posterior. It may be
    differentiated: a loss of `-elbo(...)` fits q, discrete or not.

    Args:
        log_joint: `log p(x, z)`: function of draws z, `(num_samples, *batch_shape,
            *event_shape)`, to values `(num_samples, *batch_shape)`. The parts of a
            joint q are arguments of their own, by name if draws are dictionaries.
        q: Distribution of TensorFlow Probability.
        num_samples: Number of draws.
        seed: An int, which gives the same draws in each call; a key, int tensor
            `(2,)`; or `None` for new draws.
        estimator: What its gradient is: a name or an instance, see `ESTIMATORS`. By
            default q is reparameterised if it can be, else it is the score function.

    Returns:
        Values of the batch shape of q.

    Raises:
        ValueError: if q is no distribution or does not fit the estimator, or if
            `log_joint` does not give one value for each draw.

    Example:

    >>> import tensorflow as tf
    >>> from tensorflow_probability import distributions as tfd
    >>> prior, x = tfd.Normal(0.0, 1.0), 1.0
    >>> def log_joint(z):
    ...     return prior.log_prob(z) + tfd.Normal(z, 1.0).log_prob(x)
    >>> exact = tfd.Normal(0.5, 0.5**0.5)  # The posterior.
    >>> round(float(kgen.inference.elbo(log_joint, exact, seed=0)), 4)
    -1.5155
    >>> evidence = tfd.Normal(0.0, 2**0.5).log_prob(x)
    >>> round(float(evidence), 4)
    -1.5155

    References:
        [Blei et al., 2017](https://arxiv.org/abs/1601.00670)
    """
    num_samples = check_count("elbo", "num_samples", num_samples)
    q = check_distribution("elbo", "q", q)
    found = estimators.get(estimator, q, num_samples)
    return found.surrogate(log_joint, q, num_samples, draw_key("elbo", seed))


def log_weights(
    log_joint: Callable[..., tf.Tensor],
    q: tfd.Distribution,
    num_samples: int = 100,
    seed: int | tf.Tensor | None = None,
) -> tf.Tensor:
    """`log p(x, z) - log q(z)` of each draw z of q, nats.

    Their mean is the ELBO, and their standard deviation is 0 where q is the posterior.

    Args:
        log_joint: As for `elbo`.
        q: Distribution of TensorFlow Probability.
        num_samples: Number of draws.
        seed: As for `elbo`.

    Returns:
        Values `(num_samples, *batch_shape)`.

    Raises:
        ValueError: as for `elbo`.
    """
    num_samples = check_count("log_weights", "num_samples", num_samples)
    q = check_distribution("log_weights", "q", q)
    z = q.sample(num_samples, seed=draw_key("log_weights", seed))
    return checked_joint(log_joint, q, num_samples)(z) - q.log_prob(z)


def log_evidence(
    log_joint: Callable[..., tf.Tensor],
    q: tfd.Distribution,
    num_samples: int = 1000,
    seed: int | tf.Tensor | None = None,
) -> tf.Tensor:
    """`log 1/K sum_k p(x, z_k) / q(z_k)`, nats: an estimate of log p(x) from draws.

    In the mean it is a lower bound, tighter than the ELBO, and it tends to log p(x) as
    K grows. It takes very many draws where q misses a part of the posterior.

    Args:
        log_joint: As for `elbo`.
        q: Distribution of TensorFlow Probability.
        num_samples: K, the number of draws.
        seed: As for `elbo`.

    Returns:
        Values of the batch shape of q.

    Raises:
        ValueError: as for `elbo`.

    References:
        [Burda et al., 2016](https://arxiv.org/abs/1509.00519)
    """
    weights = log_weights(log_joint, q, num_samples, seed)
    return tf.reduce_logsumexp(weights, axis=0) - math.log(num_samples)
