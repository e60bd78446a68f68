"""Dirichlet and normal-Wishart distributions as one exponential family.

It is the conjugate family of a Gaussian mixture's parameters: weights w, means m_k and
precision matrices L_k. Its natural parameters are sums: those of the posterior are the
prior's plus the statistics of the data. So a step of coordinate ascent is a sum, and a
step along the natural gradient is a weighted mean of two sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from kgen.core.checks.containers import numbers
from kgen.core.checks.values import is_number
from kgen.core.config import Configured

LOG_2_PI = float(np.log(2 * np.pi))


class MixturePrior(Configured):
    """The prior of a Gaussian mixture: `Dirichlet(w)`, normal-Wishart of each m, L.

    `m | L ~ N(mean, 1 / (mean_precision L))`, `L ~ Wishart(1 / scatter, degrees)`. It
    counts as `mean_precision` observations of the mean and `degrees` observations,
    whose squares sum to `scatter`. The defaults suit columns of variance 1.

    Args:
        concentration: Of the Dirichlet, above 0; far below 1 it empties components that
            are not needed.
        mean: Mean of the means, a number or one for each column.
        mean_precision: Above 0.
        scatter: Above 0; a number for a multiple of the identity, or a matrix.
        degrees: Degrees of freedom, above the number of columns minus 1; by default the
            number of columns.

    Raises:
        ValueError: for other values.
    """

    def __init__(
        self,
        concentration: float = 1.0,
        mean: float | Sequence[float] = 0.0,
        mean_precision: float = 0.1,
        scatter: float | Sequence[Sequence[float]] = 1.0,
        degrees: float | None = None,
    ) -> None:
        self.concentration = concentration
        self.mean = mean
        self.mean_precision = mean_precision
        self.scatter = scatter
        self.degrees = degrees
        for key in ("concentration", "mean_precision", "degrees"):
            value = getattr(self, key)
            if key == "degrees" and value is None:
                continue
            if not is_number(value) or value <= 0:
                raise ValueError(
                    f"`MixturePrior` was given {key}={value!r}, but expects a number "
                    "above 0."
                )

    def natural(self, num_components: int, data_dim: int) -> Natural:
        """The natural parameters of the prior, float64.

        Args:
            num_components: Number of components.
            data_dim: Number of columns of the data.

        Raises:
            ValueError: if the prior does not fit data of that many columns.
        """
        degrees = data_dim if self.degrees is None else self.degrees
        if degrees <= data_dim - 1:
            raise ValueError(
                f"`MixturePrior` was given degrees={degrees}, but data of {data_dim} "
                f"columns expects more than {data_dim - 1}."
            )
        mean = numbers("MixturePrior", "mean", self.mean, axes=0)
        scatter = numbers("MixturePrior", "scatter", self.scatter, axes=0)
        scatter = scatter * np.eye(data_dim) if scatter.ndim == 0 else scatter
        if mean.shape not in ((), (data_dim,)) or scatter.shape != (data_dim, data_dim):
            raise ValueError(
                f"`MixturePrior` was given mean of shape {mean.shape} and scatter of "
                f"shape {scatter.shape}, but the data has {data_dim} columns."
            )
        if not np.allclose(scatter, scatter.T) or np.linalg.eigvalsh(scatter)[0] <= 0:
            raise ValueError(
                "`MixturePrior` was given a scatter that is no covariance matrix, but "
                "expects a symmetric one with eigenvalues above 0."
            )
        mean = np.broadcast_to(mean, data_dim).astype("float64")
        beta = float(self.mean_precision)
        one = (
            self.concentration,
            beta,
            beta * mean,
            scatter + beta * np.outer(mean, mean),
            degrees,
        )
        parts = (np.broadcast_to(p, (num_components, *np.shape(p))) for p in one)
        return Natural(*(tf.constant(part, tf.float64) for part in parts))


def natural_prior(
    name: str, prior: MixturePrior | None, num_components: int, data_dim: int
) -> Natural:
    """The natural parameters of a user's prior, or of the default one.

    Args:
        name: Name of the class that takes it, for the error.
        prior: What the user passed.
        num_components: Number of components.
        data_dim: Number of columns of the data.
    """
    prior = MixturePrior() if prior is None else prior
    if not isinstance(prior, MixturePrior):
        raise ValueError(
            f"`{name}` was given prior of type {type(prior).__name__}, but expects a "
            "kgen.inference.MixturePrior."
        )
    return prior.natural(num_components, data_dim)


class Natural(NamedTuple):
    """Natural parameters, or sums of statistics, of K components in d dimensions.

    Each belongs to one expected statistic of `expectations`.
    """

    concentration: tf.Tensor  # (K,), with log w_k.
    mean_precision: tf.Tensor  # (K,), with -m^T L m / 2.
    first: tf.Tensor  # (K, d), with L m.
    second: tf.Tensor  # (K, d, d), with -L / 2.
    degrees: tf.Tensor  # (K,), with log |L| / 2.

    @property
    def weights(self) -> tf.Tensor:
        """Mean weights, `(K,)`."""
        return self.concentration / tf.reduce_sum(self.concentration)

    @property
    def means(self) -> tf.Tensor:
        """Means of the components' means, `(K, d)`."""
        return self.first / self.mean_precision[:, None]

    @property
    def scatter(self) -> tf.Tensor:
        """The inverse scale matrices of the Wishart distributions, `(K, d, d)`."""
        outer = self.means[:, :, None] * self.first[:, None, :]
        return self.second - outer

    @property
    def covariances(self) -> tf.Tensor:
        """Inverses of the mean precision matrices, `(K, d, d)`."""
        return self.scatter / self.degrees[:, None, None]


