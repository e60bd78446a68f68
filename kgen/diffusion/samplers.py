"""Samplers: tables of times and of the coefficients of each step.

Every step is `x_s = keep x_t + data x_0 + before x_0' + noise n`: x_0 is the network's
prediction from x_t, x_0' that of the step before, and n is fresh noise. Coefficients
are known before anything is drawn, so a sampler is a table. Above each table stands the
paper's update for a step from t to s < t, with alpha and sigma of
x_t = alpha_t x_0 + sigma_t n.
"""

import dataclasses

import numpy as np

from kgen.core.checks.values import check_count, check_fraction
from kgen.core.config import Configured, lookup, named
from kgen.diffusion.spacings import FARTHEST, SPACINGS, relative_noise


@dataclasses.dataclass(frozen=True)
class Steps:
    """The table of a sampler, a row for each evaluation of the network.

    Times `now` and `then`, before and after a step, ints; coefficients, float64. If the
    network learns the variance, `log_small` and `log_large` are the logarithms of its
    limits. `back` marks steps that only add noise, if there are any. `counts` is the
    field of `Estimate` that `data` and `before` multiply.
    """

    now: np.ndarray
    then: np.ndarray
    keep: np.ndarray
    data: np.ndarray
    before: np.ndarray
    noise: np.ndarray
    log_small: np.ndarray | None = None
    log_large: np.ndarray | None = None
    back: np.ndarray | None = None
    counts: str = "x_0"

    def __len__(self):
        return len(self.now)


class Sampler(Configured):
    """A way of drawing samples; compares by value.

    A subclass is a frozen dataclass with `num_steps`, at most the model's, and
    `spacing` of the times: `"uniform"`, `"quadratic"` (more times near the data),
    `"log_snr"` (even in the logarithm of the signal-to-noise ratio) or `"karras"` (even
    in the seventh root of the noise relative to the data). It defines `steps`, and sets
    `deterministic` if it draws no noise.
    """

    deterministic = False

    def __post_init__(self):
        if self.num_steps is not None:
            check_count(type(self).__name__, "num_steps", self.num_steps)
        lookup("spacing", self.spacing, SPACINGS)

    def times(self, process):
        """The times, ints from 0 to T, one more than steps."""
        most = process.num_timesteps
        count = min(self.num_steps or most, most)
        times = np.round(SPACINGS[self.spacing](process, count)).astype(int)
        # Times that rounding made equal move apart.
        order = np.arange(count + 1)
        times = np.maximum.accumulate(np.sort(times) - order) + order
        times = np.clip(times, order, most - order[::-1])
        return np.concatenate([[0], times[1:-1], [most]])

    def down(self, process):
        """Times before and after each step from noise to data."""
        times = self.times(process)[::-1]
        return times[:-1], times[1:]

    def steps(self, process, variance):
        """`Steps` from noise to data.

        Args:
            process: The `Process`.
            variance: `"beta"`, `"posterior"` or `"learned"`, the model's.
        """
        raise TypeError(f"{type(self).__name__} does not define `steps`.")

    def steps_up(self, process):
        """`Steps` from data to noise; `data` and `before` multiply noise, not x_0.

        For deterministic samplers: the same differential equation, run backwards.
        """
        times = self.times(process)
        t, s = times[:-1], times[1:]
        # x_s = alpha_s / alpha_t x_t + (sigma_s - alpha_s / alpha_t sigma_t) n,
        # with n the noise that the network predicts from x_t, here with s > t.
        keep = process.alpha[s] / process.alpha[t]
        data = process.sigma[s] - keep * process.sigma[t]
        correction = self.corrections(process, t, s)
        return _multistep(t, s, keep, data, correction, counts="noise")

    def corrections(self, process, t, s):
        """For each step, the factor of the change since the step before."""
        return np.zeros(len(t))


@dataclasses.dataclass(frozen=True)
class Ancestral(Sampler):
    """Draws each x_s from the model's own `p(x_s | x_t)`.

    Attributes:
        num_steps: Number of steps; `None` takes all steps of the model.
        spacing: See `Sampler`.

    References:
        [Ho et al., 2020](https://arxiv.org/abs/2006.11239); fewer steps as in
        [Nichol & Dhariwal, 2021](https://arxiv.org/abs/2102.09672)
    """

    num_steps: int | None = None
    spacing: str = "uniform"

    def steps(self, process, variance):
        """The mean of the posterior and the model's variance; no noise at the end."""
        # x_s = c x_t + d x_0 + stddev n, where q(x_s | x_t, x_0) = N(c x_t + d x_0, v):
        #   beta = sigma_t^2 - (alpha_t / alpha_s)^2 sigma_s^2
        #   c = alpha_t / alpha_s sigma_s^2 / sigma_t^2,  d = alpha_s beta / sigma_t^2
        #   stddev^2 = v = beta sigma_s^2 / sigma_t^2 ("posterior") up to beta ("beta")
        t, s = self.down(process)
        keep, data, _ = process.posterior(s, t)
        small, large = process.log_variances(s, t)
        last = np.where(s > 0, 1.0, 0.0)
        log_variance = {"posterior": small, "beta": large, "learned": 0.0 * small}
        noise = last * np.exp(0.5 * log_variance[variance])
        limits = (small, large) if variance == "learned" else ()
        return Steps(t, s, keep, data, 0.0 * keep, noise, *limits)


