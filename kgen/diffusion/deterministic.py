"""Verbs of `DDPM` that follow the way between data and noise without any noise."""

from __future__ import annotations

import functools
import math

import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core import ode
from kgen.core.checks.values import check_count
from kgen.core.divergence import (
    exact_divergence,
    hutchinson_divergence,
    over_probes,
    signs,
)
from kgen.core.hints import Data
from kgen.core.random import fold_rows, normal_rows, uniform_rows
from kgen.core.verbs import verb
from kgen.diffusion import samplers, settings
from kgen.diffusion.sampling import run_sampler


@verb(returns="z", available_if=lambda self: self.sampler.deterministic)
def encode(
    self,
    x: Data,
    labels: ArrayLike | None = None,
    sampler: str | samplers.Sampler | None = None,
    solver: str | ode.Solver | None = None,
) -> tf.Tensor:
    """The noise x_T that a deterministic sampler turns into x, nearly N(0, I).

    Args:
        x: Data `(batch, *data_shape)`.
        labels: Class of each example, if the model has classes.
        sampler: Name or instance; by default the model's. `decode` restores x up to
            an error, which falls with more steps.
        solver: In place of a sampler, the solver of the probability-flow ODE, see
            `log_prob`. `decode` with the same solver restores x up to its error. It
            clips no x_0 to the range of images, as samplers do.
    """
    y = self.scaling.scale(x)
    if solver is not None:
        solver = settings.only_solver("encode", sampler, solver)
        return self.probability_flow.encode(_targets(self, labels), y, solver)
    sampler = settings.deterministic(self.sampler if sampler is None else sampler)
    steps = sampler.steps_up(self.process)
    return run_sampler(steps, self.process, self._predictor(labels), y)


@verb(returns="x", available_if=lambda self: self.sampler.deterministic)
def decode(
    self,
    z: ArrayLike,
    labels: ArrayLike | None = None,
    sampler: str | samplers.Sampler | None = None,
    solver: str | ode.Solver | None = None,
) -> tf.Tensor:
    """The result of a deterministic sampler from x_T, `(batch, *data_shape)`.

    Args:
        z: x_T, `(batch, *data_shape)`.
        labels: Class of each example, if the model has classes.
        sampler: Name or instance; by default the model's.
        solver: In place of a sampler, the solver of the probability-flow ODE. The
            result has the least noise of the model, that of t = 1.
    """
    if solver is not None:
        solver = settings.only_solver("decode", sampler, solver)
        y = self.probability_flow.decode(_targets(self, labels), z, solver)
        return self.scaling.unscale(y)
    sampler = settings.deterministic(self.sampler if sampler is None else sampler)
    steps = sampler.steps(self.process, self.variance)
    y = run_sampler(steps, self.process, self._predictor(labels), z)
    return self.scaling.unscale(y)


# Not exported: its time grows with the size of the data. `ode_likelihood` is.
@verb(exported=False, available_if=lambda self: self.likelihood is None)
def log_prob(
    self,
    x: Data,
    labels: ArrayLike | None = None,
    solver: str | ode.Solver = "rk4",
) -> tf.Tensor:
    """log p(x) by the probability-flow ODE, nats, `(batch,)`, up to its error.

    p is the density of x_1 / alpha_1: of data with the least noise of the model, whose
    standard deviation is sigma_1 / alpha_1 in the units of the network. Data that is
    smooth at this scale has nearly the same density. p belongs to the ODE, so `elbo`, a
    bound for the chain of T steps, may be above it. x_T is taken as N(0, I), which a
    `"linear"` schedule misses by about 0.01 nats. Models over `levels` have
    probabilities instead: see `ode_likelihood`.

    The divergence is exact: each evaluation of the network takes a gradient for each
    value of an example. For images `ode_likelihood` takes one.

    Args:
        x: Data `(batch, *data_shape)`.
        labels: Class of each example, if the model has classes.
        solver: `"rk4"` (25 steps, 100 evaluations), `"heun"` (50 steps, 100
            evaluations), `"dormand_prince"` (adaptive steps) or an instance of
            `kgen.diffusion.RungeKutta` or `kgen.diffusion.DormandPrince`. Each has its
            own graph.

    References:
        [Song et al., 2021](https://arxiv.org/abs/2011.13456)
    """
    solver, y = ode.get(solver), self.scaling.scale(x)
    predict = _targets(self, labels)
    found = self.probability_flow.log_prob(predict, y, solver, exact_divergence)
    return found - self.scaling.log_det_scaling()


