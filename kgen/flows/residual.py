"""The residual step: `z = x + g(x)`, invertible as g contracts."""

from collections.abc import Sequence

import tensorflow as tf

from kgen.core.checks.values import check_count, is_number
from kgen.core.config import lookup
from kgen.core.divergence import UNROLLED, exact_jacobian, signs
from kgen.core.random import NoiseSource
from kgen.flows.lipschitz import Contraction
from kgen.flows.steps import Step, summed

LOG_DETS = dict.fromkeys(("auto", "exact", "series"))


class Residual(Step):
    r"""`z = x + g(x)` with a perceptron g whose Lipschitz constant is below 1.

    All values change at once, by a free network: no halves, no order. The inverse is
    the fixed point of `x = z - g(x)`, to the precision of float32.

    The log determinant is exact outside of training: one gradient for each value of an
    example. In training it is too for few values. For many it is the series
    `\sum_k (-1)^{k+1} tr(J^k) / k`, of which a random number of terms is taken, each
    divided by the probability of being taken, and each trace by Hutchinson's random
    signs. The estimate has no bias.

    Args:
        hidden: Units of the hidden layers of g.
        bound: Bound on the Lipschitz constant of g, above 0 and below 1. Closer to 1 a
            step does more, and its inverse and the series take longer.
        log_det: Log determinant in training: `"exact"`, `"series"`, or `"auto"`, exact
            for 8 values or fewer.
        num_terms: Terms of the series that are always taken. Each one after them is
            taken with probability 1/2, if the one before it is.
        seed: Integer that fixes the noise of the series; `None` for a random one.
        **kwargs: See `Step`.

    References:
        [Behrmann et al., 2019](https://arxiv.org/abs/1811.00995),
        [Chen et al., 2019](https://arxiv.org/abs/1906.02735)
    """

    def __init__(
        self,
        hidden: Sequence[int] = (64, 64),
        bound: float = 0.9,
        log_det: str = "auto",
        num_terms: int = 4,
        seed: int | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        if not isinstance(hidden, (list, tuple)):
            raise ValueError(
                f"Residual was given hidden={hidden!r}, but expects a list of ints, 1 "
                "or larger, such as (64, 64)."
            )
        self.hidden = [check_count("Residual", "hidden", units) for units in hidden]
        if not is_number(bound) or not 0 < bound < 1:
            raise ValueError(
                f"Residual was given bound={bound!r}, but expects a number above 0 and "
                "below 1: else the step may have no inverse."
            )
        self.bound = bound
        lookup("log_det", log_det, LOG_DETS)
        self.log_det = log_det
        self.num_terms = check_count("Residual", "num_terms", num_terms)
        self.seed = seed
        self.contraction = Contraction(
            self.hidden, bound, name="contraction", dtype="float32"
        )
        self.noise = NoiseSource(seed, name="noise")

    def connect(self, shape):
        """The same shape, of vectors."""
        if len(shape) != 1:
            raise ValueError(
                f"A Residual step takes vectors, but was given data of shape {shape}. "
                "Put kgen.flows.Flatten() before it."
            )
        self.contraction.build((None, *shape))
        self._few = shape[0] <= UNROLLED
        return super().connect(shape)

    def forward(self, x, conditions=None, training=False):
        """x + g(x)."""
        exact = self.log_det == "exact" or (self.log_det == "auto" and self._few)
        if exact or not training:
            moved, jacobian = self._with_jacobian(x)
            return x + moved, _log_det(jacobian)
        moved, log_det = self._by_series(x)
        return x + moved, log_det

    def inverse(self, z, conditions=None, training=False):
        """The fixed point."""
        kernels = self.contraction.used_kernels()
        x = tf.stop_gradient(self._fixed_point(z, kernels))
        # A step of Newton: it has the gradients of the solution.
        moved, jacobian = self._with_jacobian(x, kernels)
        matrix = tf.stop_gradient(_plus_identity(jacobian))
        step = tf.linalg.solve(matrix, (x + moved - z)[..., None])[..., 0]
        x -= step
        return x, -_log_det(self._with_jacobian(x, kernels)[1])

    def _with_jacobian(self, x, kernels=None):
        kernels = self.contraction.used_kernels() if kernels is None else kernels
        return exact_jacobian(lambda x: self.contraction(x, kernels=kernels), x)

    def _fixed_point(self, z, kernels):
        """x with `x + g(x) = z`; a row stops when it moves no more."""

        def step(x, moves):
            new = z - self.contraction(x, kernels=kernels)
            change = tf.reduce_max(abs(new - x), axis=1)
            size = 1.0 + tf.reduce_max(abs(new), axis=1)
            return tf.where(moves[:, None], new, x), moves & (change > 1e-6 * size)

        x, _ = tf.while_loop(
            lambda _, moves: tf.reduce_any(moves),
            step,
            (z, tf.fill(tf.shape(z)[:1], True)),
            maximum_iterations=1000,
        )
        return x

    def _by_series(self, x):
        """g(x), and an estimate of the log determinant, `(batch,)`."""
        kernels = self.contraction.used_kernels()
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            moved = self.contraction(x, kernels=kernels)
        u = tf.random.stateless_uniform(tf.shape(x), self.noise.next(training=True))
        probe = signs(u)
        u = tf.random.stateless_uniform((), self.noise.next(training=True))
        # P(k or more further terms) = 2^-k.
        further = tf.cast(
            -tf.math.log(tf.maximum(u, 1e-30)) / tf.math.log(2.0), tf.int32
        )
        count = self.num_terms + further

        def term(k, row, total):
            row = tape.gradient(moved, x, row, tf.UnconnectedGradients.ZERO)
            number = tf.cast(k, tf.float32)
            sign = 1.0 - 2.0 * tf.cast((k - 1) % 2, tf.float32)
            odds = 2.0 ** tf.maximum(number - self.num_terms, 0.0)
            return k + 1, row, total + sign * odds / number * summed(row * probe)

        _, _, log_det = tf.while_loop(
            lambda k, *_: k <= count,
            term,
            (1, probe, tf.zeros(tf.shape(x)[:1])),
            maximum_iterations=self.num_terms + 100,
        )
        return moved, log_det


def _plus_identity(jacobian):
    return jacobian + tf.eye(jacobian.shape[-1])


def _log_det(jacobian):
    """`log |det (I + J)|`, `(batch,)`."""
    return tf.linalg.slogdet(_plus_identity(jacobian))[1]
