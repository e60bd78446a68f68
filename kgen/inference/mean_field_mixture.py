"""The Bayesian mixture of Gaussians by coordinate ascent."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core.checks.containers import numbers
from kgen.core.checks.values import check_count, check_seed
from kgen.core.clusters import k_means
from kgen.inference.coordinate_ascent import ascend
from kgen.inference.normal_wishart import (
    MixturePrior,
    combined,
    expected_log_joint,
    kl_divergence,
    natural_prior,
    predictive,
    statistics,
)
from kgen.inference.table import check_table


class MeanFieldMixture:
    """A Gaussian mixture with `q(assignments) q(weights, means, precisions)`.

    Each update sets one factor of q to its optimum, given the other, so `elbo()` never
    falls. With one component q is the exact posterior, and the bound is the log
    evidence. Components that the data does not need keep few examples.

    Args:
        x: Examples, `(n, d)`.
        num_components: Number of components K.
        prior: A `MixturePrior`; the default suits columns of variance 1.
        responsibilities: Start, `(n, K)`, whose rows sum to 1; by default clusters of
            k-means.
        seed: Integer that fixes k-means; `None` for a random start.

    Attributes:
        responsibilities: q(k) of each example, float64 `(n, K)`.
        posterior: Natural parameters of q(weights, means, precisions), with the
            properties `weights`, `means` and `covariances`.

    Raises:
        ValueError: for data or a start of another shape, or with NaN; for fewer
            examples than components; for a prior of another number of columns.

    Example:

    >>> rng = np.random.default_rng(0)
    >>> x = np.concatenate([rng.normal(-3, 1, (60, 1)), rng.normal(3, 1, (40, 1))])
    >>> q = kgen.inference.MeanFieldMixture(x, 2, seed=0)
    >>> bounds = q.fit()
    >>> bool(np.all(np.diff(bounds) > -1e-9))
    True
    >>> np.sort(np.round(q.posterior.weights, 1))
    array([0.4, 0.6])

    References:
        [Bishop, 2006](https://link.springer.com/book/9780387310732), section 10.2
    """

    def __init__(
        self,
        x: ArrayLike,
        num_components: int,
        prior: MixturePrior | None = None,
        responsibilities: ArrayLike | None = None,
        seed: int | None = None,
    ) -> None:
        name = "MeanFieldMixture"
        x = check_table(name, x)
        count = check_count(name, "num_components", num_components)
        seed = check_seed(name, seed, most=2**32 - 1)
        if len(x) < count:
            raise ValueError(
                f"`{name}` was given {len(x)} examples, fewer than the {count} "
                "components. Lower num_components."
            )
        if responsibilities is None:
            responsibilities = np.eye(count)[k_means(x, count, seed)]
        q = numbers(name, "responsibilities", responsibilities, axes=2)
        is_q = q.shape == (len(x), count) and np.all(q >= 0)
        if not is_q or not np.allclose(q.sum(axis=1), 1.0, atol=1e-3):
            raise ValueError(
                f"`{name}` was given responsibilities of shape {q.shape}, but expects "
                f"probabilities ({len(x)}, {count}) whose rows sum to 1."
            )
        self.x = tf.constant(x)
        self.prior = natural_prior(name, prior, count, x.shape[1])
        self.responsibilities = tf.constant(q, tf.float64)
        self.update_components()

    def update_assignments(self) -> None:
        """Sets q(assignments) to its optimum: `q(k) ~ exp E[log p(x, k)]`."""
        self.responsibilities = tf.nn.softmax(
            expected_log_joint(self.posterior, self.x)
        )

    def update_components(self) -> None:
        """Sets q(weights, means, precisions) to its optimum: prior and statistics."""
        self.posterior = combined(self.prior, statistics(self.x, self.responsibilities))

    def sweep(self) -> None:
        """Updates both factors, one after the other."""
        self.update_assignments()
        self.update_components()

    def elbo(self) -> float:
        """`E_q[log p(x, assignments, parameters) - log q]`, nats.

        It is a lower bound on the log evidence of all examples together.
        """
        q = self.responsibilities
        local = q * expected_log_joint(self.posterior, self.x) - tf.math.xlogy(q, q)
        return float(tf.reduce_sum(local) - kl_divergence(self.posterior, self.prior))

    def fit(self, max_sweeps: int = 1000, tolerance: float = 1e-6) -> np.ndarray:
        """Updates both factors in turn until the bound stands still.

        Args:
            max_sweeps: Largest number of sweeps.
            tolerance: Smallest gain of a sweep, nats.

        Returns:
            The bound after each sweep, nats, float64.
        """
        return ascend(self, max_sweeps, tolerance)

    def log_prob(self, x: ArrayLike) -> np.ndarray:
        """The log density of new examples under q, nats.

        The parameters are integrated over q: a mixture of Student's t distributions.

        Args:
            x: Examples, `(m, d)`.

        Returns:
            float64 `(m,)`.
        """
        x = check_table("log_prob", x, self.x.shape[1])
        return predictive(self.posterior).log_prob(x).numpy()
