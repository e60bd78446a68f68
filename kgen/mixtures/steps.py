"""EM line by line: the E step, the M step, and the bound that both raise."""

from __future__ import annotations

import dataclasses

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core.hints import Data
from kgen.core.specs import Real
from kgen.core.verb_arguments import condition_of
from kgen.core.verbs import verb

SUM_ERROR = 1e-3  # By which the responsibilities of an example may miss 1.


@dataclasses.dataclass(frozen=True)
class Shares(Real):
    """Responsibilities, float32 `(batch, num_components)`: each row sums to 1."""

    def argument(self, model, verb, name, value, num_rows):
        """A user's responsibilities as a checked tensor; see `Spec`."""
        value = super().argument(model, verb, name, value, num_rows)
        sums = np.sum(value, axis=-1)
        wrong = np.flatnonzero(~(abs(sums - 1.0) < SUM_ERROR))
        if len(wrong):
            raise ValueError(
                f"`{verb}` was given {name} whose row {wrong[0]} sums to "
                f"{sums[wrong[0]]:.4g}, but expects q(k), the probabilities of the "
                "components, which sum to 1. Divide each row by its sum."
            )
        return value

    def example(self, num_rows, rng):
        """Rows that sum to 1; see `Spec`."""
        shares = rng.uniform(0.1, 1.0, (num_rows, *self.shape)).astype("float32")
        return shares / shares.sum(axis=-1, keepdims=True)


def check_counts(counts):
    """Raises a ValueError if a component has no share in any example."""
    if not np.all(counts > 0.0):
        raise ValueError(
            f"`m_step` was given responsibilities that are 0 for component "
            f"{np.argmin(counts)}, but estimates each from its examples. Give it a "
            "part of some examples, or lower num_components."
        )


class Steps:
    """The steps of EM as methods; a base class of `Mixture`.

    For any q(k), `log p(x) >= sum_k q(k) log(p(x, k) / q(k))`. The E step takes the q
    at which both sides are equal, the M step the parameters that raise the right side
    most. So no iteration lowers log p(x).
    """

    @property
    def argument_specs(self):
        """The base's table, and `responsibilities`."""
        shares = Shares((self.num_components,), (0.0, 1.0), optional=True)
        return {**super().argument_specs, "responsibilities": shares}

    def start(self, x: ArrayLike, labels: ArrayLike | None = None) -> np.ndarray:
        """Responsibilities that EM starts from: clusters of k-means.

        Args:
            x: Examples `(n, *data_shape)`.
            labels: Class of each, if the model has classes.

        Returns:
            float64 `(n, num_components)`.

        Raises:
            ValueError: if there are fewer examples than components.
        """
        x, labels = self._examples("start", x, labels)
        shares = np.zeros((len(x), self.num_components))
        for row, mine in self._by_class(x, labels):
            self.check_enough(mine, row)
            shares[mine] = self.clusters(x[mine], self.seed)
        return shares

    @verb(returns="responsibilities")
    def e_step(self, x: Data, labels: ArrayLike | None = None) -> tf.Tensor:
        """q(k) = p(k given x), the responsibilities, `(batch, num_components)`."""
        return tf.nn.softmax(self._log_joint(x, labels))

    def m_step(
        self,
        x: ArrayLike,
        responsibilities: ArrayLike,
        labels: ArrayLike | None = None,
    ) -> dict[str, np.ndarray]:
        """Sets the parameters to those that maximise the bound for a given q.

        With `reg_covar`, or `pseudo_count`, they are the regularised ones of `fit`. A
        class without examples keeps its parameters.

        Args:
            x: Examples `(n, *data_shape)`.
            responsibilities: q(k), `(n, num_components)`, such as those of `e_step`.
            labels: Class of each example, if the model has classes.

        Returns:
            The new parameters by the names of the model's weights.

        Raises:
            ValueError: if a component has no examples to be estimated from.
        """
        x, labels = self._examples("m_step", x, labels)
        spec = self.argument_specs["responsibilities"]
        shares = spec.argument(
            self, "m_step", "responsibilities", responsibilities, None
        )
        if len(shares) != len(x):
            raise ValueError(
                f"`m_step` was given {len(shares)} rows of responsibilities for "
                f"{len(x)} examples. Pass one row for each."
            )
        shares = shares.numpy().astype("float64")
        found = {}
        for row, mine in self._by_class(x, labels):
            found = self.maximize(x[mine], shares[mine])
            self.set_class(row, found)
        if self.by_gradient:
            self.adapted.assign(1.0)  # Gradients go on from here.
        return {name: getattr(self, name).numpy() for name in found}

    @verb(exported=False)
    def elbo(
        self,
        x: Data,
        responsibilities: ArrayLike | None = None,
        labels: ArrayLike | None = None,
    ) -> tf.Tensor:
        """`sum_k q(k) log(p(x, k) / q(k))`, nats, `(batch,)`, a bound on log p(x).

        Args:
            x: Examples.
            responsibilities: q(k), `(batch, num_components)`. Without them the E step's
                are taken, for which the bound is log p(x).
            labels: Class of each example, if the model has classes.
        """
        joint = self._log_joint(x, labels)
        q = tf.nn.softmax(joint) if responsibilities is None else responsibilities
        # 0 log 0 is 0.
        return tf.reduce_sum(
            tf.math.multiply_no_nan(joint, q) - tf.math.xlogy(q, q), axis=-1
        )

    def _log_joint(self, x, labels):
        """log p(x, k), `(batch, num_components)`."""
        rows = tf.zeros([1], tf.int32) if labels is None else labels
        log_weights = tf.nn.log_softmax(tf.gather(self.log_weights, rows))
        x = tf.reshape(x, [-1, 1, self.data_dim])
        return log_weights + self.components(rows).log_prob(x)

    def _examples(self, name, x, labels):
        """Checked arrays `(n, data_dim)` and labels, or `None`."""
        x = self.argument_specs["x"].argument(self, name, "x", x, None)
        labels = condition_of(self, name, labels, None, len(x))
        x = x.numpy().reshape(len(x), self.data_dim)
        return x, None if labels is None else labels.numpy()

    def _by_class(self, x, labels):
        """Pairs of a class and the indices of its examples, if it has any."""
        for row in range(self.num_classes or 1):
            mine = (
                np.arange(len(x)) if labels is None else np.flatnonzero(labels == row)
            )
            if len(mine):
                yield row, mine
