"""Methods of `DDPM` that look at one time: steps of noise, and of the network."""

from __future__ import annotations

import math

import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core.checks.arguments import check_rows, check_seeds
from kgen.core.random import fold_rows, normal_rows, row_keys
from kgen.core.verb_arguments import condition_of
from kgen.diffusion.prediction import Estimate
from kgen.diffusion.settings import check_time


def q_step(
    model, x: ArrayLike, t: int, seed: int | ArrayLike | None = None
) -> tf.Tensor:
    """Draws x_t, `(batch, *data_shape)`, from `q(x_t | x_(t-1))`: a step of noise.

    Args:
        model: A `DDPM`.
        x: x_(t-1), `(batch, *data_shape)`, in the units of the network.
        t: int, 1..T.
        seed: An int, a vector of one int per row, or `None`. Each time has its own
            noise.
    """
    x, noise = _noised(model, "q_step", x, t, seed)
    alpha, variance = model.process.forward(t - 1, t)
    return alpha * x + math.sqrt(variance) * noise


def q_sample(
    model, x: ArrayLike, t: int, seed: int | ArrayLike | None = None
) -> tf.Tensor:
    """Draws x_t, `(batch, *data_shape)`, from `q(x_t | x_0)` in one step.

    Args:
        model: A `DDPM`.
        x: x_0, `(batch, *data_shape)`, in the units of the network, see `scaling`.
        t: int, 1..T.
        seed: An int, a vector of one int per row, or `None`.
    """
    x, noise = _noised(model, "q_sample", x, t, seed)
    return model.process.alpha[t] * x + model.process.sigma[t] * noise


def predict_x0(
    model,
    x_t: ArrayLike,
    t: int,
    labels: ArrayLike | None = None,
    context: ArrayLike | None = None,
) -> Estimate:
    """The network's `Estimate` from x_t.

    Args:
        model: A `DDPM`.
        x_t: `(batch, *data_shape)`, in the units of the network.
        t: int, 1..T.
        labels: Class of each row, if the model has classes.
        context: Context of each row, if it has a `context_shape`.
    """
    x_t = check_rows("predict_x0", "x_t", x_t, model.data_shape)
    check_time("predict_x0", t, model.num_timesteps)
    condition = condition_of(model, "predict_x0", labels, context, len(x_t))
    return model.predictor.x0(model.denoiser, x_t, tf.constant(t), condition)


def _noised(model, name, x, t, seed):
    """x as a tensor, and the noise for t."""
    x = check_rows(name, "x", x, model.data_shape)
    check_time(name, t, model.num_timesteps)
    keys = row_keys(check_seeds(model, name, seed, len(x)))
    return x, normal_rows(fold_rows(keys, t), model.data_shape)
