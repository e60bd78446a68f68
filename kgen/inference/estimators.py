"""Estimators of the gradient of the ELBO from draws of q."""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from kgen.core.checks.values import check_count, is_number
from kgen.core.config import Configured, named
from kgen.core.random import fold_in
from kgen.inference.draws import (
    check_distribution,
    checked_joint,
    draw_key,
    is_reparameterized,
    kind_of,
    trailing,
    with_gradient,
)
from kgen.suggestions import suggest

if TYPE_CHECKING:
    from tensorflow_probability import distributions as tfd


class Estimator(Configured, abc.ABC):
    """Estimates `ELBO(q) = E_q[log p(x, z) - log q(z)]` and its gradient; a base.

    A subclass defines `draw` and `combine`, and `check` if it does not fit every q.
    """

    def check(self, q, num_samples):
        """Raises a ValueError for a q, or a number of draws, that does not fit."""

    @abc.abstractmethod
    def draw(self, q, num_samples, key):
        """Draws of q, `(num_samples, *batch_shape, *event_shape)`."""

    def baseline_of(self, log_joint, q, num_samples, key):
        """What is subtracted from log weights before they multiply scores, or `None`.

        Args:
            log_joint: Function of draws.
            q: The distribution.
            num_samples: Number of draws.
            key: Key of further draws, int32 `(2,)`.
        """
        return None

    @abc.abstractmethod
    def combine(self, log_joint, q, z, baseline=None):
        """The estimate of the ELBO, with this estimator's gradient.

        Args:
            log_joint: Values of `log p(x, z)` at the draws, `(num_samples,
                *batch_shape)`. They may have further axes, such as one of examples.
            q: The distribution.
            z: The draws.
            baseline: Result of `baseline_of`.

        Returns:
            The mean over the draws.
        """

    def surrogate(
        self,
        log_joint: Callable[..., tf.Tensor],
        q: tfd.Distribution,
        num_samples: int = 1,
        seed: int | tf.Tensor | None = None,
    ) -> tf.Tensor:
        """The estimate of the ELBO in nats, whose gradient is this estimator's.

        Its negative is the loss of a training. The gradient with respect to variables
        of `log_joint` is right, too.

        Args:
            log_joint: `log p(x, z)`: function of draws z, `(num_samples, *batch_shape,
                *event_shape)`, to values `(num_samples, *batch_shape)`. The parts of a
                joint q are arguments of their own.
            q: Distribution of TensorFlow Probability.
            num_samples: L, the number of draws.
            seed: An int, which gives the same draws in each call; a key, int tensor
                `(2,)`; or `None`.

        Returns:
            Values of the batch shape of q.

        Raises:
            ValueError: if q or `num_samples` does not fit this estimator, or
                `log_joint` does not give one value for each draw.
        """
        name = type(self).__name__
        num_samples = check_count(name, "num_samples", num_samples)
        check_distribution(name, "q", q)
        self.check(q, num_samples)
        key = draw_key(name, seed)
        log_joint = checked_joint(log_joint, q, num_samples)
        z = self.draw(q, num_samples, key)
        baseline = self.baseline_of(log_joint, q, num_samples, fold_in(key, 1))
        return self.combine(log_joint(z), q, z, baseline)

    def gradient(
        self,
        log_joint: Callable[..., tf.Tensor],
        q: tfd.Distribution,
        num_samples: int = 1,
        seed: int | tf.Tensor | None = None,
    ) -> list[Any]:
        """The estimate of the ELBO's gradient; a step along it raises the ELBO.

        Args:
            log_joint: As for `surrogate`.
            q: Distribution with trainable parameters: `tf.Variable`s, or
                `tfp.util.TransformedVariable`s.
            num_samples: As for `surrogate`.
            seed: As for `surrogate`.

        Returns:
            A tensor for each of `q.trainable_variables`. For a q with a batch shape it
            is the gradient of the sum over the batch.

        Raises:
            ValueError: as `surrogate`, and if q has no trainable variables.
        """
        variables = trainable_variables(type(self).__name__, q)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(variables)
            value = self.surrogate(log_joint, q, num_samples, seed)
        return tape.gradient(value, variables, unconnected_gradients="zero")