@dataclasses.dataclass(frozen=True)
class RePaint(Ancestral):
    """Completes partial data: goes back and forth, so that both parts agree.

    After `jump_length` steps the sampler adds the noise of these steps again and takes
    them again, `num_resamplings` times in all. In a single pass the drawn part fits the
    known part less well.

    Attributes:
        num_steps: Number of steps of one pass.
        spacing: See `Sampler`.
        jump_length: Number of steps that are repeated, at most all.
        num_resamplings: How often each step is taken.

    References:
        [Lugmayr et al., 2022](https://arxiv.org/abs/2201.09865)
    """

    num_steps: int | None = 50
    jump_length: int = 5
    num_resamplings: int = 5

    def __post_init__(self):
        super().__post_init__()
        check_count("RePaint", "jump_length", self.jump_length)
        check_count("RePaint", "num_resamplings", self.num_resamplings)

    def steps(self, process, variance):
        """The steps of `Ancestral`, repeated, and steps back, which add noise."""
        # Down: x_s = c x_t + d x_0 + stddev n, as `Ancestral`.
        # Back: x_t = alpha_t / alpha_s x_s + sqrt(beta) n, a step of q(x_t | x_s).
        # Each jump of `jump_length` rows is: down, then (back, down) again and again.
        down = super().steps(process, variance)
        length = min(self.jump_length, len(down))
        # The rest of the division comes first, where all is noise: it is taken once.
        order = list(range(len(down) % length))
        for start in range(len(order), len(down), length):
            jump = list(range(start, start + length))
            # A step back over row k is written -1 - k.
            back = [-1 - k for k in reversed(jump)]
            order += jump + (back + jump) * (self.num_resamplings - 1)
        order = np.array(order)
        rows, back = np.where(order < 0, -1 - order, order), order < 0
        found = {
            field.name: getattr(down, field.name)[rows]
            for field in dataclasses.fields(down)
            if isinstance(getattr(down, field.name), np.ndarray)
        }
        t, s = found["now"], found["then"]
        alpha, beta = process.forward(s, t)
        found["now"], found["then"] = np.where(back, s, t), np.where(back, t, s)
        found["keep"] = np.where(back, alpha, found["keep"])
        found["data"] = np.where(back, 0.0, found["data"])
        found["noise"] = np.where(back, np.sqrt(beta), found["noise"])
        return Steps(**found, back=back)


@dataclasses.dataclass(frozen=True)
class DDIM(Sampler):
    """Follows the noise that the network predicts, with a share `eta` of fresh noise.

    `eta=0` draws no noise: x_T decides the sample. `eta=1` is `Ancestral` with the
    posterior's variance.

    Attributes:
        num_steps: Number of steps.
        eta: Share of the posterior's standard deviation, 0..1.
        spacing: See `Sampler`.

    References:
        [Song et al., 2021](https://arxiv.org/abs/2010.02502)
    """

    num_steps: int | None = 50
    eta: float = 0.0
    spacing: str = "uniform"

    def __post_init__(self):
        super().__post_init__()
        check_fraction("eta", self.eta)

    @property
    def deterministic(self):
        """Whether `eta` is 0."""
        return self.eta == 0

    def steps(self, process, variance):
        """The factors of x_t and x_0, and eta times the posterior's deviation."""
        # x_s = alpha_s x_0 + sqrt(sigma_s^2 - stddev^2) noise_t + stddev n,
        #   noise_t = (x_t - alpha_t x_0) / sigma_t, predicted by the network,
        #   stddev = eta sqrt(v), v the variance of q(x_s | x_t, x_0).
        t, s = self.down(process)
        noise = self.eta * np.sqrt(process.posterior(s, t)[2])
        rest = np.sqrt(np.maximum(process.sigma[s] ** 2 - noise**2, 0.0))
        keep = rest / process.sigma[t]
        data = process.alpha[s] - keep * process.alpha[t]
        return Steps(t, s, keep, data, 0.0 * keep, noise)


