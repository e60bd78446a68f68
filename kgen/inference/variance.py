"""How much an estimate of a gradient varies from one call to the next."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from kgen.core.checks.values import check_count
from kgen.core.config import named
from kgen.inference.draws import draw_key
from kgen.inference.estimators import ESTIMATORS, Estimator, trainable_variables

if TYPE_CHECKING:
    from tensorflow_probability import distributions as tfd


@dataclasses.dataclass(frozen=True)
class GradientMoments:
    """Mean and variance of an estimated gradient over repeats.

    Args:
        mean: An array for each of `q.trainable_variables`.
        variance: The variance of each value, in the same arrays.
        num_repeats: Number of estimates.
    """

    mean: tuple
    variance: tuple
    num_repeats: int

    @property
    def standard_error(self):
        """The standard error of `mean`, in the same arrays."""
        return tuple(np.sqrt(part / self.num_repeats) for part in self.variance)

    @property
    def total(self):
        """The sum of all variances: the expected squared error of the gradient."""
        return float(sum(np.sum(part) for part in self.variance))


def estimator_variance(
    estimator: str | Estimator,
    log_joint: Callable[..., tf.Tensor],
    q: tfd.Distribution,
    num_samples: int = 1,
    num_repeats: int = 1000,
    seed: int | None = None,
) -> GradientMoments:
    """Variance of an estimator's gradient of the ELBO, for each parameter of q.

    Args:
        estimator: An estimator, or its name: `"score_function"`, `"reparameterized"`,
            `"sticking_the_landing"`.
        log_joint: `log p(x, z)`, see `kgen.inference.elbo`.
        q: Distribution with trainable parameters.
        num_samples: Draws of one estimate; the variance falls as `1 / num_samples`.
        num_repeats: Number of estimates, 2 or more.
        seed: An int or `None`.

    Returns:
        A `GradientMoments`, with an array for each of `q.trainable_variables`.

    Raises:
        ValueError: for an unknown estimator, or one that does not fit q.

    Example:

    >>> import tensorflow as tf
    >>> from tensorflow_probability import distributions as tfd
    >>> q = tfd.Normal(tf.Variable(0.0), 1.0)
    >>> log_joint = tfd.Normal(3.0, 1.0).log_prob
    >>> variances = [
    ...     kgen.inference.estimator_variance(name, log_joint, q, seed=0).total
    ...     for name in ("score_function", "sticking_the_landing")
    ... ]
    >>> variances[0] > 10 > variances[1]
    True
    """
    name = "estimator_variance"
    estimator = named("estimator", Estimator, estimator, ESTIMATORS, optional=False)
    num_repeats = check_count(name, "num_repeats", num_repeats, fewest=2)
    variables = trainable_variables(name, q)

    def flat_gradient(key):
        found = estimator.gradient(log_joint, q, num_samples, key)
        return tf.concat([tf.reshape(part, [-1]) for part in found], axis=0)

    @tf.function(autograph=False)
    def gradients(keys):
        dtype = variables[0].dtype
        return tf.map_fn(flat_gradient, keys, fn_output_signature=dtype)

    key = draw_key(name, seed)
    keys = tf.random.experimental.stateless_split(key, num_repeats)
    found = np.asarray(gradients(keys), "float64")
    return GradientMoments(
        _parts(found.mean(axis=0), variables),
        _parts(found.var(axis=0, ddof=1), variables),
        num_repeats,
    )


def _parts(flat, variables):
    """A flat array as one array for each variable."""
    ends = np.cumsum([int(np.prod(variable.shape)) for variable in variables])
    parts = np.split(flat, ends[:-1])
    return tuple(
        part.reshape(variable.shape)
        for part, variable in zip(parts, variables, strict=True)
    )