class ScoreFunction(Estimator):
    """`1/L sum_l grad log q(z_l) (log p(x, z_l) - log q(z_l) - b)`, for any q.

    Also called REINFORCE. It needs no derivative of `log p(x, z)` in z, so that z may
    be discrete. Its variance is high. A baseline b lowers it without a bias, as long as
    it does not depend on the draw z_l.

    Args:
        baseline: `None`; a number; `"mean"`, the mean over L further draws, which
            doubles the cost; `"leave_one_out"`, the mean over the other L - 1 draws;
            or a function of q to values of its batch shape, such as the log weight at
            the mean of q.

    Example:

    >>> import tensorflow as tf
    >>> from tensorflow_probability import distributions as tfd
    >>> q = tfd.Bernoulli(logits=tf.Variable(0.0))
    >>> log_joint = lambda z: tf.where(z == 1, -1.0, -2.0)
    >>> estimator = kgen.inference.ScoreFunction("leave_one_out")
    >>> (gradient,) = estimator.gradient(log_joint, q, num_samples=1000, seed=0)
    >>> abs(float(gradient) - 0.25) < 0.02
    True

    References:
        [Williams, 1992](https://doi.org/10.1007/BF00992696),
        [Ranganath et al., 2014](https://arxiv.org/abs/1401.0118),
        [Kool et al., 2019](https://openreview.net/forum?id=r1lgTGL5DE) (leave one out)
    """

    def __init__(self, baseline: str | float | Callable | None = None) -> None:
        named_baseline = isinstance(baseline, str) and baseline in BASELINES
        if not (
            named_baseline
            or baseline is None
            or is_number(baseline)
            or callable(baseline)
        ):
            raise ValueError(
                f"ScoreFunction was given baseline={baseline!r}."
                f"{suggest(baseline, BASELINES)} It expects None, a number, 'mean', "
                "'leave_one_out' or a function of q."
            )
        self.baseline = baseline

    def check(self, q, num_samples):
        if self.baseline == "leave_one_out" and num_samples < 2:
            raise ValueError(
                "ScoreFunction('leave_one_out') was given num_samples=1, but compares "
                "each draw with the others. Pass num_samples=2 or more, or another "
                "baseline."
            )

    def draw(self, q, num_samples, key):
        z = q.sample(num_samples, seed=key)
        return tf.nest.map_structure(tf.stop_gradient, z)

    def baseline_of(self, log_joint, q, num_samples, key):
        if callable(self.baseline):
            return tf.stop_gradient(self.baseline(q))
        if self.baseline != "mean":
            return self.baseline
        z = q.sample(num_samples, seed=key)
        log_p = log_joint(z)
        weights = log_p - trailing(q.log_prob(z), log_p)
        return tf.stop_gradient(tf.reduce_mean(weights, axis=0))

    def combine(self, log_joint, q, z, baseline=None):
        log_q = trailing(q.log_prob(z), log_joint)
        weights = tf.stop_gradient(log_joint - log_q)
        if isinstance(baseline, str):  # Leave one out.
            total = tf.reduce_sum(weights, axis=0)
            count = tf.cast(tf.shape(weights)[0], weights.dtype)
            baseline = (total - weights) / (count - 1)
        centred = weights
        if baseline is not None:
            centred -= tf.cast(baseline, weights.dtype)
        # Its own gradient gives that of the parameters of `log_joint`.
        carrier = tf.reduce_mean(centred * log_q + log_joint, axis=0)
        return with_gradient(tf.reduce_mean(weights, axis=0), carrier)


