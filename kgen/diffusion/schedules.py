"""Noise schedules: the amounts of data and of noise in x_t."""

import numpy as np

from kgen.core.checks.values import check_number, is_number
from kgen.core.config import Configured, named

MAX_BETA = 0.999


class Schedule(Configured):
    """Defines `x_t = alpha_t x_0 + sigma_t noise`, from data at t = 0 to noise at T.

    A subclass defines `alpha_bar`, the share of the data in the variance of x_t. If
    alpha_t^2 + sigma_t^2 is not 1, it defines `alphas_and_sigmas` instead.
    """

    def alpha_bar(self, times):
        """alpha^2 at times 0..1, falling, float64, up to a constant factor."""
        raise TypeError(f"{type(self).__name__} does not define `alpha_bar`.")

    def betas(self, num_timesteps):
        """`beta_t = 1 - alpha_bar_t / alpha_bar_(t-1)` for t = 1..T, float64 `(T,)`."""
        share = self.alpha_bar(np.linspace(0.0, 1.0, num_timesteps + 1))
        return np.clip(1.0 - share[1:] / share[:-1], 0.0, MAX_BETA)

    def alphas_and_sigmas(self, num_timesteps):
        """alpha and sigma for t = 0..T, float64 `(T + 1,)` each; 1 and 0 at t = 0."""
        log_alpha_bar = np.cumsum(np.log1p(-self.betas(num_timesteps)))
        log_alpha_bar = np.concatenate([[0.0], log_alpha_bar])
        return np.exp(0.5 * log_alpha_bar), np.sqrt(-np.expm1(log_alpha_bar))


class Linear(Schedule):
    """beta_t from `start` to `end` for 1000 steps; with T steps, 1000 / T times that.

    Args:
        start: The first beta of 1000 steps.
        end: The last beta of 1000 steps.

    References:
        [Ho et al., 2020](https://arxiv.org/abs/2006.11239)
    """

    def __init__(self, start: float = 1e-4, end: float = 0.02) -> None:
        self.start = check_number("start", start)
        self.end = check_number("end", end)

    def betas(self, num_timesteps):
        """Equally spaced betas, float64 `(T,)`, below 1; a single beta is the last."""
        betas = np.linspace(self.end, self.start, num_timesteps)[::-1]
        return np.minimum(betas * 1000.0 / num_timesteps, MAX_BETA)


class Cosine(Schedule):
    """`alpha_bar = cos^2((t + offset) / (1 + offset) pi / 2)`: noise grows more evenly.

    Args:
        offset: Keeps the first beta from being too small.

    References:
        [Nichol & Dhariwal, 2021](https://arxiv.org/abs/2102.09672)
    """

    def __init__(self, offset: float = 0.008) -> None:
        self.offset = check_number("offset", offset)

    def alpha_bar(self, times):
        """The squared cosine."""
        angle = (times + self.offset) / (1.0 + self.offset) * np.pi / 2
        return np.cos(angle) ** 2


class Sigmoid(Schedule):
    """alpha_bar is a logistic curve from `start` to `end`, scaled to run from 1 to 0.

    Args:
        start: The point of the curve at t = 0.
        end: The point of the curve at t = T.
        tau: Temperature: the curve is steeper with a smaller one.

    References:
        [Jabri et al., 2022](https://arxiv.org/abs/2212.11972)
    """

    def __init__(self, start: float = -3.0, end: float = 3.0, tau: float = 1.0) -> None:
        numbers = all(map(is_number, (start, end, tau)))
        if not numbers or start >= end or tau <= 0:
            raise ValueError(
                f"Sigmoid was given start={start}, end={end}, tau={tau}, but expects "
                "finite numbers, start below end, and tau above 0."
            )
        self.start = start
        self.end = end
        self.tau = tau

    def alpha_bar(self, times):
        """The falling part of the curve between `start` and `end`."""

        def curve(time):
            return 1.0 / (1.0 + np.exp(-time / self.tau))

        now = curve(self.start + (self.end - self.start) * times)
        first, last = curve(self.start), curve(self.end)
        return (last - now) / (last - first)


class Rectified(Schedule):
    """`x_t = (1 - t) x_0 + t noise`, a straight line from data to noise.

    The path of rectified flow and of flow matching with straight paths. With the target
    `"velocity"`, a step of the deterministic DDIM is a step of Euler's method.

    References:
        [Liu et al., 2022](https://arxiv.org/abs/2209.03003),
        [Lipman et al., 2022](https://arxiv.org/abs/2210.02747)
    """

    def alphas_and_sigmas(self, num_timesteps):
        """`1 - t` and `t`."""
        times = np.linspace(0.0, 1.0, num_timesteps + 1)
        return 1.0 - times, times


SCHEDULES = {
    "cosine": Cosine,
    "linear": Linear,
    "rectified": Rectified,
    "sigmoid": Sigmoid,
}


def get(schedule):
    """A schedule from its name in `SCHEDULES`; an instance as it is."""
    return named("schedule", Schedule, schedule, SCHEDULES, optional=False)