@dataclasses.dataclass(frozen=True)
class DPMSolver(Sampler):
    """DPM-Solver++(2M): DDIM without noise, corrected by the step before.

    A solver of second order: 20 steps match 50 or more of DDIM. The first and the last
    step are of first order. With ten steps or fewer, the spacing `"uniform"` is better.

    Attributes:
        num_steps: Number of steps.
        spacing: See `Sampler`.

    References:
        [Lu et al., 2022](https://arxiv.org/abs/2211.01095)
    """

    num_steps: int | None = 20
    spacing: str = "log_snr"

    deterministic = True

    def steps(self, process, variance):
        """Multistep, in the logarithm of the signal-to-noise ratio."""
        # x_s = sigma_s / sigma_t x_t - alpha_s (exp(-h) - 1) D,
        #   D = (1 + h / 2h') x_0 - h / 2h' x_0',
        #   h = lambda_s - lambda_t,  lambda = log(alpha / sigma),  h' the last h;
        #   -alpha_s (exp(-h) - 1) = alpha_s - sigma_s / sigma_t alpha_t.
        t, s = self.down(process)
        keep = process.sigma[s] / process.sigma[t]
        data = process.alpha[s] - keep * process.alpha[t]
        return _multistep(t, s, keep, data, self.corrections(process, t, s))

    def corrections(self, process, t, s):
        """`h / 2h'`, with h and h' the lengths of this step and of the step before."""
        with np.errstate(divide="ignore", invalid="ignore"):
            length = 0.5 * np.log(process.snr[s]) - 0.5 * np.log(process.snr[t])
            found = 0.5 * length / np.concatenate([[np.inf], length[:-1]])
        # Steps from pure noise and to data are infinitely long.
        return np.where(np.isfinite(length), found, 0.0)


@dataclasses.dataclass(frozen=True)
class Heun(Sampler):
    """Heun's method at the steps of EDM: DDIM's steps, each corrected at its end.

    A solver of second order. A step evaluates the network twice, but once if it starts
    in noise more than 80 times the data, or ends at the data.

    Attributes:
        num_steps: Number of steps.
        spacing: See `Sampler`.

    References:
        [Karras et al., 2022](https://arxiv.org/abs/2206.00364) (EDM), algorithm 1
    """

    num_steps: int | None = 18
    spacing: str = "karras"

    deterministic = True

    def steps(self, process, variance):
        """A step of DDIM, and then the mean of the slopes at its start and its end."""
        # With y = x / alpha and sig = sigma / alpha the equation is dy / dsig = n:
        #   y_s = y_t + (sig_s - sig_t) (n_t + n_s') / 2,  n_s' from DDIM's y_s;
        #   n_s' - n_t = -(x_0' - x_0) / sig_s, as DDIM's x_s = alpha_s x_0 + sigma_s n.
        t, s = self.down(process)
        keep = process.sigma[s] / process.sigma[t]
        data = process.alpha[s] - keep * process.alpha[t]
        sig = relative_noise(process)
        which = (s > 0) & (sig[t] <= FARTHEST)
        with np.errstate(divide="ignore", invalid="ignore"):
            correction = 0.5 * process.alpha[s] * (sig[t] / sig[s] - 1.0)
        return _corrected(t, s, keep, data, np.where(which, correction, 0.0), which)

    def steps_up(self, process):
        """The same from data to noise, by the predicted noise."""
        times = self.times(process)
        t, s = times[:-1], times[1:]
        keep = process.alpha[s] / process.alpha[t]
        data = process.sigma[s] - keep * process.sigma[t]
        which = (t > 0) & (relative_noise(process)[s] <= FARTHEST)
        return _corrected(t, s, keep, data, 0.5 * data, which, counts="noise")


def _multistep(t, s, keep, data, correction, **counts):
    """`Steps` that take `data` times `(1 + c) x_0 - c x_0'`, c the correction."""
    now, before = data * (1.0 + correction), -data * correction
    return Steps(t, s, keep, now, before, np.zeros(len(t)), **counts)


def _corrected(t, s, keep, data, correction, which, **counts):
    """`Steps` that `which` marks are corrected at their end, by a row of its own.

    It adds `correction` times the change of the prediction over the step.
    """
    kept = np.stack([np.ones(len(t), bool), which], axis=1).ravel()

    def both(step, end):
        return np.stack(np.broadcast_arrays(step, end), axis=1).ravel()[kept]

    return Steps(
        now=both(t, s),
        then=both(s, s),
        keep=both(keep, 1.0),
        data=both(data, correction),
        before=both(0.0 * data, -correction),
        noise=np.zeros(kept.sum()),
        **counts,
    )


SAMPLERS = {
    "ancestral": Ancestral,
    "ddim": DDIM,
    "dpm-solver++": DPMSolver,
    "heun": Heun,
    "repaint": RePaint,
}


def get(sampler):
    """A sampler from its name in `SAMPLERS`, with its defaults; an instance as it is.

    Raises:
        ValueError: for an unknown name, or an object of another class.
    """
    return named("sampler", Sampler, sampler, SAMPLERS, optional=False)
