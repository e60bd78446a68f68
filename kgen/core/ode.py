"""Solvers of ordinary differential equations, row by row, in one graph.

A state is a list of tensors with a row each, `(batch, ...)`, such as a point and the
logarithm of its density. A row does not depend on its batch, the adaptive solver's step
sizes included. (Those of `tfp.math.ode` are one for all rows of a state.)
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from kgen.core.by_row import by_row
from kgen.core.checks.values import check_count, is_number
from kgen.core.config import Configured, lookup, named

State = list[tf.Tensor]
# Explicit Runge-Kutta methods (Butcher tableaus): for each stage but the first, the
# weights of the slopes before it; and the weights of all slopes in the step. A stage is
# at the time that its weights sum up to.
TABLEAUS = {
    "heun": (((1.0,),), (1 / 2, 1 / 2)),
    "rk4": (
        ((1 / 2,), (0.0, 1 / 2), (0.0, 0.0, 1.0)),
        (1 / 6, 1 / 3, 1 / 3, 1 / 6),
    ),
    "dormand_prince": (
        (
            (1 / 5,),
            (3 / 40, 9 / 40),
            (44 / 45, -56 / 15, 32 / 9),
            (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
            (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
            (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
        ),
        (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84, 0.0),
    ),
}
# Weights of the error of a step: those of order 5 minus those of order 4.
ERROR = (
    *(71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525),
    -1 / 40,
)
FIXED = {name: TABLEAUS[name] for name in ("heun", "rk4")}


class Solver(Configured, abc.ABC):
    """A way of solving `dy/dt = f(t, y)`; compares by value.

    A subclass is a frozen dataclass that defines `solve`.
    """

    @abc.abstractmethod
    def solve(
        self,
        slope: Callable[[tf.Tensor, State], State],
        state: Sequence[tf.Tensor],
        start: float,
        end: float,
    ) -> State:
        """The state at the time `end`.

        Args:
            slope: Function from times `(batch,)` and a state to the state's derivative.
            state: The state at `start`: tensors `(batch, ...)`, float32.
            start: A time, the same for all rows.
            end: A time before or after it.
        """


@dataclasses.dataclass(frozen=True)
class RungeKutta(Solver):
    """Steps of one size: Heun's method of order 2, or the classical one of order 4.

    Attributes:
        method: `"heun"`, which evaluates the slope twice in a step, or `"rk4"`, which
            does so four times.
        num_steps: Number of steps.
    """

    method: str = "rk4"
    num_steps: int = 25

    def __post_init__(self):
        lookup("method", self.method, FIXED)
        check_count("RungeKutta", "num_steps", self.num_steps)

    def solve(self, slope, state, start, end):
        """The state at `end`, see `Solver`."""
        tableau, size = FIXED[self.method], (end - start) / self.num_steps
        slope = tf.function(slope, autograph=False)  # Traced once for all stages.

        def step(k, *state):
            time = start + size * tf.cast(k, tf.float32)
            times = tf.fill(tf.shape(state[0])[:1], time)
            slopes = _slopes(slope, times, state, size, tableau)
            return k + 1, *_moved(state, size, slopes, tableau[1])

        _, *state = tf.while_loop(
            lambda k, *_: k < self.num_steps,
            step,
            (0, *state),
            maximum_iterations=self.num_steps,
        )
        return state


@dataclasses.dataclass(frozen=True)
class DormandPrince(Solver):
    """Steps of order 5 whose sizes keep the error of each step within a tolerance.

    Each row has its own step sizes. A row that has not arrived after `max_num_steps` is
    NaN.

    Attributes:
        rtol: Tolerated error, relative to the values of the state, above 0.
        atol: Tolerated error besides, above 0. In float32 less than 1e-6 is not
            reached.
        max_num_steps: The most steps, with those that are taken again.

    References:
        [Dormand & Prince, 1980](https://doi.org/10.1016/0771-050X(80)90013-3)
    """

    rtol: float = 1e-5
    atol: float = 1e-5
    max_num_steps: int = 1000

    def __post_init__(self):
        for name in ("rtol", "atol"):
            value = getattr(self, name)
            if not is_number(value) or value <= 0:
                raise ValueError(
                    f"DormandPrince was given {name}={value!r}, but expects a finite "
                    "number above 0."
                )
        check_count("DormandPrince", "max_num_steps", self.max_num_steps)

    def solve(self, slope, state, start, end):
        """The state at `end`, see `Solver`."""
        tableau, whole = TABLEAUS["dormand_prince"], end - start
        if whole == 0:
            return list(state)
        slope = tf.function(slope, autograph=False)

        def step(done, size, *state):
            # Times are shares of the way, so that a row ends at 1 exactly.
            size = tf.minimum(size, 1.0 - done)
            slopes = _slopes(slope, start + whole * done, state, whole * size, tableau)
            new = _moved(state, whole * size, slopes, tableau[1])
            error = self._error(state, new, slopes, whole * size)
            accepted = error <= 1.0  # Not for NaN.
            factor = 0.9 * tf.maximum(error, 1e-6) ** -0.2
            factor = tf.where(tf.math.is_finite(factor), factor, 0.0)
            left = 1.0 - done - size
            arrived = accepted & (left <= 0.0)
            done = tf.where(arrived, 1.0, tf.where(accepted, done + size, done))
            state = [
                tf.where(by_row(accepted, new), new, old)
                for old, new in zip(state, new, strict=True)
            ]
            return done, size * tf.clip_by_value(factor, 0.2, 5.0), *state

        rows = tf.shape(state[0])[:1]
        done, _, *state = tf.while_loop(
            lambda done, *_: tf.reduce_any(done < 1.0),
            step,
            (tf.zeros(rows), tf.fill(rows, 0.01), *state),
            maximum_iterations=self.max_num_steps,
        )
        return [tf.where(by_row(done < 1.0, y), np.nan, y) for y in state]

    def _error(self, state, new, slopes, size):
        """The error of a step for each row, 1 if it is the tolerated one."""
        found = []
        errors = _moved([tf.zeros_like(y) for y in state], size, slopes, ERROR)
        for before, after, error in zip(state, new, errors, strict=True):
            tolerated = self.atol + self.rtol * tf.maximum(abs(before), abs(after))
            square = (error / tolerated) ** 2
            axes = list(range(1, len(square.shape)))
            found.append(tf.sqrt(tf.reduce_mean(square, axes)))
        return tf.reduce_max(found, axis=0)


def _slopes(slope, times, state, size, tableau):
    """The slopes of all stages of a step from `times`, each a state."""
    slopes = [slope(times, list(state))]
    for weights in tableau[0]:
        inner = _moved(state, size, slopes, weights)
        slopes.append(slope(times + sum(weights) * size, inner))
    return slopes


def _moved(state, size, slopes, weights):
    """The state after a step along a weighted mean of slopes."""
    moved = []
    for y, *found in zip(state, *slopes, strict=True):
        used = [w * s for w, s in zip(weights, found, strict=True) if w]
        # One sum: TensorFlow may add up a chain of terms in another order each time.
        moved.append(y + by_row(size, y) * tf.reduce_sum(used, axis=0))
    return moved


SOLVERS = {
    "heun": lambda: RungeKutta("heun", 50),
    "rk4": RungeKutta,
    "dormand_prince": DormandPrince,
}


def get(solver: str | Solver) -> Solver:
    """A solver from its name in `SOLVERS`; an instance as it is.

    Raises:
        ValueError: for an unknown name, or an object of another class.
    """
    return named("solver", Solver, solver, SOLVERS, optional=False)
