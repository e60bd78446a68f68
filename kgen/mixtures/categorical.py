"""Mixtures of independent categorical variables, for grids of codes."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf
from scipy import sparse, special

from kgen.core.checks.values import check_count, check_number
from kgen.core.clusters import k_means
from kgen.mixtures.mixture import Mixture
from kgen.mixtures.steps import check_counts

MAX_ITERATIONS = 200
TOLERANCE = 1e-4  # Smallest gain of the mean objective, nats.
TINY = np.finfo("float32").tiny


class CategoricalMixture(Mixture):
    """`p(x) = sum_k w_k prod_i theta_ki(x_i)` for ints x: independent given k.

    The latent class model. With one component the places of a grid are independent;
    several components model their dependence. EM estimates the probabilities from
    counts, and shrinks those of a component towards those of all data, as its own
    counts are few.

    Args:
        data_shape: Shape of one example, a grid of ints.
        num_codes: Number of values, 0 to `num_codes - 1`.
        num_components: Number of components, of each class.
        pseudo_count: Weight of the shrinkage, as a number of examples added to each
            component's own; 0 gives maximum likelihood. By gradients it enters the
            start alone.
        **kwargs: `algorithm`, `"em"` or `"gradient"`, see `Mixture`; others of
            `GenerativeModel`.

    Example:

    >>> mixture = kgen.CategoricalMixture((2, 2), num_codes=5, num_components=2, seed=0)
    >>> codes = np.random.default_rng(0).integers(5, size=(100, 2, 2))
    >>> _ = mixture.fit(codes)
    >>> mixture.sample(3, seed=0).shape
    TensorShape([3, 2, 2])

    References:
        [Bishop, 2006](https://link.springer.com/book/9780387310732), section 9.3.3
    """

    changeable = {"pseudo_count": check_number}

    def __init__(
        self,
        data_shape: Sequence[int],
        num_codes: int,
        num_components: int = 1,
        pseudo_count: float = 1.0,
        **kwargs,
    ) -> None:
        super().__init__(data_shape, num_components, **kwargs)
        self.num_codes = check_count("CategoricalMixture", "num_codes", num_codes)
        self.pseudo_count = pseudo_count
        self.log_probs = self._weight("log_probs", (self.data_dim, num_codes))

    @property
    def num_data_codes(self):
        """Number of values of each place."""
        return self.num_codes

    def estimate(self, x, seed):
        """EM on the examples of one class; see `Mixture`."""
        one_hot = self._one_hot(x)
        prior = self._prior(one_hot)
        shares = self.clusters(x, seed)
        log_probs, previous = [], -np.inf
        for _ in range(MAX_ITERATIONS):
            # M step: weights and frequencies from each example's shares.
            log_weights, log_theta = self._estimates(one_hot, shares, prior)
            # E step: shares from Bayes' theorem.
            joint = log_weights + one_hot @ log_theta.reshape(len(log_theta), -1).T
            log_prob = special.logsumexp(joint, axis=1, keepdims=True)
            shares = np.exp(joint - log_prob)
            log_probs.append(log_prob.mean())
            # The objective of EM: log p(x), and the log prior of the added counts.
            objective = log_probs[-1] + np.sum(prior * log_theta) / len(x)
            if objective - previous < TOLERANCE:
                break
            previous = objective
        return {"log_weights": log_weights, "log_probs": log_theta}, log_probs

    def _one_hot(self, x):
        """Examples as a sparse matrix `(n, data_dim * num_codes)` of zeros and ones."""
        columns = x + self.num_codes * np.arange(self.data_dim)
        starts = self.data_dim * np.arange(len(x) + 1)
        # scikit-learn expects 32-bit indices.
        indices = columns.ravel().astype("int32"), starts.astype("int32")
        shape = (len(x), self.data_dim * self.num_codes)
        return sparse.csr_array((np.ones(x.size), *indices), shape)

    def clusters(self, x, seed):
        """Each example mostly in the component of its cluster; see `Mixture`."""
        clusters = min(self.num_components, len(np.unique(x, axis=0)))
        found = k_means(self._one_hot(x), clusters, seed)
        return 0.9 * np.eye(self.num_components)[found] + 0.1 / self.num_components

    def maximize(self, x, shares):
        """Weights and frequencies from shares; see `Mixture`."""
        if not self.pseudo_count:
            check_counts(shares.sum(axis=0))
        one_hot = self._one_hot(x)
        found = self._estimates(one_hot, shares, self._prior(one_hot))
        return dict(zip(("log_weights", "log_probs"), found, strict=True))

    def _prior(self, one_hot):
        """Pseudo-counts, `(1, data_dim, num_codes)`."""
        prior = np.full((1, self.data_dim, self.num_codes), 1.0 / self.num_codes)
        if self.num_components > 1:
            everything = np.ones((1, one_hot.shape[0]))
            prior = self._frequencies(everything @ one_hot, prior)
        return self.pseudo_count * prior

    def _estimates(self, one_hot, shares, prior):
        """Logs of weights and of frequencies."""
        log_weights = np.log(np.maximum(shares.mean(axis=0), TINY))
        theta = self._frequencies(shares.T @ one_hot, prior)
        return log_weights, np.log(np.maximum(theta, TINY))

    def _frequencies(self, counts, pseudo_counts):
        """Frequencies `(components, data_dim, num_codes)` from counts of both kinds."""
        counts = counts.reshape(-1, self.data_dim, self.num_codes) + pseudo_counts
        return counts / counts.sum(axis=-1, keepdims=True)

    def components(self, rows):
        """Independent categorical variables `(rows, num_components)`."""
        from tensorflow_probability import distributions as tfd

        places = tfd.Categorical(logits=tf.gather(self.log_probs, rows))
        return tfd.Independent(places, 1)
