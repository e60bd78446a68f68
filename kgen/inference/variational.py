"""Variational inference of the latent variables that all data share."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core.checks.fit_arguments import bound
from kgen.core.checks.values import check_count, check_data_shape
from kgen.core.config import named
from kgen.core.hints import Data
from kgen.core.model import GenerativeModel
from kgen.core.random import fold_in, fold_rows
from kgen.core.training.datasets import as_datasets
from kgen.core.verbs import verb
from kgen.inference.draws import called, draw_key
from kgen.inference.estimators import ESTIMATORS, Estimator
from kgen.inference.whole_data import warn_of_size


class VariationalInference(GenerativeModel):
    r"""Bayesian inference: q(z) for `p(z | x_1 ... x_N)`, with z shared by all data.

    Training maximises `sum_i E_q[log p(x_i | z)] - KL(q || p(z)) <= log p(x_1 ... x_N)`
    in nats. The loss is its negative divided by N, so that a batch of B examples, whose
    mean is taken, is an unbiased estimate: their likelihood counts N / B times.

    `prior` and `likelihood` are functions that return distributions of TFP. To save the
    model, decorate them with `keras.saving.register_keras_serializable()`.

    Args:
        data_shape: Shape of one example.
        prior: p(z): function without arguments. Its batch shape is `()`.
        likelihood: p(x | z): function of one draw z, of the shape that the posterior
            has, or of the parts of a `MeanField` by name. The distribution has the
            shape of one example, or of its last axes, along which the others are
            independent. With a condition, `num_classes` or `context_shape`, it also
            gets `labels`, `(batch,)` or `(batch, *context_shape)`, and gives a
            distribution of the shape `(batch, *data_shape)`: a regression.
        posterior: q(z): a `kgen.inference.Posterior`, a `MeanField`, or another layer
            with `distribution()`.
        num_data: N, the number of examples of the whole data; of weighted examples
            the sum of weights.
        estimator: Estimator of the gradient: `"reparameterized"`,
            `"sticking_the_landing"`, `"score_function"`, or an instance.
        num_samples: Draws of z in each step.
        **kwargs: See `GenerativeModel`.

    Raises:
        ValueError: if prior, likelihood and posterior do not fit each other, or the
            estimator does not fit the posterior.

    Example:

    >>> from tensorflow_probability import distributions as tfd
    >>> def prior():
    ...     return tfd.Normal(0.0, 10.0)
    >>> def likelihood(z):
    ...     return tfd.Normal(z[None], 1.0)
    >>> x = np.random.default_rng(0).normal(3.0, 1.0, (50, 1)).astype("float32")
    >>> model = kgen.VariationalInference(
    ...     (1,), prior, likelihood, kgen.inference.Posterior(), num_data=50, seed=0
    ... )
    >>> model.compile(keras.optimizers.Adam(0.1))
    >>> _ = model.fit(x, batch_size=10, epochs=40, verbose=0)
    >>> z = model.sample_posterior(1000, seed=0)
    >>> bool(abs(np.mean(z) - np.mean(x)) < 0.1)
    True

    References:
        [Hoffman et al., 2013](https://arxiv.org/abs/1206.7051),
        [Kucukelbir et al., 2017](https://arxiv.org/abs/1603.00788)
    """

    terms = ("loss", "negative_log_likelihood", "kl")
    changeable = {"num_samples": partial(check_count, "VariationalInference")}

    def __init__(
        self,
        data_shape: Sequence[int],
        prior: Callable,
        likelihood: Callable,
        posterior: keras.Layer,
        num_data: int,
        estimator: str | Estimator = "reparameterized",
        num_samples: int = 1,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.data_shape = check_data_shape(data_shape)
        for key, value in (("prior", prior), ("likelihood", likelihood)):
            if not callable(value):
                raise ValueError(
                    f"VariationalInference was given {key} of type "
                    f"{type(value).__name__}, but expects a function that returns a "
                    "distribution of TFP."
                )
        if not hasattr(posterior, "distribution"):
            raise ValueError(
                "VariationalInference was given posterior of type "
                f"{type(posterior).__name__}, but expects a layer with "
                "`distribution()`, such as kgen.inference.Posterior('Normal')."
            )
        self.prior = prior
        self.likelihood = likelihood
        self.posterior = posterior
        self.num_data = check_count("VariationalInference", "num_data", num_data)
        self.estimator = named(
            "estimator", Estimator, estimator, ESTIMATORS, optional=False
        )
        self.num_samples = num_samples
        self.check_settings()
        z = posterior.distribution().sample(seed=[0, 0])
        self._check_parts(z)
        if tf.is_tensor(z):
            self.latent_shape = tuple(z.shape)

    @property
    def data_range(self):
        """`None`: any values, even of data with the shape of images."""
        return None

    def check_settings(self):
        """Raises a ValueError for an estimator that does not fit."""
        self.estimator.check(self.posterior.distribution(), self.num_samples)

    def _check_parts(self, z):
        """Raises a ValueError unless prior and likelihood fit draws of q."""
        log_prior = self.prior().log_prob(z)
        if log_prior.shape.rank != 0:
            raise ValueError(
                f"The log probability of the prior has shape {log_prior.shape} at a "
                "draw of the posterior, but expects one number. Give both the same "
                "shape, and wrap a prior with batch axes in tfd.Independent."
            )
        found = self._shape_of(self._observation(z, self._some_condition()))
        if self.condition is not None:
            fits = found == (1, *self.data_shape)
        else:
            fits = found == self.data_shape[len(self.data_shape) - len(found) :]
        if not fits:
            wanted = ("batch", *self.data_shape) if self.condition else self.data_shape
            raise ValueError(
                f"likelihood gave a distribution of shape {found}, but expects that of "
                f"the data, ({', '.join(map(str, wanted))}). Set data_shape to it, or "
                "change the shapes of its parameters."
            )

    def _some_condition(self):
        """A condition of one row, or `None`."""
        if self.condition is None:
            return None
        example = self.data_specs[self.condition].example(1, np.random.default_rng(0))
        return tf.constant(example)

    def _observation(self, z, condition):
        """p(x | z), for one draw of z."""
        if condition is None:
            return called(self.likelihood, z)
        return called(partial(_with_condition, self.likelihood, condition), z)

    @staticmethod
    def _shape_of(distribution):
        shape = distribution.batch_shape.concatenate(distribution.event_shape)
        return tuple(shape.as_list())

    def _log_likelihood(self, z, x, condition):
        """log p(x | z) for one draw of z, `(batch,)`."""
        values = self._observation(z, condition).log_prob(x)
        return tf.reduce_sum(values, axis=list(range(1, len(values.shape))))

    def _log_likelihoods(self, z, x, condition):
        """log p(x | z) for each draw, `(draws, batch)`."""
        return tf.vectorized_map(lambda one: self._log_likelihood(one, x, condition), z)

    def _log_likelihoods_of_few(self, z, x, condition):
        """The same, unrolled: tracing a loop on two replicas has been seen to fail."""
        one_by_one = (
            tf.nest.map_structure(lambda part, i=i: part[i], z)
            for i in range(self.num_samples)
        )
        return tf.stack([self._log_likelihood(one, x, condition) for one in one_by_one])

    def objective(self, x, labels=None, training=False):
        """The negative bound divided by N, and its parts, nats, `(batch,)` each."""
        q, prior = self.posterior.distribution(), self.prior()
        key = draw_key("objective", self.noise.next(training))
        z = self.estimator.draw(q, self.num_samples, key)
        log_likelihood = self._log_likelihoods_of_few(z, x, labels)
        kl = tf.reduce_mean(q.log_prob(z) - prior.log_prob(z))

        def log_joint(log_likelihood, z):
            return self.num_data * log_likelihood + prior.log_prob(z)[:, None]

        baseline = self.estimator.baseline_of(
            lambda z: log_joint(self._log_likelihoods_of_few(z, x, labels), z),
            q,
            self.num_samples,
            fold_in(key, 1),
        )
        elbo = self.estimator.combine(log_joint(log_likelihood, z), q, z, baseline)
        return {
            "loss": -elbo / self.num_data,
            "negative_log_likelihood": -tf.reduce_mean(log_likelihood, axis=0),
            "kl": tf.fill(tf.shape(x)[:1], kl),
        }

    def fit(self, *args, **kwargs):
        """Trains as `keras.Model.fit` does; warns if arrays have not N examples."""
        given = bound(self, keras.Model.fit, args, kwargs)
        warn_of_size(self, "num_data", given)
        return super().fit(**given)

    def evidence_bounds(
        self,
        x: Data,
        labels: ArrayLike | None = None,
        num_samples: int = 1000,
        seed: int | None = None,
    ) -> dict[str, float]:
        """Bounds on the evidence `log p(x_1 ... x_n)` of a whole data set, nats.

        Args:
            x: All the data, arrays or a data set of batches.
            labels: The condition of arrays, if the model has one.
            num_samples: K, the number of draws of z.
            seed: An int or `None`.

        Returns:
            Dictionary: `elbo` and its `standard_error`, and `log_evidence`, the log of
            the mean of the K importance weights, a tighter bound.
        """
        num_samples = check_count("evidence_bounds", "num_samples", num_samples)
        q = self.posterior.distribution()
        z = q.sample(num_samples, seed=draw_key("evidence_bounds", seed))
        weights = tf.cast(self.prior().log_prob(z) - q.log_prob(z), tf.float64)
        given = {"x": x} if labels is None else {"x": x, "y": labels}
        for batch in as_datasets(self, keras.Model.evaluate, **given)["x"]:
            parts, weight = self.unpack(batch)
            values = self._log_likelihoods(z, parts["x"], parts["labels"])
            values = values if weight is None else values * weight
            weights += tf.reduce_sum(tf.cast(values, tf.float64), axis=1)
        log_evidence = tf.reduce_logsumexp(weights) - math.log(num_samples)
        return {
            "elbo": float(tf.reduce_mean(weights)),
            "standard_error": float(tf.math.reduce_std(weights)) / num_samples**0.5,
            "log_evidence": float(log_evidence),
        }

    @verb(returns="x")
    def sample(
        self,
        num_samples: int | None = None,
        labels: ArrayLike | None = None,
        seed: int | ArrayLike | None = None,
    ) -> tf.Tensor:
        """Draws of the posterior predictive, `(num_samples, *data_shape)`.

        Each has a draw z of q of its own, and is a draw of p(x | z).

        Args:
            num_samples: Number of draws; may be left out if `labels` or `seed` is a
                vector with one entry per draw.
            labels: The condition of each draw, if the model has one.
            seed: An int, a vector of one int per draw, or `None`.
        """
        q = self.posterior.distribution()

        def draw(row):
            key_z, key_x, condition = row
            condition = None if labels is None else condition[None]
            observation = self._observation(q.sample(seed=key_z), condition)
            if labels is not None:
                return tf.cast(observation.sample(seed=key_x)[0], tf.float32)
            rest = len(self.data_shape) - len(self._shape_of(observation))
            x = observation.sample(self.data_shape[:rest], seed=key_x)
            return tf.cast(x, tf.float32)

        given = tf.zeros(tf.shape(seed)[0]) if labels is None else labels
        rows = (fold_rows(seed, 0), fold_rows(seed, 1), given)
        x = tf.map_fn(draw, rows, fn_output_signature=tf.float32)
        return tf.reshape(x, [-1, *self.data_shape])

    @verb(returns="z")
    def sample_posterior(
        self, num_samples: int | None = None, seed: int | ArrayLike | None = None
    ) -> tf.Tensor | dict[str, tf.Tensor]:
        """Draws of q(z), `(num_samples, *shape)`; by name for a `MeanField`.

        Args:
            num_samples: Number of draws; may be left out if `seed` is a vector.
            seed: An int, a vector of one int per draw, or `None`.
        """
        q = self.posterior.distribution()
        kinds = tf.nest.map_structure(lambda dtype: dtype, q.dtype)
        return tf.map_fn(
            lambda key: q.sample(seed=key), seed, fn_output_signature=kinds
        )

    @verb
    def log_predictive(
        self,
        x: Data,
        labels: ArrayLike | None = None,
        num_samples: int = 64,
        seed: int | ArrayLike | None = None,
    ) -> tf.Tensor:
        """`log 1/K sum_k p(x | z_k)` with z_k from q, nats, `(batch,)`.

        It tends to the log of the posterior predictive density as K grows, from below
        in the mean.

        Args:
            x: Data `(batch, *data_shape)`.
            labels: The condition of each example, if the model has one.
            num_samples: K, the number of draws of z for each example.
            seed: An int, a vector of one int per example, or `None`.
        """
        q = self.posterior.distribution()

        def one(row):
            x, key, condition = row
            condition = None if labels is None else condition[None]
            z = q.sample(num_samples, seed=key)
            return tf.reduce_logsumexp(self._log_likelihoods(z, x[None], condition))

        given = tf.zeros(tf.shape(x)[0]) if labels is None else labels
        total = tf.map_fn(one, (x, seed, given), fn_output_signature=tf.float32)
        return total - math.log(num_samples)


def _with_condition(likelihood, condition, *parts, **named_parts):
    return likelihood(*parts, labels=condition, **named_parts)
