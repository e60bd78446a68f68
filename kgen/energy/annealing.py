"""log Z of an energy by annealed importance sampling, from below and from above."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from kgen.core.random import fold_in

ACCEPTANCE = 0.8  # The share of accepted moves that step sizes are tuned for.
GAIN = 0.2  # By how much a run that tunes changes the logarithm of the step size.
FIRST, LARGEST = 0.1, 1.0  # Step sizes, in the units of the network.
STEEPNESS = 4.0  # Of the ladder: most temperatures lie near its two ends.


class LogNormalizer(NamedTuple):
    """What `EnergyModel.log_normalizer` found.

    Attributes:
        value: Estimate of log Z, nats. Its mean over seeds is at most log Z.
        error: Standard error of `value`, nats, from the spread of the weights.
        effective: Effective number of runs, from 1 to their number. If it is below 10
            or so, take more temperatures: the error is then too small as well.
        acceptance: Share of accepted moves.
        upper: Estimate from exact draws, nats, whose mean is at least log Z. `None`
            without draws.
        upper_error: Its standard error, nats.
    """

    value: float
    error: float
    effective: float
    acceptance: float
    upper: float | None
    upper_error: float | None


class Path(NamedTuple):
    """Densities from a start to an energy, `p_0^(1 - b) exp(-b E)` for b in 0..1.

    Attributes:
        energy: Function from points `(batch, ...)` to energies `(batch,)`.
        start: Function from points to log p_0, nats, `(batch,)`; p_0 has integral 1.
        inside: Function that reflects points at walls: `Cube.inside`.
    """

    energy: Callable
    start: Callable
    inside: Callable

    def ratio(self, y):
        """`-E - log p_0`, whose multiples lead from one density to the next."""
        return -self.energy(y) - self.start(y)

    def potential(self, y, b):
        """Minus the log density at b, up to a constant, and its gradient."""
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(y)
            value = b * self.energy(y) - (1.0 - b) * self.start(y)
        return value, tape.gradient(value, y)


def ladder(num_temperatures):
    """The values of b of a path, float64 `(num_temperatures + 1,)`, from 0 to 1."""
    place = np.linspace(-STEEPNESS, STEEPNESS, num_temperatures + 1)
    rising = 1.0 / (1.0 + np.exp(-place))
    return (rising - rising[0]) / (rising[-1] - rising[0])


def hamiltonian_move(path, y, b, step_size, num_leapfrog, key):
    """A move that leaves the density at b as it is.

    Each row follows Hamilton's equations for `num_leapfrog` steps, from a random
    momentum that walls reflect. The end is accepted or refused by the rule of
    Metropolis.

    Returns:
        `(y, accepted)`: points, and bools `(batch,)`.
    """
    axes = tuple(range(1, len(y.shape)))

    def kinetic(momentum):
        return 0.5 * tf.reduce_sum(momentum**2, axis=axes)

    momentum = tf.random.stateless_normal(tf.shape(y), fold_in(key, 0))
    potential, gradient = path.potential(y, b)
    before = potential + kinetic(momentum)

    def leap(k, end, momentum, _, gradient):
        momentum -= 0.5 * step_size * gradient
        end, signs = path.inside(end + step_size * momentum)
        potential, gradient = path.potential(end, b)
        momentum = signs * momentum - 0.5 * step_size * gradient
        return k + 1, end, momentum, potential, gradient

    _, end, momentum, potential, _ = tf.while_loop(
        lambda k, *_: k < num_leapfrog,
        leap,
        (0, y, momentum, potential, gradient),
        maximum_iterations=num_leapfrog,
    )
    change = potential + kinetic(momentum) - before
    uniform = tf.random.stateless_uniform(tf.shape(y)[:1], fold_in(key, 1))
    accepted = tf.math.log(uniform) < -change  # False for NaN, too.
    chosen = tf.reshape(accepted, [-1] + [1] * len(axes))
    return tf.where(chosen, end, y), accepted


def annealed(path, y, key, betas, step_sizes, num_leapfrog, tunes=False, back=False):
    """Runs along a path, and the logarithms of their importance weights.

    A run starts from an exact draw of one end. `exp(log_weights)` is in the mean the
    ratio of the integrals: that of the other end over that of the start.

    Args:
        path: The `Path`.
        y: Exact draws of the density at b = 0, or with `back` at b = 1.
        key: Seed for `tf.random.stateless_*`.
        betas: `(K + 1,)`, see `ladder`.
        step_sizes: Of the move at each b but the first, `(K,)`.
        num_leapfrog: Number of steps in a move.
        tunes: Whether the step size follows the share of accepted moves instead. The
            weights are then no exact ones.
        back: Whether runs go from b = 1 to 0.

    Returns:
        `(log_weights, step_sizes, acceptance)`: float64 `(batch,)`, and float32 `(K,)`
        twice, in the order of `betas`.
    """
    num_moves = len(betas) - 1
    betas = tf.constant(betas, tf.float64)

    def weighed(y, now, then):
        change = tf.cast(path.ratio(y), tf.float64)
        return (tf.gather(betas, then) - tf.gather(betas, now)) * change

    def step(k, y, log_weights, step_size, used, shares):
        rung = num_moves - 1 - k if back else k
        if not tunes:
            step_size = tf.gather(step_sizes, rung)
        if not back:
            log_weights += weighed(y, rung, rung + 1)
        b = tf.cast(tf.gather(betas, rung + 1), tf.float32)
        y, accepted = hamiltonian_move(
            path, y, b, step_size, num_leapfrog, fold_in(key, rung)
        )
        if back:
            log_weights += weighed(y, rung + 1, rung)
        share = tf.reduce_mean(tf.cast(accepted, tf.float32))
        used, shares = used.write(rung, step_size), shares.write(rung, share)
        if tunes:
            step_size *= tf.exp(GAIN * (share - ACCEPTANCE))
            step_size = tf.minimum(step_size, LARGEST)
        return k + 1, y, log_weights, step_size, used, shares

    tables = [tf.TensorArray(tf.float32, num_moves) for _ in range(2)]
    first = (0, y, tf.zeros(tf.shape(y)[:1], tf.float64), step_sizes[0], *tables)
    _, _, log_weights, _, used, shares = tf.while_loop(
        lambda k, *_: k < num_moves, step, first, maximum_iterations=num_moves
    )
    return log_weights, used.stack(), shares.stack()


def log_mean_exp(log_weights):
    """log of the mean of weights, its standard error, and the effective number."""
    log_weights = np.asarray(log_weights, np.float64)
    highest = log_weights.max()
    weights = np.exp(log_weights - highest)
    mean = weights.mean()
    error = weights.std(ddof=1) / mean / np.sqrt(len(weights))
    effective = weights.sum() ** 2 / np.sum(weights**2)
    return float(highest + np.log(mean)), float(error), float(effective)


def log_integral(path, y, key, num_temperatures, num_leapfrog, draws=None):
    """log of the integral of `exp(-E)` over the points of a path, in their units.

    A first run tunes the step size of each move. Then the step sizes stay fixed, which
    keeps the moves exact.

    Args:
        path: The `Path`.
        y: Exact draws of p_0, `(runs, ...)`, a tensor.
        key: Seed for `tf.random.stateless_*`.
        num_temperatures: Number of steps from one density to the next.
        num_leapfrog: Number of steps in a move.
        draws: Exact draws of `exp(-E) / Z`, a tensor, for `upper`; or `None`.

    Returns:
        A `LogNormalizer`.
    """
    betas = ladder(num_temperatures)

    def run(y, number, step_sizes, **kind):
        def along(y, step_sizes):
            seed = fold_in(key, number)
            return annealed(path, y, seed, betas, step_sizes, num_leapfrog, **kind)

        graph = tf.function(along, autograph=False)
        return graph.get_concrete_function(y, step_sizes)(y, step_sizes)

    sizes = tf.fill([num_temperatures], FIRST)
    _, sizes, _ = run(y, 0, sizes, tunes=True)
    log_weights, _, shares = run(y, 1, sizes)
    value, error, effective = log_mean_exp(log_weights)
    upper = upper_error = None
    if draws is not None:
        log_weights, _, _ = run(draws, 2, sizes, back=True)
        upper, upper_error, _ = log_mean_exp(log_weights)
        upper = -upper
    acceptance = float(np.mean(shares))
    return LogNormalizer(value, error, effective, acceptance, upper, upper_error)
