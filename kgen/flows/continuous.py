"""The continuous flow: a differential equation between data and noise."""

from __future__ import annotations

import functools
import math

import keras
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core import ode
from kgen.core.by_row import scaled
from kgen.core.checks.limits import ABOVE_0
from kgen.core.checks.values import check_count, check_number
from kgen.core.divergence import (
    axes_like,
    exact_divergence,
    hutchinson_divergence,
    jacobian_terms,
    over_probes,
    signs,
)
from kgen.core.hints import Data
from kgen.core.model import GenerativeModel
from kgen.core.random import fold_rows, uniform_rows
from kgen.core.scaling import Standardization
from kgen.core.specs import Number
from kgen.core.verbs import verb
from kgen.flows import bases
from kgen.flows.fields import check_settings
from kgen.networks.inputs import apply, input_shape


class ContinuousFlow(GenerativeModel):
    r"""`log p(x) = log p(z) + \int_0^1 tr(df/dx) dt`, where `dx/dt = f(x, t)` (FFJORD).

    The equation starts at the standardised data x at t = 0 and ends at z at t = 1. Any
    smooth network f gives an invertible flow. Training minimises `-log p(x)`, nats, and
    differentiates through the fixed steps of `training_solver`: memory grows with their
    number. With too few steps the loss falls below what the density is: evaluation, as
    of `validation_data`, solves by `"rk4"` with 25 steps, and so do verbs by default.

    In training the trace is exact for few values, else Hutchinson's estimate with
    random signs, the same along a path. The density of `log_prob` has the exact trace.

    `kinetic_energy` and `jacobian_norm` add to the loss the mean of `|f|^2` and of the
    squared Frobenius norm of `df/dx` along the path, each by a weight: paths become
    straighter, and need fewer steps. Then `negative_log_prob` and both terms are
    logged.

    In the first `fit` the data is standardised by up to 10,000 examples, as by
    `kgen.flows.Standardize`.

    Args:
        field: Network `x, t[, condition] -> (batch, *data_shape)`, t `(batch,)` in
            0..1, such as `kgen.networks.mlp_field`. It should be smooth in x.
        base: p(z): `"normal"`, `"logistic"` or a `kgen.flows.Base`.
        training_solver: A `kgen.flows.RungeKutta`, or the name `"rk4"` or `"heun"`.
        divergence: The trace in training: `"exact"`, one gradient for each value of an
            example; `"hutchinson"`, one gradient; `"auto"`, exact for 4 values or
            fewer.
        kinetic_energy: Weight of the kinetic energy, 0 or larger.
        jacobian_norm: Weight of the Jacobian's squared norm, 0 or larger.
        **kwargs: See `GenerativeModel`.

    Raises:
        ValueError: for a field whose output has not the shape of x, and for a setting
            of no sense.

    Example:

    >>> flow = kgen.build("ffjord", data_shape=(2,), num_steps=4, seed=0)
    >>> x = kgen.data.density("moons").sample(256, seed=0)
    >>> _ = flow.fit(x, epochs=1, verbose=0)
    >>> flow.log_prob(x).shape
    TensorShape([256])
    >>> bool(np.allclose(flow.decode(flow.encode(x)), x, atol=1e-3))
    True

    References:
        [Grathwohl et al., 2019](https://arxiv.org/abs/1810.01367),
        [Finlay et al., 2020](https://arxiv.org/abs/2002.02798)
    """

    row_options = {"temperature": Number(ABOVE_0)}

    def __init__(
        self,
        field: keras.Model,
        base: str | bases.Base = "normal",
        training_solver: str | ode.RungeKutta = ode.RungeKutta("rk4", 8),  # noqa: B008
        divergence: str = "auto",
        kinetic_energy: float = 0.0,
        jacobian_norm: float = 0.0,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.field = field
        self.data_shape = self.latent_shape = input_shape(field, "x")
        self.base = bases.get(base)
        self.training_solver = training_solver
        self.divergence = divergence
        self.kinetic_energy = check_number("kinetic_energy", kinetic_energy)
        self.jacobian_norm = check_number("jacobian_norm", jacobian_norm)
        check_settings(self)
        self.scaling = Standardization(self.data_shape, name="scaling")
        if kinetic_energy or jacobian_norm:
            for name in ("negative_log_prob", "kinetic_energy", "jacobian_norm"):
                self.add_term(name)
        # TFP is imported now, not in the middle of the first step.
        from tensorflow_probability import bijectors  # noqa: F401

    def objective(self, x, labels=None, training=False):
        """`-log p(x)`, nats, with the weighted penalties; `(batch,)` each."""
        y = self.scaling.scale(x)
        zeros = tf.zeros(tf.shape(y)[:1])
        slope = self._penalised_slope(self._probes(y, training), labels, training)
        solver = ode.get(self.training_solver if training else "rk4")
        state = [y, zeros, zeros, zeros]
        z, integral, energy, norm = solver.solve(slope, state, 0.0, 1.0)
        negative_log_prob = -(
            self.base.log_prob(z) + integral - self.scaling.log_det_scaling()
        )
        penalties = self.kinetic_energy * energy + self.jacobian_norm * norm
        terms = {
            "loss": negative_log_prob + penalties,
            "negative_log_prob": negative_log_prob,
            "kinetic_energy": energy,
            "jacobian_norm": norm,
        }
        return {name: terms[name] for name in self.terms}

    @verb
    def log_prob(
        self,
        x: Data,
        labels: ArrayLike | None = None,
        solver: str | ode.Solver = "rk4",
    ) -> tf.Tensor:
        """log p(x), nats, `(batch,)`, a density, up to the error of the solver.

        The trace is exact: each evaluation of the field takes a gradient for each value
        of an example. `ode_likelihood` takes one.

        Args:
            x: Data `(batch, *data_shape)`.
            labels: Class of each example, if the model has classes; a model with a
                `context_shape` takes `context`.
            solver: `"rk4"` (25 steps, 100 evaluations), `"heun"` (50 steps, 100
                evaluations), `"dormand_prince"` (adaptive steps) or an instance of
                `kgen.flows.RungeKutta` or `kgen.flows.DormandPrince`. Each has its own
                graph.
        """
        return self._log_density(x, labels, solver, exact_divergence)

    @verb
    def ode_likelihood(
        self,
        x: Data,
        labels: ArrayLike | None = None,
        solver: str | ode.Solver = "rk4",
        num_probes: int = 4,
        seed: int | ArrayLike | None = None,
    ) -> dict[str, tf.Tensor]:
        """An estimate of log p(x) by Hutchinson's trace, with its standard error.

        The estimate has no bias, but for the error of the solver.

        Args:
            x: Data `(batch, *data_shape)`.
            labels: Class of each example, if the model has classes.
            solver: See `log_prob`.
            num_probes: Number of paths for each example, 2 or more, each with signs of
                its own. An evaluation of the field takes a gradient for each.
            seed: An int, a vector of one int per example, or `None`.

        Returns:
            Dictionary: `log_likelihood`, the mean over the paths, and its
            `standard_error`, nats, `(batch,)` each.
        """
        check_count("ode_likelihood", "num_probes", num_probes, fewest=2)

        def estimate(k):
            probe = signs(uniform_rows(fold_rows(seed, k), self.data_shape))
            divergence = functools.partial(hutchinson_divergence, probe=probe)
            return self._log_density(x, labels, solver, divergence)

        return over_probes(estimate, num_probes)

    @verb(returns="z")
    def encode(
        self,
        x: Data,
        labels: ArrayLike | None = None,
        solver: str | ode.Solver = "rk4",
    ) -> tf.Tensor:
        """z, the end of the path of x, `(batch, *latent_shape)`.

        Args:
            x: Data `(batch, *data_shape)`.
            labels: Class of each example, if the model has classes.
            solver: See `log_prob`. `decode` with the same solver restores x up to its
                error.
        """
        y = self.scaling.scale(x)
        slope = self._slope(labels)
        (z,) = ode.get(solver).solve(slope, [y], 0.0, 1.0)
        return z

    @verb(returns="x")
    def decode(
        self,
        z: ArrayLike,
        labels: ArrayLike | None = None,
        solver: str | ode.Solver = "rk4",
    ) -> tf.Tensor:
        """x, the start of the path that ends at z, `(batch, *data_shape)`.

        Args:
            z: Latents `(batch, *latent_shape)`.
            labels: Class of each example, if the model has classes.
            solver: See `log_prob`.
        """
        return self._decoded(z, labels, solver)

    @verb(returns="x")
    def sample(
        self,
        num_samples: int | None = None,
        labels: ArrayLike | None = None,
        seed: int | ArrayLike | None = None,
        temperature: float = 1.0,
        solver: str | ode.Solver = "rk4",
    ) -> tf.Tensor:
        """Draws from the model, `(num_samples, *data_shape)`.

        Args:
            num_samples: Number of draws; by default the number of `labels` or seeds.
            labels: Class of each draw, if the model has classes.
            seed: An int, a vector of one int per draw, or `None`.
            temperature: Factor of z; 1 is the model, below 1 draws keep to the middle
                of the base.
            solver: See `log_prob`.
        """
        z = scaled(self.base.sample(seed, self.latent_shape), temperature)
        return self._decoded(z, labels, solver)

    def adapt(self, data):
        """Takes means and standard deviations from the first data, once."""
        self.scaling.adapt(self, data)

    def _field_at(self, t, condition, training=False):
        """The field at times `(batch,)`: a function of points."""
        return lambda x: apply(self.field, x, condition, training, t=t)

    def _slope(self, condition, divergence=None):
        """The right side of the equation, of x and of the log determinant."""

        def slope(t, state):
            field = self._field_at(t, condition)
            if divergence is None:
                return [field(state[0])]
            return list(divergence(field, state[0]))

        return slope

    def _penalised_slope(self, probes, condition, training):
        """The right side for x, log determinant, energy and the Jacobian's norm."""

        def slope(t, state):
            field = self._field_at(t, condition, training)
            vectors, trace, norm = jacobian_terms(field, state[0], probes)
            axes = list(range(1, len(vectors.shape)))
            return [vectors, trace, tf.reduce_sum(vectors**2, axes), norm]

        return slope

    def _probes(self, y, training):
        """Unit vectors for an exact trace, or one tensor of signs."""
        few = math.prod(self.data_shape) <= 4
        if self.divergence == "exact" or (self.divergence == "auto" and few):
            return axes_like(y)
        key = self.noise.next(training)
        return [signs(tf.random.stateless_uniform(tf.shape(y), key))]

    def _log_density(self, x, labels, solver, divergence):
        y = self.scaling.scale(x)
        slope = self._slope(labels, divergence)
        state = [y, tf.zeros(tf.shape(y)[:1])]
        z, integral = ode.get(solver).solve(slope, state, 0.0, 1.0)
        return self.base.log_prob(z) + integral - self.scaling.log_det_scaling()

    def _decoded(self, z, labels, solver):
        slope = self._slope(labels)
        (y,) = ode.get(solver).solve(slope, [z], 1.0, 0.0)
        return self.scaling.unscale(y)
