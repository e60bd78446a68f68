"""The forward process: known distributions of x_t, without anything to learn."""

import functools

import numpy as np
import tensorflow as tf

from kgen.core.checks.values import check_count
from kgen.core.config import lookup
from kgen.diffusion import schedules

# target = a x_0 + b noise, as functions of alpha and sigma; arrays in, arrays out.
TARGETS = {
    "noise": lambda alpha, sigma: (0.0 * alpha, 1.0 + 0.0 * alpha),
    "x0": lambda alpha, sigma: (1.0 + 0.0 * alpha, 0.0 * alpha),
    "v": lambda alpha, sigma: (-sigma, alpha),
    "velocity": lambda alpha, sigma: (-1.0 + 0.0 * alpha, 1.0 + 0.0 * alpha),
}


class Process:
    """`q(x_t | x_0) = N(alpha_t x_0, sigma_t^2 I)` for t = 0..T, a Markov chain.

    Tables are float64 NumPy arrays; graphs round the values that they take to float32.

    Args:
        schedule: A `Schedule`.
        num_timesteps: T.
        target: See `target_coefficients`.
    """

    def __init__(self, schedule, num_timesteps, target):
        self.num_timesteps = check_count("DDPM", "num_timesteps", num_timesteps)
        schedule = schedules.get(schedule)
        self.alpha, self.sigma = schedule.alphas_and_sigmas(num_timesteps)
        check_path(schedule, self.alpha, self.sigma)
        self.a, self.b = target_coefficients(target, self.alpha, self.sigma)
        self.coefficients = TARGETS[target]

    @functools.cached_property
    def snr(self):
        """Signal-to-noise ratio `alpha^2 / sigma^2`, float64 `(T + 1,)`."""
        with np.errstate(divide="ignore"):
            return (self.alpha / self.sigma) ** 2

    def forward(self, s, t):
        """`q(x_t | x_s) = N(alpha x_s, variance I)` for s < t; arrays of ints.

        Returns:
            alpha and variance, float64.
        """
        alpha = self.alpha[t] / self.alpha[s]
        return alpha, self.sigma[t] ** 2 - (alpha * self.sigma[s]) ** 2

    def posterior(self, s, t):
        """`q(x_s | x_t, x_0) = N(c x_t + d x_0, variance I)` for s < t.

        Returns:
            c, d and variance, float64.
        """
        alpha, beta = self.forward(s, t)
        ratio = self.sigma[s] ** 2 / self.sigma[t] ** 2
        return alpha * ratio, self.alpha[s] * beta / self.sigma[t] ** 2, beta * ratio

    def log_variances(self, s, t):
        """Logarithms of the least and of the largest variance of `p(x_s | x_t)`.

        The least is exact if all data is one point, the largest if data is N(0, I) (Ho
        et al., 2020, section 3.2); the largest is beta if x_t then has variance 1. At
        s = 0 the least would be 0. The variance of the posterior of t = 2 replaces it,
        as in their program.
        """
        s, t = np.atleast_1d(s), np.atleast_1d(t)
        beta, small = self.forward(s, t)[1], self.posterior(s, t)[2]
        variance = self.alpha**2 + self.sigma**2
        beta = beta * variance[s] / variance[t]
        if self.num_timesteps > 1:
            later = self.posterior(np.array([1]), np.array([2]))[2][0]
        else:
            later = beta
        small = np.where(s > 0, small, np.minimum(later, beta))
        return np.log(small), np.log(beta)

    def min_snr_weights(self, gamma):
        """Weights of the squared error of the target for t = 1..T, float64.

        An error of x_0 then has the weight `min(SNR, gamma)`, whatever the target
        ([Hang et al., 2023](https://arxiv.org/abs/2303.09556)).
        """
        determinant = self.alpha * self.b - self.sigma * self.a
        # An error of the target is this ratio times an error of x_0.
        weights = np.minimum(self.snr[1:], gamma)
        return weights * (self.sigma[1:] / determinant[1:]) ** 2

    def mean_square(self, error, t, min_snr=None):
        """Mean square of an error of the target, `(batch,)`, weighted by `min_snr`."""
        found = tf.reduce_mean(error**2, axis=list(range(1, len(error.shape))))
        if min_snr is None:
            return found
        weights = tf.constant(self.min_snr_weights(min_snr), tf.float32)
        return tf.gather(weights, t - 1) * found

    def sample_times(self, u):
        """Times t = 1..T for uniform numbers u in (0, 1), int32, and `1 / p(t)`."""
        inverse = float(self.num_timesteps)
        t = 1 + tf.cast(u * inverse, tf.int32)
        return tf.minimum(t, self.num_timesteps), inverse

    def at(self, name, t, rank):
        """A table at times t, float32, shaped to multiply a batch of this rank.

        Args:
            name: Name of a table of this object, such as `"alpha"`.
            t: int tensor `(batch,)` or scalar.
            rank: Rank of a batch, 4 for images.
        """
        table = tf.constant(getattr(self, name), tf.float32)
        values = tf.gather(table, t)
        return tf.reshape(values, [-1] + [1] * (rank - 1))

    def diffused(self, x, t, noise):
        """x_t from x_0, `(batch, ...)`."""
        rank = len(x.shape)
        return self.at("alpha", t, rank) * x + self.at("sigma", t, rank) * noise

    def target(self, x, t, noise):
        """The target of the network, `(batch, ...)`."""
        rank = len(x.shape)
        return self.at("a", t, rank) * x + self.at("b", t, rank) * noise

    def noise_in(self, x_t, t, x_0):
        """The noise in x_t if x_t comes from x_0, for t of 1 or more."""
        rank = len(x_t.shape)
        return (x_t - self.at("alpha", t, rank) * x_0) / self.at("sigma", t, rank)

    def solved(self, x_t, t, predicted):
        """x_0 and noise from x_t and the predicted target, for t of 1 or more."""
        rank = len(x_t.shape)
        alpha, sigma, a, b = (
            self.at(name, t, rank) for name in ("alpha", "sigma", "a", "b")
        )
        determinant = alpha * b - sigma * a
        x_0 = (b * x_t - sigma * predicted) / determinant
        noise = (alpha * predicted - a * x_t) / determinant
        return x_0, noise