@verb
def ode_likelihood(
    self,
    x: Data,
    labels: ArrayLike | None = None,
    solver: str | ode.Solver = "rk4",
    num_probes: int = 4,
    seed: int | ArrayLike | None = None,
) -> dict[str, tf.Tensor]:
    """An estimate of log p(x) by the probability-flow ODE, with its standard error.

    Hutchinson's estimate of the divergence replaces the exact one of `log_prob`. Its
    probes are random signs, the same along a path. The estimate has no bias, but for
    the error of the solver.

    For data over `levels` it estimates a lower bound on their log probability. It is
    `elbo` with the density of x_1 by the ODE in the place of the chain from t = 2 to T.

    Args:
        x: Data `(batch, *data_shape)`.
        labels: Class of each example, if the model has classes.
        solver: See `log_prob`.
        num_probes: Number of paths for each example, 2 or more, each with its own
            probe, and with its own noise for data over levels. An evaluation of the
            network and a gradient are needed for each.
        seed: An int, a vector of one int per example, or `None`.

    Returns:
        Dictionary: `log_likelihood`, the mean over the paths, and its
        `standard_error`, nats, `(batch,)` each.

    References:
        [Grathwohl et al., 2019](https://arxiv.org/abs/1810.01367),
        [Song et al., 2021](https://arxiv.org/abs/2011.13456)
    """
    check_count("ode_likelihood", "num_probes", num_probes, fewest=2)
    solver, y = ode.get(solver), self.scaling.scale(x)
    log_prob_of_path = _bound_of_levels if self.likelihood else _log_prob_by_probe

    def estimate(k):
        return log_prob_of_path(self, y, labels, solver, fold_rows(seed, k))

    found = over_probes(estimate, num_probes)
    found["log_likelihood"] -= self.scaling.log_det_scaling()
    return found


def _targets(model, labels):
    """Function from x_t and real times to the network's target, without clipping."""

    def predict(x_t, t):
        return model.predictor.target(model.denoiser, x_t, t, labels)[0]

    return predict


def _log_prob_by_probe(model, y, labels, solver, keys):
    """The log density of y in the network's units, by one probe, nats, `(batch,)`."""
    shape = y.shape[1:]
    probe = signs(uniform_rows(fold_rows(keys, 0), shape))
    divergence = functools.partial(hutchinson_divergence, probe=probe)
    predict = _targets(model, labels)
    return model.probability_flow.log_prob(predict, y, solver, divergence)


def _bound_of_levels(model, y, labels, solver, keys):
    """`log p(x_1) + log P(y | x_1) - log q(x_1 | y)` for one x_1, nats, `(batch,)`."""
    shape = y.shape[1:]
    noise = normal_rows(fold_rows(keys, 1), shape)
    alpha, sigma = model.process.alpha[1], model.process.sigma[1]
    noisy = y + sigma / alpha * noise
    log_p = _log_prob_by_probe(model, noisy, labels, solver, keys)
    squares = tf.reduce_sum(noise**2, axis=list(range(1, len(y.shape))))
    volume = math.prod(shape) * math.log(2.0 * math.pi * (sigma / alpha) ** 2)
    log_q = -0.5 * (squares + volume)
    first = tf.ones(tf.shape(y)[:1], tf.int32)
    found = model._predictor(labels)(alpha * noisy, first)
    cost = model.bound.term(y, first, found.x_0, found.variance_fraction)
    return log_p - cost - log_q
