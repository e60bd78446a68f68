"""Mixtures of Gaussians."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from kgen.core.checks.values import check_number
from kgen.core.config import lookup
from kgen.core.threads import threads_for
from kgen.core.training.initialization import channel_moments
from kgen.mixtures.mixture import Mixture

_COVARIANCES = {"diagonal": "diag", "full": "full"}


class GaussianMixture(Mixture):
    """`p(x) = sum_k w_k N(x; m_k, R_k R_k^T)`, estimated by scikit-learn's EM.

    Args:
        data_shape: Shape of one example; arrays are flattened.
        num_components: Number of components, of each class.
        covariance: `"full"`, or `"diagonal"` for little data of many dimensions.
        reg_covar: Variance added to each component, so that none shrinks to a point.
            It is a fraction of a column's variance in the data, of each class if there
            are classes. A constant column counts as one of variance 1.
        **kwargs: See `GenerativeModel`.

    Example:

    >>> mixture = kgen.GaussianMixture((2,), num_components=3, seed=0)
    >>> _ = mixture.fit(np.random.default_rng(0).normal(size=(100, 2)))
    >>> mixture.log_prob(np.zeros((4, 2))).shape
    TensorShape([4])
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
        covariances = found.covariances_
        if kind == "diag":
            covariances = covariances[:, :, None] * np.eye(self.data_dim)
        values = {
            "log_weights": np.log(found.weights_),
            "means": mean + stddev * found.means_,
            "factors": stddev[:, None] * np.linalg.cholesky(covariances),
        }
        return values, found.lower_bounds_ - np.sum(np.log(stddev))

    def components(self, rows):
        """Multivariate normals `(rows, num_components)`."""
        from tensorflow_probability import distributions as tfd

        means, factors = tf.gather(self.means, rows), tf.gather(self.factors, rows)
        return tfd.MultivariateNormalTriL(means, factors)
