"""Spacings: which of the model's times a sampler visits."""

import numpy as np

# Of the steps of EDM (Karras et al., 2022): the power, and the noise beside the data
# from which there is nothing but the mean of the data to see.
RHO, FARTHEST = 7.0, 80.0


def relative_noise(process):
    """sigma / alpha for t = 0..T, float64; infinite in pure noise."""
    with np.errstate(divide="ignore"):
        return process.sigma / process.alpha


def uniform(process, steps):
    """Evenly spaced times, 0 and T included; floats, one more than steps."""
    return process.num_timesteps * np.linspace(0.0, 1.0, steps + 1)


def quadratic(process, steps):
    """Times proportional to squares: more of them near the data."""
    return process.num_timesteps * np.linspace(0.0, 1.0, steps + 1) ** 2


def log_snr(process, steps):
    """Times from T to 1 with evenly spaced log SNR, and the time 0."""
    with np.errstate(divide="ignore"):
        values = np.log(process.snr[1:])
    # Pure noise is infinitely far: one more step.
    return _evenly(process, steps, values[np.isfinite(values)])


def karras(process, steps):
    """Times from T to 1 with evenly spaced `(sigma / alpha)^(1 / 7)`, and the time 0.

    If sigma / alpha exceeds 80 at T, a first step goes from there to 80 or less.
    """
    noise = relative_noise(process)[1:]
    return _evenly(process, steps, noise[noise <= FARTHEST] ** (1.0 / RHO))


def _evenly(process, steps, values):
    """Times at which a monotonic function of t is evenly spaced, with 0 and T.

    Args:
        process: The `Process`.
        steps: Number of steps.
        values: The function for t = 1 to T, or to an earlier time. A first step then
            goes from T to that time or beyond.
    """
    last, times = process.num_timesteps, np.arange(1, len(values) + 1)
    count = steps - (len(values) < last)
    if count < 2 or len(values) < 2:
        return uniform(process, steps)
    levels = np.linspace(values[0], values[-1], count)
    rising = slice(None, None, 1 if values[-1] > values[0] else -1)
    found = np.interp(levels, values[rising], times[rising])
    return np.concatenate([[0.0], found, [last] * (steps - count)])


SPACINGS = {
    "karras": karras,
    "log_snr": log_snr,
    "quadratic": quadratic,
    "uniform": uniform,
}
