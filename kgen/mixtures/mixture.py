"""The base of mixtures: EM instead of gradients in `fit`, and the verbs."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core.checks.fit_arguments import bound
from kgen.core.checks.values import check_count, check_data_shape, check_no_context
from kgen.core.hints import Data
from kgen.core.model import GenerativeModel
from kgen.core.training.batches import is_endless
from kgen.core.training.datasets import as_datasets, is_batched
from kgen.core.verbs import verb

WHOLE = 2**20  # Examples in a batch of arrays: EM takes all examples at once anyway.


class Mixture(GenerativeModel):
    """`p(x) = sum_k w_k p_k(x)`: `num_components` densities of one kind, with weights.

    `fit` estimates them by EM (expectation maximisation), once, from all the data. With
    classes there is one mixture for each. A subclass adds the weights of its
    components, and defines `estimate(x, seed)` and `components(rows)`.

    Args:
        data_shape: Shape of one example.
        num_components: Number of components, of each class.
        **kwargs: See `GenerativeModel`.
    """

    changeable = {}

    def __init__(
        self, data_shape: Sequence[int], num_components: int = 10, **kwargs
    ) -> None:
        super().__init__(**kwargs)
        check_no_context(self)
        self.data_shape = check_data_shape(data_shape)
        self.num_components = check_count(
            type(self).__name__, "num_components", num_components
        )
        self.data_dim = int(np.prod(self.data_shape))
        self.log_weights = self._weight("log_weights", ())

    def _weight(self, name, shape):
        """A weight of each component, one row for each class."""
        shape = (self.num_classes or 1, self.num_components, *shape)
        return self.add_weight(
            name=name, shape=shape, initializer="zeros", trainable=False, autocast=False
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

    def components(self, rows):
        """`tfd` distribution of all components, batch `(rows, num_components)`."""
        raise TypeError(f"{type(self).__name__} does not define `components`.")

    def fit(self, *args, **kwargs):
        """Estimates the mixture by EM, from all the data at once.

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
        given = bound(self, keras.Model.fit, args, kwargs)
        verbose = given.pop("verbose", 0)
        x, labels = self._gathered(given)
        history = keras.callbacks.History()
        history.set_model(self)
        history.on_train_begin()
        for row in range(self.num_classes or 1):
            mine = x if labels is None else x[labels == row]
            if len(mine) < self.num_components:
                which = "" if labels is None else f" of class {row}"
                raise ValueError(
                    f"{len(mine)} examples{which} are fewer than the "
                    f"{self.num_components} components. Lower num_components."
                )
            values, log_probs = self.estimate(mine.reshape(len(mine), -1), self.seed)
            for name, value in values.items():
                weight = getattr(self, name)
                weight.assign(
                    np.concatenate([weight[:row], value[None], weight[row + 1 :]])
                )
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
                "takes none. Leave them out, or repeat examples."
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
