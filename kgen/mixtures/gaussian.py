"""Mixtures of Gaussians."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from kgen.core.checks.values import check_number
from kgen.core.clusters import k_means
from kgen.core.config import lookup
from kgen.core.threads import threads_for
from kgen.core.training.initialization import channel_moments
from kgen.mixtures.mixture import Mixture
from kgen.mixtures.steps import check_counts

_COVARIANCES = {"diagonal": "diag", "full": "full"}


class GaussianMixture(Mixture):
    """`p(x) = sum_k w_k N(x; m_k, R_k R_k^T)`, estimated by scikit-learn's EM.

    `e_step`, `m_step` and `elbo` are EM line by line, see the example. With
    `algorithm="gradient"` `fit` follows gradients of log p(x) instead, in the units of
    the data: give columns a variance of about 1.

    Args:
        data_shape: Shape of one example; arrays are flattened.
        num_components: Number of components, of each class.
        covariance: `"full"`, or `"diagonal"` for little data of many dimensions.
        reg_covar: Variance added to each component, so that none shrinks to a point.
            It is a fraction of a column's variance in the data, of each class if there
            are classes. A constant column counts as one of variance 1. By gradients it
            enters the start alone.
        **kwargs: `algorithm`, `"em"` or `"gradient"`, see `Mixture`; others of
            `GenerativeModel`.

    Example:

    >>> mixture = kgen.GaussianMixture((2,), num_components=3, seed=0)
    >>> _ = mixture.fit(np.random.default_rng(0).normal(size=(100, 2)))
    >>> mixture.log_prob(np.zeros((4, 2))).shape
    TensorShape([4])

    EM by hand, which never lowers log p(x):

    >>> x = np.random.default_rng(0).normal(size=(100, 2))
    >>> _ = mixture.m_step(x, mixture.start(x))
    >>> for _ in range(10):
    ...     q = mixture.e_step(x)
    ...     bound = mixture.elbo(x, q)  # Equal to log p(x).
    ...     _ = mixture.m_step(x, q)
    ...     assert np.mean(mixture.elbo(x, q)) >= np.mean(bound) - 1e-5

    References:
        [Dempster et al., 1977](https://doi.org/10.1111/j.2517-6161.1977.tb01600.x)
        [Neal & Hinton, 1998](https://doi.org/10.1007/978-94-011-5014-9_12)
    """

    changeable = {"reg_covar": check_number}

    def __init__(
        self,
        data_shape: Sequence[int],
        num_components: int = 10,
        covariance: str = "full",
        reg_covar: float = 1e-6,
        **kwargs,
    ) -> None:
        super().__init__(data_shape, num_components, **kwargs)
        self.covariance = covariance
        self.reg_covar = reg_covar
        lookup("covariance", covariance, _COVARIANCES)
        self.means = self._weight("means", (self.data_dim,))
        # R, lower triangular: Cholesky factors of the covariances.
        self.factors = self._weight("factors", (self.data_dim, self.data_dim))
        self.factors.assign(tf.broadcast_to(tf.eye(self.data_dim), self.factors.shape))

    def estimate(self, x, seed):
        """EM on the examples of one class; see `Mixture`."""
        from sklearn.mixture import GaussianMixture as Estimator

        kind = _COVARIANCES[self.covariance]
        found = Estimator(
            self.num_components,
            covariance_type=kind,
            reg_covar=self.reg_covar,
            random_state=seed,
        )
        # Columns of variance 1, so that `reg_covar`, and k-means, the start of EM, do
        # not depend on the units of the data.
        mean, stddev = channel_moments(tf.convert_to_tensor(x))
        with threads_for(len(x)):
            found.fit((x.astype("float64") - mean) / stddev)
        means, covariances = found.means_, found.covariances_
        values = self._values(found.weights_, means, covariances, mean, stddev)
        return values, found.lower_bounds_ - np.sum(np.log(stddev))

    def clusters(self, x, seed):
        """Each example in its cluster, as scikit-learn's EM starts; see `Mixture`."""
        mean, stddev = channel_moments(tf.convert_to_tensor(x))
        found = k_means(
            (x.astype("float64") - mean) / stddev, self.num_components, seed
        )
        return np.eye(self.num_components)[found]

    def maximize(self, x, shares):
        """Weighted frequencies, means and covariances; see `Mixture`."""
        mean, stddev = channel_moments(tf.convert_to_tensor(x))
        z = (x.astype("float64") - mean) / stddev
        counts = shares.sum(axis=0)
        check_counts(counts)
        means = (shares.T @ z) / counts[:, None]
        covariances = []
        for share, count, centre in zip(shares.T, counts, means, strict=True):
            centred = z - centre
            covariance = (share * centred.T) @ centred / count
            covariances.append(covariance + self.reg_covar * np.eye(self.data_dim))
        covariances = np.array(covariances)
        if self.covariance == "diagonal":
            covariances = np.diagonal(covariances, axis1=1, axis2=2)
        return self._values(counts / len(x), means, covariances, mean, stddev)

    def _values(self, weights, means, covariances, mean, stddev):
        """The model's weights from estimates in units of `mean` and `stddev`."""
        if covariances.ndim == 2:
            covariances = covariances[:, :, None] * np.eye(self.data_dim)
        try:
            factors = np.linalg.cholesky(covariances)
        except np.linalg.LinAlgError:
            raise ValueError(
                "The covariance of a component is singular: it has too few examples. "
                "Raise reg_covar, lower num_components, or take covariance='diagonal'."
            ) from None
        return {
            "log_weights": np.log(weights),
            "means": mean + stddev * means,
            "factors": stddev[:, None] * factors,
        }

    def components(self, rows):
        """Multivariate normals `(rows, num_components)`."""
        from tensorflow_probability import distributions as tfd

        means, factors = tf.gather(self.means, rows), tf.gather(self.factors, rows)
        if self.covariance == "diagonal":  # Gradients would leave the diagonal.
            factors = tf.linalg.diag(tf.linalg.diag_part(factors))
        return tfd.MultivariateNormalTriL(means, factors)
