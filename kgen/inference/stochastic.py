"""Stochastic variational inference: natural gradients on batches."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core.checks.fit_arguments import bound
from kgen.core.checks.values import (
    check_count,
    check_data_shape,
    check_no_context,
    is_number,
)
from kgen.core.clusters import k_means
from kgen.core.config import Configured
from kgen.core.hints import Data
from kgen.core.model import GenerativeModel
from kgen.core.specs import Real
from kgen.core.training.initialization import (
    add_adapted,
    initialization_examples,
    is_adapted,
)
from kgen.core.verbs import verb
from kgen.inference.normal_wishart import (
    MixturePrior,
    Natural,
    combined,
    expected_log_joint,
    inner,
    kl_divergence,
    natural_prior,
    predictive,
    product,
    statistics,
)
from kgen.inference.whole_data import warn_of_size

FAR = 100  # Deviations of a mean from 0: squares then keep three digits.


class RobbinsMonro(Configured, keras.optimizers.schedules.LearningRateSchedule):
    """`(step + delay) ** -forgetting`: steps whose sum is infinite, their squares' not.

    Args:
        delay: 1 or larger: makes early steps smaller.
        forgetting: Above 0.5 and up to 1: the larger, the longer early batches count.

    Raises:
        ValueError: for other values, with which steps need not converge.
    """

    def __init__(self, delay: float = 1.0, forgetting: float = 0.7) -> None:
        if not is_number(delay) or delay < 1:
            raise ValueError(
                f"`RobbinsMonro` was given delay={delay!r}, but expects a number, 1 or "
                "larger."
            )
        if not is_number(forgetting) or not 0.5 < forgetting <= 1:
            raise ValueError(
                f"`RobbinsMonro` was given forgetting={forgetting!r}, but expects a "
                "number above 0.5, 1 at most. Other steps need not converge."
            )
        self.delay = delay
        self.forgetting = forgetting

    def __call__(self, step):
        """The size of a step, from 1 down to 0."""
        return (tf.cast(step, tf.float32) + self.delay) ** -self.forgetting


class StochasticMixture(GenerativeModel):
    """The Bayesian Gaussian mixture of `MeanFieldMixture`, learned from batches.

    A batch stands for all the data: its statistics, times `num_examples / batch`, give
    the q that coordinate ascent would take. The natural gradient of the bound is the
    difference of this q's natural parameters from the present ones. So a step of SGD on
    it, of size r, makes q a mean of both with weights r and 1 - r. One batch of all the
    data and r = 1 is a sweep of coordinate ascent.

    The loss is minus the bound for each example, nats: times `num_examples` it is
    minus `MeanFieldMixture.elbo()`. `fit` starts from clusters of the first data.
    It has no classes.

    Args:
        data_shape: Shape of one example; arrays are flattened.
        num_components: Number of components K.
        num_examples: Number of examples in the whole data set, which a batch is a
            part of.
        prior: A `MixturePrior`; the default suits columns of variance 1.
        **kwargs: See `GenerativeModel`.

    Example:

    >>> rng = np.random.default_rng(0)
    >>> x = np.concatenate([rng.normal(-3, 1, (600, 1)), rng.normal(3, 1, (400, 1))])
    >>> model = kgen.inference.StochasticMixture((1,), 2, num_examples=1000, seed=0)
    >>> model.compile()  # SGD with the steps of `RobbinsMonro`.
    >>> _ = model.fit(x, batch_size=50, epochs=5, verbose=0)
    >>> np.sort(np.round(model.posterior.weights, 1))
    array([0.4, 0.6], dtype=float32)

    References:
        [Hoffman et al., 2013](https://arxiv.org/abs/1206.7051)
    """

    changeable = {}

    def __init__(
        self,
        data_shape: Sequence[int],
        num_components: int,
        num_examples: int,
        prior: MixturePrior | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        check_no_context(self)
        name = "StochasticMixture"
        if self.num_classes is not None:
            raise ValueError(f"`{name}` was given num_classes, but takes no labels.")
        self.data_shape = check_data_shape(data_shape)
        self.num_components = check_count(name, "num_components", num_components)
        self.num_examples = check_count(name, "num_examples", num_examples)
        self.prior = prior
        self.data_dim = int(np.prod(self.data_shape))
        natural = natural_prior(name, prior, num_components, self.data_dim)
        vars(self)["_prior"] = Natural(*(part.numpy() for part in natural))
        self.natural_parameters = [
            self.add_weight(
                name=key,
                shape=part.shape,
                initializer=keras.initializers.Constant(part),
                autocast=False,
            )
            for key, part in self._prior._asdict().items()
        ]
        self.adapted = add_adapted(self)

    @property
    def data_range(self):
        """`None`: any values, even of data with the shape of images."""
        return None

    @property
    def argument_specs(self):
        """The base's table, and the shape of what `e_step` gives."""
        shares = Real((self.num_components,), (0.0, 1.0), optional=True)
        return {**super().argument_specs, "responsibilities": shares}

    @property
    def posterior(self) -> Natural:
        """q(weights, means, precisions): its natural parameters."""
        return Natural(*map(tf.convert_to_tensor, self.natural_parameters))

    def compile(self, optimizer=None, **kwargs):
        """Sets the optimizer, whose learning rate is the weight of the new q.

        Args:
            optimizer: Plain `keras.optimizers.SGD`: other optimizers would leave the
                natural gradient. `None` for one with the steps of `RobbinsMonro`.
            **kwargs: Other arguments of `GenerativeModel.compile`.

        Raises:
            ValueError: for another optimizer, or a learning rate above 1.
        """
        if optimizer is None:
            optimizer = keras.optimizers.SGD(RobbinsMonro())
        super().compile(optimizer=optimizer, **kwargs)
        check_plain(self.optimizer)

    def fit(self, *args, **kwargs):
        """Trains as `keras.Model.fit` does; warns of another number of examples."""
        given = bound(self, keras.Model.fit, args, kwargs)
        warn_of_size(self, "num_examples", given)
        return super().fit(**given)

    def adapt(self, data):
        """Starts q from clusters of the first data, once.

        Args:
            data: `tf.data.Dataset` or `PyDataset`.

        Raises:
            ValueError: for a generator, which can be read only once, for fewer
                examples than components, or for columns far from 0.
        """
        if is_adapted(self.adapted, data):
            return
        found = initialization_examples(self, data)
        count = 0 if found is None else len(found[0])
        if count < self.num_components:
            raise ValueError(
                "`fit` of a StochasticMixture starts from clusters of its data, but was"
                f" given {count} examples that can be read ahead for "
                f"{self.num_components} components. Pass arrays or a data set with "
                "more examples."
            )
        x = found[0].numpy().reshape(count, self.data_dim)
        check_near_zero(x)
        shares = np.eye(self.num_components)[k_means(x, self.num_components, self.seed)]
        sums = statistics(x.astype("float64"), shares)
        q = combined(self._prior, sums, scale=self.num_examples / count)
        for weight, value in zip(self.natural_parameters, q, strict=True):
            weight.assign(value)
        self.adapted.assign(1.0)

    def objective(self, x, labels=None, training=False):
        """Minus the bound for each example, nats, with the natural gradient."""
        x = tf.reshape(tf.cast(x, tf.float32), [-1, self.data_dim])
        prior = Natural(*(tf.constant(part, tf.float32) for part in self._prior))
        variables = self.posterior
        q = Natural(*map(tf.stop_gradient, variables))
        joint = expected_log_joint(q, x)
        shares = tf.nn.softmax(joint)
        local = tf.reduce_sum(shares * joint - tf.math.xlogy(shares, shares), axis=1)
        bound = local - kl_divergence(q, prior) / self.num_examples
        # Its gradient in the natural parameters is, in the mean over a batch, prior and
        # statistics minus the present parameters: the natural gradient of the bound.
        ascent = product(combined(prior, q, scale=-1.0), variables)
        ascent += self.num_examples * inner(variables, x, shares)
        return {"loss": -bound - (ascent - tf.stop_gradient(ascent))}

    @verb(returns="responsibilities")
    def e_step(self, x: Data) -> tf.Tensor:
        """q(k) of each example, `(batch, num_components)`."""
        return tf.nn.softmax(expected_log_joint(self.posterior, self._flat(x)))

    @verb
    def log_prob(self, x: Data) -> tf.Tensor:
        """log p(x) of new examples, nats, `(batch,)`: parameters are integrated out."""
        return predictive(self.posterior).log_prob(self._flat(x))

    @verb(returns="x")
    def sample(
        self, num_samples: int | None = None, seed: int | ArrayLike | None = None
    ) -> tf.Tensor:
        """Draws from the predictive density, `(num_samples, *data_shape)`.

        Args:
            num_samples: Number of draws; may be left out if `seed` is a vector with one
                entry per draw.
            seed: An int, a vector of one int per draw, or `None`.
        """
        density = predictive(self.posterior)
        x = tf.map_fn(
            lambda key: density.sample(seed=key), seed, fn_output_signature=tf.float32
        )
        return tf.reshape(x, [-1, *self.data_shape])

    def _flat(self, x):
        return tf.reshape(x, [-1, self.data_dim])


def check_plain(optimizer):
    """Raises a ValueError unless steps along the gradient stay in the family."""
    # In `mixed_float16` a wrapper scales the loss, and the gradient back.
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    is_sgd = isinstance(optimizer, keras.optimizers.SGD) and not optimizer.momentum
    limits = ("weight_decay", "clipnorm", "clipvalue", "global_clipnorm")
    extra = [key for key in limits if getattr(optimizer, key, None)]
    if not is_sgd or extra:
        with_extra = f" with {', '.join(extra)}" if extra else ""
        raise ValueError(
            f"`compile` was given {type(optimizer).__name__}{with_extra}, but a natural"
            " gradient is a weighted mean of two distributions only by plain "
            "keras.optimizers.SGD, without momentum."
        )
    rate = optimizer._learning_rate  # A schedule, or the number as a variable.
    first = float(rate(0) if callable(rate) else rate)
    if not 0 < first <= 1 + 1e-6:
        raise ValueError(
            f"`compile` was given SGD with learning_rate={first:g}, but it is the "
            "weight of the new distribution: above 0, and 1 at most."
        )


def check_near_zero(x):
    """Raises a ValueError for columns whose deviations float32 sums would lose."""
    far = np.abs(x.mean(axis=0, dtype="float64")) / np.maximum(
        x.std(axis=0, dtype="float64"), np.finfo("float32").tiny
    )
    if np.any((far > FAR) & (x.std(axis=0) > 0)):
        raise ValueError(
            f"`fit` of a StochasticMixture was given column {int(np.argmax(far))} with "
            f"a mean of {far.max():.3g} deviations. Its parameters are sums of squares "
            "in float32, which would lose the deviations. Subtract the mean first, or "
            "use MeanFieldMixture."
        )