def target_coefficients(target, alpha, sigma):
    """a and b of `target = a x_0 + b noise` for t = 0..T.

    Args:
        target: `"noise"`; `"x0"`; `"v"`, `alpha noise - sigma x_0`
            ([Salimans & Ho, 2022](https://arxiv.org/abs/2202.00512)); or `"velocity"`,
            `noise - x_0`, the time derivative of x_t on a rectified path.
        alpha: float64 `(T + 1,)`.
        sigma: float64 `(T + 1,)`.

    Raises:
        ValueError: for another name, or if the target and x_t do not determine x_0.
    """
    a, b = lookup("target", target, TARGETS)(alpha, sigma)
    # x_t = alpha x_0 + sigma noise and the target must be independent equations.
    if (abs(alpha * b - sigma * a)[1:] < 1e-12).any():
        raise ValueError(
            f"target={target!r} was given with a schedule that ends in pure noise, "
            "where it says nothing about x_0. Choose 'velocity', 'v' or 'x0'."
        )
    return a, b


def interpolate_log_variance(fraction, log_small, log_large):
    """The logarithm of a variance at a `fraction` between two log variances."""
    return fraction * log_large + (1.0 - fraction) * log_small


def check_path(schedule, alpha, sigma):
    """Raises a ValueError unless x_t starts as data and has more noise at each t."""
    finite = np.all(np.isfinite(alpha)) and np.all(np.isfinite(sigma))
    starts = alpha[0] == 1 and sigma[0] == 0
    noisier = np.all(sigma[1:] > 0)
    # Not sigma / alpha: alpha may end at 0.
    noisier = noisier and np.all(np.diff(alpha[1:] / sigma[1:]) < 0)
    if not (finite and starts and noisier):
        raise ValueError(
            f"The schedule {type(schedule).__name__} gives alpha {alpha[:3]}... and "
            f"sigma {sigma[:3]}..., but they have to be 1 and 0 at t = 0, with more "
            "noise at each t. Choose betas above 0, or an alpha_bar that falls."
        )
