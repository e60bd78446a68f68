"""The normalising flow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core.by_row import scaled
from kgen.core.checks.limits import ABOVE_0
from kgen.core.checks.values import check_data_shape
from kgen.core.hints import Data
from kgen.core.importance import log_mean_weight
from kgen.core.model import GenerativeModel
from kgen.core.random import fold_rows
from kgen.core.specs import Number
from kgen.core.training.initialization import (
    add_adapted,
    initialization_examples,
    is_adapted,
)
from kgen.core.verbs import prepare, verb
from kgen.flows import bases
from kgen.flows.dequantization import UniformDequantization
from kgen.flows.dequantization import get as get_dequantization
from kgen.flows.steps import (
    Step,
    adapt,
    check_conditions,
    check_steps,
    connected,
    forward,
    inverse,
    warn_of_outside,
)


class Traced(NamedTuple):
    """The effect of one step of a flow on a batch.

    The name of the step's class; its output z, `(batch, ...)`; and `log |det dz/dx|` of
    this step alone, nats, `(batch,)`.
    """

    step: str
    z: np.ndarray
    log_det: np.ndarray


class Flow(GenerativeModel):
    r"""`log p(x) = log p(z) + \sum_k log |det df_k|`, `z = f_K(... f_1(x))`.

    Steps go from the data to the latent: the first sees the data. Training minimises
    `-log p(x)`, nats, the exact density of real numbers. Data over levels has no
    density: with a `dequantization` the model has the bounds `elbo` and `iwae_bound` on
    the log probability of the levels instead of `log_prob`, and minimises `-elbo`.

    In the first `fit` on a data set or on arrays, steps such as `Standardize` and
    `ActNorm` take their first values from up to 10,000 examples.

    XLA makes a flow of dense networks up to twice as fast on a CPU. On one device it
    compiles training and verbs that are often called, or with `jit_compile=True` all of
    them before their first call. `flow.jit_verbs = False` excludes verbs.

    Args:
        steps: List of `kgen.flows.Step`s, invertible by design.
        data_shape: Shape of an example.
        base: p(z): `"normal"`, `"logistic"` or a `kgen.flows.Base`.
        dequantization: `"uniform"`, over 256 levels; a `UniformDequantization` or a
            `VariationalDequantization`; `None` for data of real numbers. With one, the
            first step should be a `Probit`: other steps may give probability to values
            outside [0, 1], which no image has.
        **kwargs: See `GenerativeModel`.

    Raises:
        ValueError: if a step does not fit the output shape of the step before it.

    Example:

    >>> flow = kgen.build("realnvp", data_shape=(2,), seed=0)
    >>> train, test = kgen.data.load("moons", batch_size=512)
    >>> _ = flow.fit(train, epochs=1, verbose=0)
    >>> x, _ = next(iter(test))
    >>> flow.log_prob(x).shape
    TensorShape([512])
    >>> bool(np.allclose(flow.decode(flow.encode(x)), x, atol=1e-3))
    True

    References:
        [Rezende & Mohamed, 2015](https://arxiv.org/abs/1505.05770),
        [Papamakarios et al., 2019](https://arxiv.org/abs/1912.02762)
    """

    changeable = {}
    row_options = {"temperature": Number(ABOVE_0)}

    def __init__(
        self,
        steps: Sequence[Step],
        data_shape: Sequence[int],
        base: str | bases.Base = "normal",
        dequantization: str | UniformDequantization | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.steps = check_steps(steps)
        self.data_shape = check_data_shape(data_shape)
        self.base = bases.get(base)
        self.dequantization = get_dequantization(dequantization)
        self.latent_shape = connected(self.steps, self.data_shape)
        sizes = {"labels": self.num_classes, "context": self.context_shape}
        check_conditions(self.steps, sizes)
        if self.dequantization is not None:
            self.dequantization.connect(self.data_shape)
            warn_of_outside(self.steps)
        self.adapted = add_adapted(self)
        # TFP is imported now, not in the middle of the first step.
        from tensorflow_probability import bijectors  # noqa: F401

    can_jit_verbs = True

    @property
    def data_range(self):
        """`(0.0, 1.0)` for images and for data over levels."""
        levels = self.dequantization is not None
        return (0.0, 1.0) if levels else super().data_range

    def objective(self, x, labels=None, training=False):
        """`-log p(x)`, or the negative bound on it, nats, `(batch,)`."""
        conditions = self._conditions(labels, labels)
        if self.dequantization is None:
            return {"loss": -self._log_density(x, conditions, training)}
        noise = self.dequantization.noise(tf.shape(x), self.noise.next(training))
        return {"loss": -self._bound(x, noise, conditions, training)}

    @verb(available_if=lambda self: self.dequantization is None)
    def log_prob(
        self, x: Data, labels: ArrayLike | None = None, context: ArrayLike | None = None
    ) -> tf.Tensor:
        """log p(x), exact, nats, `(batch,)`, a density."""
        return self._log_density(x, self._conditions(labels, context))

    @verb(available_if=lambda self: self.dequantization is not None)
    def elbo(
        self,
        x: Data,
        labels: ArrayLike | None = None,
        context: ArrayLike | None = None,
        seed: int | ArrayLike | None = None,
    ) -> tf.Tensor:
        """`log p(y) - log q(y | x)` for one y in the cell of x, nats, `(batch,)`.

        A lower bound on the log probability of levels, in the mean over y.
        """
        noise = self.dequantization.noise_rows(seed, self.data_shape)
        return self._bound(x, noise, self._conditions(labels, context))

    @verb(available_if=lambda self: self.dequantization is not None)
    def iwae_bound(
        self,
        x: Data,
        labels: ArrayLike | None = None,
        context: ArrayLike | None = None,
        num_samples: int = 64,
        seed: int | ArrayLike | None = None,
    ) -> tf.Tensor:
        """`log 1/K sum_k p(y_k) / q(y_k | x)`, nats, `(batch,)`.

        Lies between the ELBO and the log probability of the levels.

        Args:
            x: Data `(batch, *data_shape)`.
            labels: Class of each example, if the model has classes.
            context: Context of each example, if it has a `context_shape`.
            num_samples: K, the number of draws of y for each example.
            seed: An int, a vector of one int per example, or `None`.
        """
        conditions = self._conditions(labels, context)

        def log_weight(draw):
            keys = fold_rows(seed, draw)
            noise = self.dequantization.noise_rows(keys, self.data_shape)
            return self._bound(x, noise, conditions)

        return log_mean_weight(log_weight, tf.range(num_samples))

    @verb(returns="z")
    def encode(
        self, x: Data, labels: ArrayLike | None = None, context: ArrayLike | None = None
    ) -> tf.Tensor:
        """z = f(x), `(batch, *latent_shape)`; a level is the middle of its cell."""
        y = x if self.dequantization is None else self.dequantization.middle(x)
        return forward(self.steps, y, self._conditions(labels, context))[0]

    @verb(returns="x")
    def decode(
        self,
        z: ArrayLike,
        labels: ArrayLike | None = None,
        context: ArrayLike | None = None,
    ) -> tf.Tensor:
        """x = f^-1(z), `(batch, *data_shape)`, rounded to levels if data has them."""
        return self._decoded(z, self._conditions(labels, context))

    @verb(returns="x")
    def sample(
        self,
        num_samples: int | None = None,
        labels: ArrayLike | None = None,
        context: ArrayLike | None = None,
        seed: int | ArrayLike | None = None,
        temperature: float = 1.0,
    ) -> tf.Tensor:
        """Draws from the model, `(num_samples, *data_shape)`.

        Args:
            num_samples: Number of draws; by default the number of `labels`, contexts or
                seeds.
            labels: Class of each draw, if the model has classes.
            context: Context of each draw, if it has a `context_shape`.
            seed: An int, a vector of one int per draw, or `None`.
            temperature: Factor of z. Below 1 draws keep to likely values, if the steps
                preserve volume; 1 is the model.
        """
        z = scaled(self.base.sample(seed, self.latent_shape), temperature)
        return self._decoded(z, self._conditions(labels, context))

    def draw(self, keys, training=False):
        """Draws x, `(rows, *data_shape)`, and their log p(x), nats, `(rows,)`.

        For an unconditional flow of real numbers. Gradients flow through both.

        Args:
            keys: A key for each row, see `kgen.core.random.row_keys`.
            training: Whether networks run in training mode.
        """
        z = self.base.sample(keys, self.latent_shape)
        x, log_det = inverse(self.steps, z, training=training)
        return x, self.base.log_prob(z) - log_det

    def trace(self, x, labels=None, context=None):
        """Every step of `encode`: the derivation of log p(x), term by term.

        `log p(x)` is log p(z) of the last z plus the sum of all log determinants.

        Args:
            x: Data `(batch, *data_shape)`.
            labels: Class of each example, if the model has classes.
            context: Context of each example, if it has a `context_shape`.

        Returns:
            List of `Traced`, one for each step.
        """
        arguments = {"x": x, "labels": labels, "context": context}
        tensors, *_ = prepare(self, "trace", arguments)
        z, traced = tensors.pop("x"), []
        if self.dequantization is not None:
            z = self.dequantization.middle(z)
        conditions = {"labels": None, "context": None, **tensors}
        for step in self.steps:
            z, log_det = step.forward(z, conditions)
            name = type(step).__name__
            traced.append(Traced(name, z.numpy(), log_det.numpy()))
        return traced

    def adapt(self, data):
        """Gives steps their first values from data, once.

        Args:
            data: `tf.data.Dataset` or `PyDataset`. A generator can be read only once,
                so it is not read here: the steps then start as the identity.
        """
        if is_adapted(self.adapted, data):
            return
        found = initialization_examples(self, data)
        if found is not None:
            self._adapt(*found)
        self.adapted.assign(1.0)

    def _adapt(self, x, condition):
        conditions = self._conditions(condition, condition)
        if self.dequantization is not None:
            noise = self.dequantization.noise(tf.shape(x), (0, 0))
            x, _ = self.dequantization.draw(x, noise, conditions)
        adapt(self.steps, x, conditions)

    def _conditions(self, labels, context):
        return {
            "labels": labels if self.num_classes is not None else None,
            "context": context if self.context_shape is not None else None,
        }

    def _decoded(self, z, conditions):
        y, _ = inverse(self.steps, z, conditions)
        if self.dequantization is not None:
            return self.dequantization.quantized(y)
        # Images may have a little density outside [0, 1], see `Logit`.
        return y if self.data_range is None else tf.clip_by_value(y, *self.data_range)

    def _log_density(self, x, conditions, training=False):
        z, log_det = forward(self.steps, x, conditions, training)
        return self.base.log_prob(z) + log_det

    def _bound(self, x, noise, conditions, training=False):
        y, log_q = self.dequantization.draw(x, noise, conditions, training)
        return self._log_density(y, conditions, training) - log_q
