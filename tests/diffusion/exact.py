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
        """The best prediction of the target."""
        t = tf.cast(tf.round(t * self.process.num_timesteps), tf.int32)
        alpha, sigma, a, b = (
            tf.gather(tf.constant(getattr(self.process, name)), t)[:, None]
            for name in ("alpha", "sigma", "a", "b")
        )
        total = alpha[..., None] ** 2 * COVARIANCE + sigma[..., None] ** 2 * np.eye(2)
        rest = (tf.cast(x, tf.float64) - alpha * MEAN)[..., None]
        whitened = tf.linalg.solve(total, rest)[..., 0]
        x_0 = MEAN + alpha * whitened @ COVARIANCE
        return tf.cast(a * x_0 + b * sigma * whitened, tf.float32)


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