class Reparameterized(Estimator):
    """`1/L sum_l grad [log p(x, z_l) - log q(z_l)]` with `z_l = g(noise_l)`.

    The draws are differentiable functions of the parameters of q and of noise that
    does not depend on them. TFP knows them for location and scale, for Gamma, Beta and
    Dirichlet (by implicit derivatives), and for transformed distributions.

    TFP's log density of these three has no derivative in a concentration that is
    exactly 1. There the estimate is biased, and so is the score function's: start
    beside 1, or stick the landing.

    Example:

    >>> import tensorflow as tf
    >>> from tensorflow_probability import distributions as tfd
    >>> q = tfd.Normal(tf.Variable(0.0), 1.0)
    >>> log_joint = tfd.Normal(3.0, 1.0).log_prob
    >>> estimator = kgen.inference.Reparameterized()
    >>> (gradient,) = estimator.gradient(log_joint, q, num_samples=1000, seed=0)
    >>> abs(float(gradient) - 3.0) < 0.1
    True

    References:
        [Kingma & Welling, 2014](https://arxiv.org/abs/1312.6114),
        [Figurnov et al., 2018](https://arxiv.org/abs/1805.08498) (implicit)
    """

    def check(self, q, num_samples):
        if not is_reparameterized(q):
            raise ValueError(
                f"{type(self).__name__} was given q, {kind_of(q)}, whose draws are no "
                "differentiable function of its parameters. Use ScoreFunction(), or "
                "another q."
            )

    def draw(self, q, num_samples, key):
        return q.sample(num_samples, seed=key)

    def combine(self, log_joint, q, z, baseline=None):
        return tf.reduce_mean(log_joint - trailing(q.log_prob(z), log_joint), axis=0)


class StickingTheLanding(Reparameterized):
    """`Reparameterized` without the term `grad log q(z)` at fixed z, whose mean is 0.

    Its variance is 0 where q is the posterior; further away it may be higher.

    Example:

    >>> import tensorflow as tf
    >>> from tensorflow_probability import distributions as tfd
    >>> q = tfd.Normal(tf.Variable(3.0), tf.Variable(1.0))
    >>> log_joint = tfd.Normal(3.0, 1.0).log_prob  # q is exact.
    >>> estimator = kgen.inference.StickingTheLanding()
    >>> all(abs(g) < 1e-5 for g in estimator.gradient(log_joint, q, seed=0))
    True

    References:
        [Roeder et al., 2017](https://arxiv.org/abs/1703.09194)
    """

    def combine(self, log_joint, q, z, baseline=None):
        fixed = q.log_prob(tf.nest.map_structure(tf.stop_gradient, z))
        # At fixed draws the gradient is the score's, which this adds back.
        score = trailing(fixed - tf.stop_gradient(fixed), log_joint)
        log_q = trailing(q.log_prob(z), log_joint)
        return tf.reduce_mean(log_joint - log_q + score, axis=0)


BASELINES = ("mean", "leave_one_out")
ESTIMATORS = {
    "reparameterized": Reparameterized,
    "score_function": ScoreFunction,
    "sticking_the_landing": StickingTheLanding,
}


def get(
    estimator: str | Estimator | None, q: tfd.Distribution, num_samples: int
) -> Estimator:
    """An estimator from its name; an instance as it is; the best one for `None`.

    Args:
        estimator: A name in `ESTIMATORS`, an instance, or `None`: reparameterised
            where q is, else the score function, which leaves one out if it can.
        q: The distribution.
        num_samples: Number of draws.

    Raises:
        ValueError: for an unknown name, or an estimator that does not fit.
    """
    found = named("estimator", Estimator, estimator, ESTIMATORS)
    if found is None and is_reparameterized(q):
        found = Reparameterized()
    elif found is None:
        found = ScoreFunction("leave_one_out" if num_samples > 1 else None)
    found.check(q, num_samples)
    return found


def trainable_variables(name, q):
    """The trainable variables of `q`, if it has any."""
    variables = check_distribution(name, "q", q).trainable_variables
    if not variables:
        raise ValueError(
            f"{name} was given q, {kind_of(q)} without trainable variables. Pass "
            "tf.Variable or tfp.util.TransformedVariable as its parameters."
        )
    return variables
