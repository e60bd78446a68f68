"""The probability-flow ODE, whose solutions have the distribution of x_t at each t."""

import functools
import math

import numpy as np
import tensorflow as tf

from kgen.core.by_row import by_row

# The solver's variable is u = angle^(1 / WARP). Equal steps of u are small near the
# data, as those of Karras et al. (2022) are.
WARP = 3.0


class ProbabilityFlow:
    """`dy / d angle = cos(angle) noise - sin(angle) x_0`, from data to noise and back.

    x_t is seen on a circle: `x_t = r y` with `r^2 = alpha_t^2 + sigma_t^2`, and the
    angle is `arctan(sigma_t / alpha_t)`. The equation is then the same for all
    schedules, and finite in pure noise. x_0 and noise are the network's predictions
    from x_t.

    It runs from the least noise, t = 1, to t = T. Between these times, log t is
    interpolated in the logarithm of the angle; a network has to take such times.

    Arguments `predict` are functions from x_t and real times t, `(batch,)`, to the
    target of the network.

    Args:
        process: The `Process`.

    References:
        [Song et al., 2021](https://arxiv.org/abs/2011.13456), section 4.3;
        [Karras et al., 2022](https://arxiv.org/abs/2206.00364)
    """

    def __init__(self, process):
        self.process = process
        alpha, sigma = process.alpha[1:], process.sigma[1:]
        self.angles, self.radii = np.arctan2(sigma, alpha), np.hypot(alpha, sigma)
        self.ends = self.angles[0] ** (1 / WARP), self.angles[-1] ** (1 / WARP)

    def encode(self, predict, x, solver):
        """x_T, the noise at the end of the path of x, `(batch, ...)`.

        Args:
            predict: See the class.
            x: Data with the least noise, `x_1 / alpha_1`, in the network's units.
            solver: A `kgen.core.ode.Solver`.
        """
        (y,) = solver.solve(self._slope(predict), [self._from_data(x)], *self.ends)
        return self.radii[-1] * y

    def decode(self, predict, x, solver):
        """The inverse of `encode`, up to the error of the solver."""
        start, end = self.ends
        (y,) = solver.solve(self._slope(predict), [x / self.radii[-1]], end, start)
        return y / math.cos(self.angles[0])

    def log_prob(self, predict, x, solver, divergence):
        """Log density of `x_1 / alpha_1` at x, nats, `(batch,)`; x_T is N(0, I).

        Args:
            predict: See the class.
            x: `(batch, ...)`, in the network's units.
            solver: A `kgen.core.ode.Solver`.
            divergence: Function of `kgen.core.divergence`, of a field and of points.
        """
        # d log p(y) / dt = -div dy/dt along a path.
        state = [self._from_data(x), tf.zeros(tf.shape(x)[:1])]
        y, log_det = solver.solve(self._slope(predict, divergence), state, *self.ends)
        size = math.prod(x.shape[1:])
        squares = tf.reduce_sum(y**2, axis=list(range(1, len(y.shape))))
        log_prior = -0.5 * (self.radii[-1] ** 2 * squares + size * math.log(2 * np.pi))
        volume = size * math.log(self.radii[-1] * math.cos(self.angles[0]))
        return log_prior + log_det + volume

    def velocity(self, predict, angle, y):
        """`dy / d angle`, `(batch, ...)`.

        Args:
            predict: See the class.
            angle: `(batch,)`, within the angles of t = 1 and T.
            y: `(batch, ...)`.
        """
        cos, sin = tf.cos(angle), tf.sin(angle)
        t, radius = self.times(angle)
        a, b = self.process.coefficients(radius * cos, radius * sin)
        target = predict(by_row(radius, y) * y, t)
        # target = a x_0 + b noise and y = cos x_0 + sin noise, solved for the velocity.
        rest = target - by_row(a * cos + b * sin, y) * y
        return rest / by_row(b * cos - a * sin, y)

    def times(self, angle):
        """Real times t, 1 to T, and r, for angles; `(batch,)` each, float32."""
        t = np.arange(1, len(self.angles) + 1)
        log_t = _interpolated(tf.math.log(angle), np.log(self.angles), np.log(t))
        t = tf.exp(log_t)
        return t, _interpolated(t, np.arange(1.0, len(self.radii) + 1), self.radii)

    def _slope(self, predict, divergence=None):
        """The right side of the equation in u, of y and of the log determinant."""

        def slope(u, state):
            angle, rate = u**WARP, WARP * u ** (WARP - 1.0)
            field = functools.partial(self.velocity, predict, angle)
            if divergence is None:
                velocity = field(state[0])
                return [by_row(rate, velocity) * velocity]
            velocity, trace = divergence(field, state[0])
            return [by_row(rate, velocity) * velocity, rate * trace]

        return slope

    def _from_data(self, x):
        return math.cos(self.angles[0]) * x


def _interpolated(x, knots, values):
    """Values at x, float32, on the straight lines between the rising knots."""
    if len(knots) == 1:
        return tf.fill(tf.shape(x), np.float32(values[0]))
    inner = tf.constant(knots[1:-1], tf.float32)
    index = tf.searchsorted(inner, x, side="right")
    slopes = np.diff(values) / np.diff(knots)
    knots, values, slopes = (
        tf.gather(tf.constant(table, tf.float32), index)
        for table in (knots[:-1], values[:-1], slopes)
    )
    return values + slopes * (x - knots)
