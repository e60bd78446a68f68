"""A diffusion of Gaussian data, whose best network is known in closed form."""

import keras
import numpy as np
import tensorflow as tf
from scipy.stats import multivariate_normal

import kgen
from kgen.diffusion.process import Process

MEAN = np.array([1.5, -0.5])
COVARIANCE = np.array([[0.7, 0.4], [0.4, 0.5]])
DATA = multivariate_normal(MEAN, COVARIANCE)


class ExactDenoiser(keras.layers.Layer):
    """`a E[x_0 | x_t] + b E[noise | x_t]` for x_0 ~ N(mean, covariance)."""

    def __init__(self, process):
        super().__init__()
        self.process = process

    def call(self, x, t):
        """The best prediction of the target, at any real time of 1 to T."""
        alpha, sigma, a, b = self.tables(t)
        total = alpha[..., None] ** 2 * COVARIANCE + sigma[..., None] ** 2 * np.eye(2)
        rest = (tf.cast(x, tf.float64) - alpha * MEAN)[..., None]
        whitened = tf.linalg.solve(total, rest)[..., 0]
        x_0 = MEAN + alpha * whitened @ COVARIANCE
        return tf.cast(a * x_0 + b * sigma * whitened, tf.float32)

    def tables(self, t):
        """alpha, sigma and the coefficients of the target, `(batch, 1)`, float64.

        Between t and t + 1 a power of t interpolates the angle of signal and noise.
        """
        process, steps = self.process, self.process.num_timesteps
        t = tf.cast(t, tf.float64)[:, None] * steps
        near = tf.round(t)
        t = tf.where(abs(t - near) < 1e-3, near, t)
        before = tf.clip_by_value(tf.cast(t, tf.int32), 1, max(steps - 1, 1))
        first = tf.cast(before, tf.float64)
        share = tf.math.log(t / first) / tf.math.log((first + 1) / first)
        at, after = (
            tf.gather(np.log(np.arctan2(process.sigma, process.alpha)[1:]), k)
            for k in (before - 1, tf.minimum(before, steps - 1))
        )
        angle = tf.exp(at + share * (after - at))
        at, after = (
            tf.gather(np.hypot(process.alpha, process.sigma), k)
            for k in (before, tf.minimum(before + 1, steps))
        )
        radius = at + (t - first) * (after - at)
        alpha, sigma = radius * tf.cos(angle), radius * tf.sin(angle)
        return alpha, sigma, *process.coefficients(alpha, sigma)


def moved_gaussian(process, start, end, mean=MEAN, covariance=COVARIANCE):
    """The linear map of the flow of N(mean, covariance), `x_end = shift + matrix x`.

    Args:
        process: The `Process`.
        start: A time, 0..T.
        end: Another one.
        mean: Of the data.
        covariance: Of the data.
    """
    values, vectors = np.linalg.eigh(covariance)

    def root(t):
        spread = np.sqrt(process.alpha[t] ** 2 * values + process.sigma[t] ** 2)
        return vectors * spread @ vectors.T

    matrix = root(end) @ np.linalg.inv(root(start))
    return process.alpha[end] * mean - process.alpha[start] * matrix @ mean, matrix


def exact(num_timesteps=1000, schedule="linear", target="noise", variance="beta"):
    """A `DDPM` with that network."""
    x, t = keras.Input((2,), name="x"), keras.Input((), name="t")
    output = ExactDenoiser(Process(schedule, num_timesteps, target))(x, t)
    model = kgen.DDPM(
        keras.Model([x, t], output),
        num_timesteps=num_timesteps,
        schedule=schedule,
        target=target,
        variance=variance,
        seed=0,
    )
    model.compile("adam")
    return model
