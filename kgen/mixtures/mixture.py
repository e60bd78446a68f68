"""The base of mixtures: EM or gradients in `fit`, and the verbs."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core.checks.fit_arguments import bound
from kgen.core.checks.values import check_count, check_data_shape, check_no_context
from kgen.core.config import lookup
from kgen.core.hints import Data
from kgen.core.model import GenerativeModel
from kgen.core.training.batches import is_endless
from kgen.core.training.datasets import as_datasets, is_batched
from kgen.core.training.initialization import (
    add_adapted,
    initialization_examples,
    is_adapted,
)
from kgen.core.verbs import verb
from kgen.mixtures.steps import Steps

ALGORITHMS = {name: name for name in ("em", "gradient")}
WHOLE = 2**20  # Examples in a batch of arrays: EM takes all examples at once anyway.


class Mixture(Steps, GenerativeModel):
    """`p(x) = sum_k w_k p_k(x)`: `num_components` densities of one kind, with weights.

    `fit` estimates them by EM (expectation maximisation), once, from all the data, or
    by gradients of log p(x), from batches. With classes there is one mixture for each.
    A subclass adds the weights of its components, and defines `estimate(x, seed)`,
    `clusters(x, seed)`, `maximize(x, shares)` and `components(rows)`.

    Args:
        data_shape: Shape of one example.
        num_components: Number of components, of each class.
        algorithm: How `fit` estimates: `"em"`, or `"gradient"`, which needs `compile`
            and takes weights and all arguments of `keras.Model.fit`. Gradients start
            from clusters of k-means, or from the parameters of an `m_step`.
        **kwargs: See `GenerativeModel`.
    """

    changeable = {}

    def __init__(
        self,
        data_shape: Sequence[int],
        num_components: int = 10,
        algorithm: str = "em",
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        check_no_context(self)
        self.algorithm = lookup("algorithm", algorithm, ALGORITHMS)
        self.by_gradient = algorithm == "gradient"
        self.adapted = add_adapted(self) if self.by_gradient else None
        self.data_shape = check_data_shape(data_shape)
        self.num_components = check_count(
            type(self).__name__, "num_components", num_components
        )
        self.data_dim = int(np.prod(self.data_shape))
        self.log_weights = self._weight("log_weights", ())

    def _weight(self, name, shape):
        """A weight of each component, one row for each class."""
        return self.add_weight(
            name=name,
            shape=(self.num_classes or 1, self.num_components, *shape),
            initializer="zeros",
            trainable=self.by_gradient,
            autocast=False,
        )

    @property
    def data_range(self):
        """`None`: any values, even of data with the shape of images."""
        return None

    def estimate(self, x, seed):
        """EM on the examples of one class.

        Args:
            x: Array `(n, data_dim)`.
            seed: Integer that fixes the start of EM.

        Returns:
            `(values, log_probs)`: dictionary of arrays by the names of the weights, and
            the mean log p(x) in nats after each iteration.
        """
        raise TypeError(f"{type(self).__name__} does not define `estimate`.")

    def clusters(self, x, seed):
        """Responsibilities `(n, num_components)` from which EM starts; see `start`."""
        raise TypeError(f"{type(self).__name__} does not define `clusters`.")

    def maximize(self, x, shares):
        """The M step on the examples of one class; see `m_step`.

        Args:
            x: Array `(n, data_dim)`.
            shares: Responsibilities, float64 `(n, num_components)`.

        Returns:
            Dictionary of arrays by the names of the weights.
        """
        raise TypeError(f"{type(self).__name__} does not define `maximize`.")

    def components(self, rows):
        """`tfd` distribution of all components, batch `(rows, num_components)`."""
        raise TypeError(f"{type(self).__name__} does not define `components`.")

    def set_class(self, row, values):
        """Sets the parameters of one class, arrays by the names of the weights."""
        for name, value in values.items():
            weight = getattr(self, name)
            weight.assign(
                np.concatenate([weight[:row], value[None], weight[row + 1 :]])
            )

    def check_enough(self, examples, row):
        """Raises a ValueError if a class has fewer examples than components."""
        if len(examples) < self.num_components:
            which = f" of class {row}" if self.num_classes else ""
            raise ValueError(
                f"{len(examples)} examples{which} are fewer than the "
                f"{self.num_components} components. Lower num_components."
            )

    def adapt(self, data):
        """Starts gradients from clusters of the first data, once.

        Args:
            data: `tf.data.Dataset` or `PyDataset`.

        Raises:
            ValueError: for a generator, which can be read only once.
        """
        if not self.by_gradient or is_adapted(self.adapted, data):
            return
        found = initialization_examples(self, data)
        if found is None:
            raise ValueError(
                f"`fit` of a {type(self).__name__} by gradients starts from clusters of"
                " its data, but was given a generator, which can be read only once, or "
                "data without weight. Pass arrays or a data set, or set a start by "
                "m_step(x, responsibilities)."
            )
        x, labels = found
        self.m_step(x, self.start(x, labels), labels)

    def fit(self, *args, **kwargs):
        """Estimates the mixture by EM, from all the data at once.

        With `algorithm="gradient"` it is `keras.Model.fit`, with its arguments.

        Args:
            *args: x and labels, as `keras.Model.fit` takes them: arrays, or batches of
                `x` or `(x, labels)`.
            **kwargs: `x`, `y` and `verbose`, 0 by default: above 0 a line tells the
                result of EM. EM takes no other argument of `keras.Model.fit`.

        Returns:
            `keras.callbacks.History` with the mean of -log p(x), nats, as `"loss"`
            after each iteration of EM, one class after another.

        Raises:
            ValueError: for data that the model refuses, too few examples, weights of
                examples, or another argument.
        """
        if self.by_gradient:
            return super().fit(*args, **kwargs)
        given = bound(self, keras.Model.fit, args, kwargs)
        verbose = given.pop("verbose", 0)
        x, labels = self._gathered(given)
        history = keras.callbacks.History()
        history.set_model(self)
        history.on_train_begin()
        for row in range(self.num_classes or 1):
            mine = x if labels is None else x[labels == row]
            self.check_enough(mine, row)
            values, log_probs = self.estimate(mine.reshape(len(mine), -1), self.seed)
            self.set_class(row, values)
            for log_prob in log_probs:
                history.on_epoch_end(len(history.epoch), {"loss": -float(log_prob)})
        if verbose:
            loss = history.history["loss"]
            print(f"{len(loss)} iterations of EM, loss: {loss[-1]:.4f}")
        return history

    def _gathered(self, given):
        """All the data of `fit` as arrays."""
        weighted = given.keys() & {"sample_weight", "class_weight"}
        unused = sorted(given.keys() - {"x", "y"} - weighted)
        if unused:
            raise ValueError(
                f"`fit` of a {type(self).__name__} was given {', '.join(unused)}, but "
                "EM takes all the data at once and iterates until it converges. Leave "
                "that out."
            )
        if not is_batched(given.get("x")):
            given["batch_size"] = WHOLE
        elif is_endless(given["x"]):
            raise ValueError(
                "`fit` was given x that never ends, but EM takes all of it at once. "
                "Pass .take(n), or no .repeat()."
            )
        found = as_datasets(self, keras.Model.fit, **given, shuffle=False)["x"]
        parts = [self._parts(batch) for batch in found]
        x, labels = (
            None if part[0] is None else np.concatenate(part)
            for part in zip(*parts, strict=True)
        )
        return x, labels

    def _parts(self, batch):
        parts, weight = self.unpack(batch)
        x, labels = parts["x"], parts["labels"]
        if weight is not None:
            raise ValueError(
                f"A {type(self).__name__} was given weights of examples, but its EM "
                "takes none. Leave them out, or build it with algorithm='gradient'."
            )
        return x, labels

    def distribution(self, labels=None):
        """The mixture as a `tfd` distribution over flat examples.

        Args:
            labels: int32 `(batch,)` for a model with classes. They give the batch
                shape `(batch,)`; without labels it is `(1,)`.
        """
        from tensorflow_probability import distributions as tfd

        rows = tf.zeros([1], tf.int32) if labels is None else labels
        weights = tfd.Categorical(logits=tf.gather(self.log_weights, rows))
        return tfd.MixtureSameFamily(weights, self.components(rows))

    def objective(self, x, labels=None, training=False):
        """-log p(x), nats, `(batch,)`, for `evaluate`."""
        return {"loss": -self._log_prob(x, labels)}

    @verb
    def log_prob(self, x: Data, labels: ArrayLike | None = None) -> tf.Tensor:
        """log p(x), nats, `(batch,)`."""
        return self._log_prob(x, labels)

    def _log_prob(self, x, labels):
        return self.distribution(labels).log_prob(tf.reshape(x, [-1, self.data_dim]))

    @verb(returns="x")
    def sample(
        self,
        num_samples: int | None = None,
        labels: ArrayLike | None = None,
        seed: int | ArrayLike | None = None,
    ) -> tf.Tensor:
        """Draws, `(num_samples, *data_shape)`.

        Args:
            num_samples: Number of draws; may be left out if `labels` or `seed` is a
                vector with one entry per draw.
            labels: Class of each draw, if the model has classes.
            seed: An int, a vector of one int per draw, or `None`.
        """

        def draw(row):
            key, label = row
            given = None if labels is None else label[None]
            return self.distribution(given).sample(seed=key)[0]

        dtype = tf.int32 if self.num_data_codes else tf.float32
        given = tf.zeros(tf.shape(seed)[0], tf.int32) if labels is None else labels
        x = tf.map_fn(draw, (seed, given), fn_output_signature=dtype)
        return tf.reshape(x, [-1, *self.data_shape])
