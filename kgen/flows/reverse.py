"""Training on a density that is known up to a factor, instead of on data."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core.checks.values import check_no_context
from kgen.core.model import GenerativeModel
from kgen.core.verbs import verb

if TYPE_CHECKING:
    from kgen.flows.flow import Flow


class ReverseKL(GenerativeModel):
    r"""Minimises `KL(q || p) - log Z = E_q[log q(x) - log f(x)]`, `p(x) = f(x) / Z`.

    For densities that can be evaluated but not sampled, such as posteriors. q is a
    flow, and its draws replace data. A flow that cannot match p covers a part of p
    only, as mass outside p is costly; maximum likelihood, which minimises
    `KL(p || q)`, covers all of p instead. Draws should be cheap: use couplings or IAF,
    not MAF. Even a flexible flow may stay in one of several distant modes. The mean of
    `log_weights` is then too low by `-log` of this mode's share of p.

    `fit` takes no data. It trains the flow itself: use the flow afterwards for
    `sample`, `log_prob` and `save`.

    Args:
        flow: A `Flow` of real numbers without conditions.
        log_density: `log f`: function from x, float32 `(batch, *data_shape)`, to
            values `(batch,)`, in TensorFlow or `keras.ops`.
        **kwargs: See `GenerativeModel`.

    Raises:
        ValueError: if the flow has a condition or a dequantisation.

    Example:

    >>> flow = kgen.build("realnvp", (2,), num_steps=2, hidden=(16,), seed=0)
    >>> def log_density(x):  # A Gaussian around 3, without its constant.
    ...     return -0.5 * keras.ops.sum((x - 3.0) ** 2, axis=1)
    >>> training = kgen.flows.ReverseKL(flow, log_density, seed=0)
    >>> training.compile(keras.optimizers.Adam(1e-2))
    >>> _ = training.fit(steps=300, batch_size=128, verbose=0)
    >>> weights = training.log_weights(1000, seed=0)  # Their mean bounds log Z.
    >>> bool(abs(np.mean(weights) - np.log(2 * np.pi)) < 0.1)
    True

    References:
        [Rezende & Mohamed, 2015](https://arxiv.org/abs/1505.05770)
    """

    changeable = {"log_density": lambda _, value: value}

    def __init__(
        self, flow: Flow, log_density: Callable[[tf.Tensor], tf.Tensor], **kwargs
    ) -> None:
        super().__init__(**kwargs)
        check_no_context(self)
        conditional = (flow.num_classes, flow.context_shape) != (None, None)
        if conditional or flow.dequantization is not None or self.num_classes:
            raise ValueError(
                "ReverseKL was given a flow with a condition or a dequantization, or "
                "num_classes, but trains flows p(x) of real numbers. Build the flow "
                "without these."
            )
        self.flow = flow
        self.log_density = log_density
        self.data_shape = flow.data_shape

    def fit(self, steps=1000, batch_size=256, epochs=1, **kwargs):
        """Trains the flow on its own draws.

        Args:
            steps: Steps of an epoch.
            batch_size: Draws of a step.
            epochs: Number of epochs.
            **kwargs: Arguments of `keras.Model.fit`: callbacks, verbose, ...

        Returns:
            A `keras.callbacks.History`; the loss, nats, is `KL(q || p) - log Z`.
        """
        rows = tf.zeros([batch_size, *self.data_shape])  # Only their number counts.
        data = tf.data.Dataset.from_tensors(rows).repeat(steps)
        return super().fit(data, epochs=epochs, **kwargs)

    def adapt(self, data):
        """Marks the flow as adapted, so that a later `fit` on data keeps its values.

        Args:
            data: Not used.
        """
        self.flow.adapted.assign(1.0)

    def objective(self, x, labels=None, training=False):
        """`log q(x) - log f(x)` of one draw for each row of x, nats, `(batch,)`."""
        key = self.noise.next(training)
        keys = tf.random.experimental.stateless_split(key, tf.shape(x)[0])
        return {"loss": -self._log_weights(keys, training)}

    @verb
    def log_weights(
        self, num_samples: int | None = None, seed: int | ArrayLike | None = None
    ) -> tf.Tensor:
        """`log f(x) - log q(x)` of draws x of the flow, nats, `(num_samples,)`.

        Their mean is a lower bound on `log Z`, and the log of the mean of their
        exponentials tends to it.
        """
        return self._log_weights(seed)

    def _log_weights(self, keys, training=False):
        x, log_q = self.flow.draw(keys, training)
        log_density = tf.convert_to_tensor(self.log_density(x))
        if log_density.shape.rank != 1:
            raise ValueError(
                f"log_density gave values of shape {log_density.shape} for x of shape "
                f"{x.shape}, but expects one for each row, (batch,). Sum over the "
                "other axes."
            )
        return log_density - log_q
