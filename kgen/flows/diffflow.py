"""DiffFlow: a flow with noise, whose way to the latent is learned, too."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core.by_row import scaled
from kgen.core.checks.limits import ABOVE_0
from kgen.core.checks.values import check_count, is_number
from kgen.core.hints import Data
from kgen.core.importance import log_mean_weight
from kgen.core.model import GenerativeModel
from kgen.core.random import fold_rows, normal_rows
from kgen.core.scaling import Standardization
from kgen.core.specs import Number
from kgen.core.verbs import verb
from kgen.flows import bases
from kgen.flows.fields import check_field
from kgen.flows.steps import summed
from kgen.networks.inputs import apply, check_takers, input_shape


class DiffFlow(GenerativeModel):
    r"""Learned `dx = f dt + g dw` to noise, and `dx = (f - g^2 s) dt + g dw` back.

    f is the drift, s the score, g a fixed amount of noise. In `num_steps` steps of size
    h the first process leads from the standardised data `x_0` to the latent `x_N`, by
    `x_{k+1} = x_k + h f(x_k) + \sqrt{h} g_k e_k`. The second one leads back. Training
    minimises the divergence of the first from the second, as distributions of whole
    paths. For each example this is minus

    `log p(x_N) + \sum_k log p(x_k | x_{k+1}) - log q(x_{k+1} | x_k)`,

    nats, a lower bound on log p(x) in the mean over paths. In a diffusion model f is
    fixed; here both learn, so few steps do. A normalising flow has no noise: it cannot
    tear data apart, but a path can. With little noise and many small steps the bound
    tends to the density of the continuous flow of f.

    In the first `fit` the data is standardised by up to 10,000 examples, as by
    `kgen.flows.Standardize`.

    Args:
        drift: Network f, `x, t[, condition] -> (batch, *data_shape)`, t `(batch,)` in
            0..1, such as `kgen.networks.mlp_field`.
        score: Network s, of the same form.
        num_steps: N, 2 or larger. Training and each draw take N steps.
        first_noise: g at the data, above 0, in the units of standardised data. The
            finest structure of the samples has the size `first_noise / sqrt(N)`.
        last_noise: g at the latent, above 0. In between, log g is interpolated.
        base: p(x_N): `"normal"`, `"logistic"` or a `kgen.flows.Base`.
        **kwargs: See `GenerativeModel`.

    Raises:
        ValueError: for networks whose output has not the shape of x, and for a setting
            of no sense.

    Example:

    >>> model = kgen.build("diffflow", data_shape=(2,), num_steps=8, seed=0)
    >>> x = kgen.data.density("checkerboard").sample(256, seed=0)
    >>> _ = model.fit(x, epochs=1, verbose=0)
    >>> model.elbo(x, seed=0).shape
    TensorShape([256])
    >>> model.sample(5, seed=0).shape
    TensorShape([5, 2])

    References:
        [Zhang & Chen, 2021](https://arxiv.org/abs/2110.07579)
    """

    row_options = {"temperature": Number(ABOVE_0)}

    def __init__(
        self,
        drift: keras.Model,
        score: keras.Model,
        num_steps: int = 30,
        first_noise: float = 0.1,
        last_noise: float = 1.0,
        base: str | bases.Base = "normal",
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.drift = drift
        self.score = score
        self.data_shape = self.latent_shape = input_shape(drift, "x")
        for role in ("drift", "score"):
            check_field(role, getattr(self, role), self.data_shape)
        check_takers(self, drift, score)
        self.num_steps = check_count("DiffFlow", "num_steps", num_steps, fewest=2)
        self.first_noise = _checked_noise("first_noise", first_noise)
        self.last_noise = _checked_noise("last_noise", last_noise)
        self.base = bases.get(base)
        self.scaling = Standardization(self.data_shape, name="scaling")
        # TFP is imported now, not in the middle of the first step.
        from tensorflow_probability import bijectors  # noqa: F401

    def objective(self, x, labels=None, training=False):
        """The negative bound on log p(x) by one path, nats, `(batch,)`."""
        shape = tf.concat([tf.shape(x)[:1], [self.num_steps], tf.shape(x)[1:]], 0)
        noise = tf.random.stateless_normal(shape, self.noise.next(training))
        return {"loss": -self._bound(x, noise, labels, training)}

    @verb
    def elbo(
        self,
        x: Data,
        labels: ArrayLike | None = None,
        seed: int | ArrayLike | None = None,
    ) -> tf.Tensor:
        """The bound on log p(x) by one path, nats, `(batch,)`.

        A lower bound in the mean over paths; that of one path varies.

        Args:
            x: Data `(batch, *data_shape)`.
            labels: Class of each example, if the model has classes.
            seed: An int, a vector of one int per example, or `None`.
        """
        noise = normal_rows(seed, (self.num_steps, *self.data_shape))
        return self._bound(x, noise, labels)

    @verb
    def iwae_bound(
        self,
        x: Data,
        labels: ArrayLike | None = None,
        num_samples: int = 64,
        seed: int | ArrayLike | None = None,
    ) -> tf.Tensor:
        """`log 1/K sum_k p(path_k) / q(path_k | x)`, nats, `(batch,)`.

        Lies between the ELBO and log p(x) in the mean, and rises with K.

        Args:
            x: Data `(batch, *data_shape)`.
            labels: Class of each example, if the model has classes.
            num_samples: K, the number of paths for each example.
            seed: An int, a vector of one int per example, or `None`.
        """
        size = (self.num_steps, *self.data_shape)

        def log_weight(path):
            return self._bound(x, normal_rows(fold_rows(seed, path), size), labels)

        return log_mean_weight(log_weight, tf.range(num_samples))

    @verb(returns="x")
    def sample(
        self,
        num_samples: int | None = None,
        labels: ArrayLike | None = None,
        seed: int | ArrayLike | None = None,
        temperature: float = 1.0,
    ) -> tf.Tensor:
        """Draws from the model, `(num_samples, *data_shape)`.

        Args:
            num_samples: Number of draws; by default the number of `labels` or seeds.
            labels: Class of each draw, if the model has classes.
            seed: An int, a vector of one int per draw, or `None`.
            temperature: Factor of the latent x_N; 1 is the model.
        """
        x = scaled(self.base.sample(seed, self.latent_shape), temperature)
        noise = normal_rows(fold_rows(seed, 1), (self.num_steps, *self.data_shape))
        g, size = self._noises(), 1.0 / self.num_steps
        fields = self._fields(labels)

        def step(k, x):
            drift, score = fields(k + 1, x)
            change = drift - tf.gather(g, k) ** 2 * score
            spread = size**0.5 * tf.gather(g, k)
            return k - 1, x - size * change + spread * tf.gather(noise, k, axis=1)

        _, x = tf.while_loop(
            lambda k, _: k >= 0,
            step,
            (self.num_steps - 1, x),
            maximum_iterations=self.num_steps,
        )
        return self.scaling.unscale(x)

    def adapt(self, data):
        """Takes means and standard deviations from the first data, once."""
        self.scaling.adapt(self, data)

    def _bound(self, x, noise, condition, training=False):
        """The bound by the paths with noise `(batch, num_steps, *data_shape)`."""
        x = self.scaling.scale(x)
        g, size = self._noises(), 1.0 / self.num_steps
        fields = self._fields(condition, training)

        def step(k, x, drift, log_ratio):
            g_k, e = tf.gather(g, k), tf.gather(noise, k, axis=1)
            # Differences: TensorFlow may add up three terms in another order each time.
            x -= -size * drift - size**0.5 * g_k * e
            next_drift, score = fields(k + 1, x)
            # The noise with which the second process takes the same step back.
            change = next_drift - drift - g_k**2 * score
            back = size**0.5 / g_k * change - e
            return k + 1, x, next_drift, log_ratio + 0.5 * summed(e**2 - back**2)

        _, x, _, log_ratio = tf.while_loop(
            lambda k, *_: k < self.num_steps,
            step,
            (0, x, fields(0, x)[0], tf.zeros(tf.shape(x)[:1])),
            maximum_iterations=self.num_steps,
        )
        return self.base.log_prob(x) + log_ratio - self.scaling.log_det_scaling()

    def _noises(self):
        """g of each step, float32 `(num_steps,)`."""
        return tf.constant(
            np.geomspace(self.first_noise, self.last_noise, self.num_steps), tf.float32
        )

    def _fields(self, condition, training=False):
        """Function from the number of a point on the path, and x, to f and s there."""

        def fields(k, x):
            t = tf.fill(tf.shape(x)[:1], tf.cast(k, tf.float32) / self.num_steps)
            return [
                apply(network, x, condition, training, t=t)
                for network in (self.drift, self.score)
            ]

        return fields


def _checked_noise(name, value):
    if not is_number(value) or value <= 0:
        raise ValueError(
            f"DiffFlow was given {name}={value!r}, but expects a finite number above "
            "0. A flow without noise is kgen.ContinuousFlow."
        )
    return value
