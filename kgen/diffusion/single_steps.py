"""Single steps of a diffusion model: of noise, and of the network."""

from __future__ import annotations

import math

import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core.checks.arguments import check_rows, check_seeds
from kgen.core.random import fold_rows, normal_rows, row_keys
from kgen.core.verb_arguments import condition_of
from kgen.diffusion import settings
from kgen.diffusion.prediction import Estimate


class SingleSteps:
    """The part of `DDPM` that looks at one time."""

    def q_step(
        self, x: ArrayLike, t: int, seed: int | ArrayLike | None = None
    ) -> tf.Tensor:
        """Draws x_t, `(batch, *data_shape)`, from `q(x_t | x_(t-1))`: a step of noise.

        Args:
            x: x_(t-1), `(batch, *data_shape)`, in the units of the network.
            t: int, 1..T.
            seed: An int, a vector of one int per row, or `None`. The noise of other
                times is other noise.
        """
        x, noise = self._noised("q_step", x, t, seed)
        alpha, variance = self.process.forward(t - 1, t)
        return alpha * x + math.sqrt(variance) * noise

    def q_sample(
        self, x: ArrayLike, t: int, seed: int | ArrayLike | None = None
    ) -> tf.Tensor:
        """Draws x_t, `(batch, *data_shape)`, from `q(x_t | x_0)` in one step.

        Args:
            x: x_0, `(batch, *data_shape)`, in the units of the network, see `scaling`.
            t: int, 1..T.
            seed: An int, a vector of one int per row, or `None`.
        """
        x, noise = self._noised("q_sample", x, t, seed)
        return self.process.alpha[t] * x + self.process.sigma[t] * noise

    def predict_x0(
        self,
        x_t: ArrayLike,
        t: int,
        labels: ArrayLike | None = None,
        context: ArrayLike | None = None,
    ) -> Estimate:
        """What the network makes of x_t, an `Estimate`.

        Args:
            x_t: `(batch, *data_shape)`, in the units of the network.
            t: int, 1..T.
            labels: Class of each row, if the model has classes.
            context: Context of each row, if it has a `context_dim`.
        """
        x_t = check_rows("predict_x0", "x_t", x_t, self.data_shape)
        settings.check_time("predict_x0", t, self.num_timesteps)
        condition = condition_of(self, "predict_x0", labels, context, len(x_t))
        return self._predictor(condition)(x_t, tf.constant(t))

    def _noised(self, name, x, t, seed):
        """x as a tensor, and noise that belongs to t."""
        x = check_rows(name, "x", x, self.data_shape)
        settings.check_time(name, t, self.num_timesteps)
        keys = row_keys(check_seeds(self, name, seed, len(x)))
        return x, normal_rows(fold_rows(keys, t), self.data_shape)