def combined(first, second, scale=1.0, keep=1.0):
    """`keep * first + scale * second` of two sets of natural parameters."""
    pairs = zip(first, second, strict=True)
    return Natural(*(keep * one + scale * other for one, other in pairs))


def statistics(x, shares):
    """The sums of statistics of data `(n, d)` with responsibilities `(n, K)`."""
    counts = tf.reduce_sum(shares, axis=0)
    first = tf.matmul(shares, x, transpose_a=True)
    second = tf.einsum("nk,ni,nj->kij", shares, x, x)
    return Natural(counts, counts, first, second, counts)


def inner(natural, x, shares):
    """The product of parameters and each example's statistics, `(n,)`."""
    quadratic = tf.einsum("ni,kij,nj->nk", x, natural.second, x)
    linear = tf.matmul(x, natural.first, transpose_b=True)
    counts = natural.concentration + natural.mean_precision + natural.degrees
    return tf.reduce_sum(shares * (quadratic + linear + counts), axis=1)


def product(first, second):
    """The inner product of two sets, a number."""
    pairs = zip(first, second, strict=True)
    return sum(tf.reduce_sum(one * other) for one, other in pairs)


def log_normalizer(q):
    """The log integral of the family's density without its normaliser.

    Its gradient in the natural parameters is `expectations`.
    """
    d = q.first.shape[-1]
    total = tf.math.lgamma(tf.reduce_sum(q.concentration))
    dirichlet = tf.reduce_sum(tf.math.lgamma(q.concentration)) - total
    log_det = tf.linalg.logdet(q.scatter)
    normal = 0.5 * d * (LOG_2_PI - tf.math.log(q.mean_precision))
    halves = 0.5 * (q.degrees[:, None] - tf.range(d, dtype=q.degrees.dtype))
    log_gamma = 0.25 * d * (d - 1) * float(np.log(np.pi)) + tf.reduce_sum(
        tf.math.lgamma(halves), axis=1
    )
    wishart = 0.5 * q.degrees * (d * float(np.log(2)) - log_det) + log_gamma
    return dirichlet + tf.reduce_sum(normal + wishart)


def expectations(q):
    """The expected statistics under q, as a `Natural`."""
    d = q.first.shape[-1]
    concentration = q.concentration
    log_weights = tf.math.digamma(concentration)
    log_weights -= tf.math.digamma(tf.reduce_sum(concentration))
    precision = q.degrees[:, None, None] * tf.linalg.inv(q.scatter)
    means = q.means
    mapped = tf.linalg.matvec(precision, means)
    squares = tf.reduce_sum(means * mapped, axis=1) + d / q.mean_precision
    return Natural(
        log_weights, -0.5 * squares, mapped, -0.5 * precision, 0.5 * log_dets(q)
    )


def log_dets(q):
    """`E_q[log |L_k|]`, `(K,)`."""
    d = q.first.shape[-1]
    halves = 0.5 * (q.degrees[:, None] - tf.range(d, dtype=q.degrees.dtype))
    digammas = tf.reduce_sum(tf.math.digamma(halves), axis=1)
    return digammas + d * float(np.log(2)) - tf.linalg.logdet(q.scatter)


def expected_log_joint(q, x):
    """`E_q[log p(x, k | w, m, L)]`, nats, `(n, K)`."""
    d = q.first.shape[-1]
    factors = tf.linalg.cholesky(q.scatter)
    centred = x[None] - q.means[:, None]  # (K, n, d)
    z = tf.linalg.triangular_solve(factors, tf.linalg.matrix_transpose(centred))
    squares = q.degrees * tf.transpose(tf.reduce_sum(z**2, axis=1))
    log_weights = tf.math.digamma(q.concentration)
    log_weights -= tf.math.digamma(tf.reduce_sum(q.concentration))
    constant = log_weights + 0.5 * (log_dets(q) - d * LOG_2_PI - d / q.mean_precision)
    return constant - 0.5 * squares


def kl_divergence(q, p):
    """`KL(q || p)` of two members of the family, nats."""
    difference = combined(q, p, scale=-1.0)
    gap = log_normalizer(q) - log_normalizer(p)
    return product(difference, expectations(q)) - gap


def predictive(q):
    """The density of a new x, with parameters integrated over q: Student's t mixture.

    Returns:
        A `tfd` distribution over `(d,)`.
    """
    from tensorflow_probability import distributions as tfd

    d = q.first.shape[-1]
    degrees = q.degrees - (d - 1)
    scale = (q.mean_precision + 1) / (q.mean_precision * degrees)
    factors = tf.linalg.cholesky(scale[:, None, None] * q.scatter)
    components = tfd.MultivariateStudentTLinearOperator(
        degrees, q.means, tf.linalg.LinearOperatorLowerTriangular(factors)
    )
    return tfd.MixtureSameFamily(tfd.Categorical(probs=q.weights), components)
