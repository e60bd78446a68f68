"""The variational diffusion model: continuous time, and a schedule that is learned."""

from __future__ import annotations

import math

import keras
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core.checks.values import check_count
from kgen.core.config import lookup
from kgen.core.hints import Data
from kgen.core.model import GenerativeModel
from kgen.core.random import fold_in, fold_rows, normal_rows, uniform_rows
from kgen.core.verbs import verb
from kgen.diffusion import learned_schedule
from kgen.diffusion.continuous_bound import (
    coefficients,
    diffusion_loss,
    level_logits,
    level_values,
    prior_divergence,
    reconstruction_loss,
    spread_times,
)
from kgen.diffusion.scaling import scaling_of
from kgen.likelihoods.levels import Levels, categorical_quantile
from kgen.networks.inputs import (
    apply,
    check_output,
    check_takers,
    check_time,
    input_shape,
)

TARGETS = dict.fromkeys(("v", "levels"))


class VDM(GenerativeModel):
    r"""`p(x) = \int p(z_0, ..., z_1) p(x | z_0)` with a time that runs from 0 to 1.

    `z_t = alpha_t x + sigma_t noise`, `alpha_t^2 = sigmoid(-gamma(t))`, `sigma_t^2 =
    sigmoid(gamma(t))`. gamma rises with t, and is learned. The loss is the bound on
    `-log p(x)`, nats, in three parts: `prior`, the KL divergence of z_1 from N(0, I);
    `reconstruction`, `-log p(x | z_0)`; and `diffusion`, `E[gamma'(t) / 2 |noise -
    prediction|^2]` over times and noise. Of data over levels `p(x | z_0)` is a softmax
    over the levels of a normal around each; of real numbers it is a normal.

    The ends of gamma are trained by the bound. It does not depend on how gamma runs in
    between; that is trained to lower the variance of the bound's estimate at one time,
    by the gradient of the squared diffusion loss, all but the part through the time
    that the network sees. In training the times of a batch are evenly spread.

    The network works in its own units: data in [0, 1] is `2 x - 1`; each channel of
    other data is standardised by up to 10,000 examples of the first `fit`.

    Args:
        denoiser: Network `x, t[, condition] -> target`. x is z_t, and t is gamma,
            scaled to 0..1 at first, see `kgen.diffusion.LearnedSchedule`.
        schedule: `"learned"`; `"linear"`, whose ends alone are learned; or a
            `kgen.diffusion.LearnedSchedule`, which all models share that it is given.
        levels: Number of levels of data in [0, 1], 2 or more; `None` for real numbers.
        unit_interval: Whether data is in [0, 1]; by default images are.
        target: What the network gives. `"v"` is `alpha noise - sigma x`. `"levels"` are
            logits of each level, to which those of z_t itself are added: x is predicted
            as the mean over levels. It learns from fewer images.
        num_steps: Number of steps of `sample`, from 1 on.
        **kwargs: See `GenerativeModel`.

    Raises:
        ValueError: if the network does not fit, or settings exclude each other.

    Example:

    >>> denoiser = kgen.networks.unet_denoiser((8, 8, 1), filters=(8,))
    >>> model = kgen.VDM(denoiser, levels=17, num_steps=10)
    >>> model.compile("adam")
    >>> _ = model.fit(np.zeros((4, 8, 8, 1)), verbose=0)
    >>> model.sample(2, seed=0).shape
    TensorShape([2, 8, 8, 1])
    >>> sorted(model.elbo_parts(np.zeros((3, 8, 8, 1)), seed=0))
    ['diffusion', 'prior', 'reconstruction']

    References:
        [Kingma et al., 2021](https://arxiv.org/abs/2107.00630)
    """

    terms = ("loss", "diffusion", "reconstruction", "prior")
    changeable = {"num_steps": lambda name, value: check_count("VDM", name, value)}

    def __init__(
        self,
        denoiser: keras.Model,
        schedule: str | learned_schedule.LearnedSchedule = "learned",
        levels: int | None = None,
        unit_interval: bool | None = None,
        target: str = "v",
        num_steps: int = 250,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.denoiser = denoiser
        self.levels = levels
        self.unit_interval = unit_interval
        self.target = target
        self.num_steps = num_steps
        self.data_shape = input_shape(denoiser, "x")
        self.likelihood = None if levels is None else Levels(levels)
        check_takers(self, denoiser)
        check_time(denoiser)
        self._check_levels()
        self.schedule = learned_schedule.get(schedule, levels)
        self.scaling = scaling_of(self.data_shape, self.data_range, self.likelihood)

    @property
    def data_range(self):
        """`(0.0, 1.0)` for images, unless `unit_interval` is given."""
        inside = self.unit_interval
        inside = len(self.data_shape) == 3 if inside is None else inside
        return (0.0, 1.0) if inside else None

    def adapt(self, data):
        """Takes mean and deviation from the first data, unless it is in [0, 1]."""
        self.scaling.adapt(self, data)

    def objective(self, x, labels=None, training=False):
        """The bound at one time and with one noise for each example, `(batch,)`."""
        seed = self.noise.next(training)
        x = self.scaling.scale(x)
        noise = tf.random.stateless_normal(tf.shape(x), fold_in(seed, 0))
        noise_0 = tf.random.stateless_normal(tf.shape(x), fold_in(seed, 1))
        t = spread_times(x, fold_in(seed, 2))
        lowers_variance = learned_schedule.VarianceGradient()
        through = lowers_variance if training else tf.identity
        found = self._parts(x, labels, t, noise, noise_0, training, through)
        scale = 2.0 / math.prod(self.data_shape)  # The gradient keeps its order.
        lowers_variance.factor = tf.stop_gradient(scale * found["diffusion"])
        return {"loss": sum(found.values()), **found}

    @verb(returns="x")
    def sample(
        self,
        num_samples: int | None = None,
        labels: ArrayLike | None = None,
        seed: int | ArrayLike | None = None,
        num_steps: int | None = None,
    ) -> tf.Tensor:
        """Draws from the model, `(num_samples, *data_shape)`, by ancestral sampling.

        The steps are evenly spaced in t. The last draw is that of `p(x | z_0)`.

        Args:
            num_samples: Number of draws; by default the number of `labels` or seeds.
            labels: Class of each draw, if the model has classes.
            seed: An int, a vector of one int per draw, or `None`.
            num_steps: Number of steps, each an evaluation of the network; by default
                the model's.
        """
        num_steps = self.num_steps if num_steps is None else num_steps
        num_steps = check_count("sample", "num_steps", num_steps)
        gammas = self.schedule(tf.linspace(1.0, 0.0, num_steps + 1))

        def step(k, z):
            noise = normal_rows(fold_rows(seed, k + 1), self.data_shape)
            return k + 1, self._step_down(z, gammas[k], gammas[k + 1], labels, noise)

        _, z = tf.while_loop(
            lambda k, z: k < num_steps,
            step,
            (0, normal_rows(fold_rows(seed, 0), self.data_shape)),
            maximum_iterations=num_steps,
        )
        return self._observed(z, gammas[-1], fold_rows(seed, num_steps + 1))

    @verb
    def elbo(
        self,
        x: Data,
        labels: ArrayLike | None = None,
        num_time_samples: int = 64,
        seed: int | ArrayLike | None = None,
    ) -> tf.Tensor:
        """A lower bound on log p(x), nats, `(batch,)`, in the mean over its noise.

        p is a probability for data over `levels`, else a density. The bound is that of
        infinitely many steps.

        Args:
            x: Data `(batch, *data_shape)`.
            labels: Class of each example, if the model has classes.
            num_time_samples: Number of evenly spread times of each row, each with a
                noise of its own and an evaluation of the network.
            seed: An int, a vector of one int per example, or `None`.
        """
        parts = self._estimates("elbo", x, labels, num_time_samples, 1, seed)
        return -sum(part[0] for part in parts.values())

    @verb
    def elbo_parts(
        self,
        x: Data,
        labels: ArrayLike | None = None,
        num_time_samples: int = 64,
        seed: int | ArrayLike | None = None,
    ) -> dict[str, tf.Tensor]:
        """The parts of `-elbo`, nats, `(batch,)` each.

        Args:
            x: Data `(batch, *data_shape)`.
            labels: Class of each example, if the model has classes.
            num_time_samples: See `elbo`.
            seed: An int, a vector of one int per example, or `None`.

        Returns:
            Dictionary: `diffusion`, `reconstruction`, `prior`, see the class.
        """
        name = "elbo_parts"
        parts = self._estimates(name, x, labels, num_time_samples, 1, seed)
        return {name: part[0] for name, part in parts.items()}

    @verb
    def elbo_estimate(
        self,
        x: Data,
        labels: ArrayLike | None = None,
        num_time_samples: int = 64,
        num_repeats: int = 4,
        seed: int | ArrayLike | None = None,
    ) -> dict[str, tf.Tensor]:
        """The mean of several independent estimates of `elbo`, and its standard error.

        The noise of rows is independent: the standard error of the mean of n rows is
        the root of the sum of the squares of theirs, divided by n.

        Args:
            x: Data `(batch, *data_shape)`.
            labels: Class of each example, if the model has classes.
            num_time_samples: Times of each estimate, see `elbo`.
            num_repeats: Number of estimates, 2 or more.
            seed: An int, a vector of one int per example, or `None`.

        Returns:
            Dictionary: `elbo` and `standard_error`, nats, `(batch,)` each.
        """
        name = "elbo_estimate"
        check_count(name, "num_repeats", num_repeats, fewest=2)
        parts = self._estimates(name, x, labels, num_time_samples, num_repeats, seed)
        found = -sum(parts.values())
        mean = tf.reduce_mean(found, axis=0)
        variance = tf.reduce_sum((found - mean) ** 2, axis=0) / (num_repeats - 1)
        return {"elbo": mean, "standard_error": tf.sqrt(variance / num_repeats)}

    def _estimates(self, name, x, labels, num_time_samples, num_repeats, keys):
        """Independent estimates of the parts, `(num_repeats, batch)`, for a verb."""
        count = check_count(name, "num_time_samples", num_time_samples)
        x = self.scaling.scale(x)

        def at(draw):
            repeat, k = draw // count, draw % count
            own = fold_rows(keys, repeat)
            u = uniform_rows(fold_rows(own, 0), ())
            t = (tf.cast(k, tf.float32) + u) / count
            noise, noise_0 = (
                normal_rows(fold_rows(own, 1 + 2 * k + which), self.data_shape)
                for which in (0, 1)
            )
            return self._parts(x, labels, t, noise, noise_0)

        names = ("diffusion", "reconstruction", "prior")
        draws = tf.map_fn(
            at,
            tf.range(num_repeats * count),
            fn_output_signature=dict.fromkeys(names, tf.float32),
            parallel_iterations=1,
        )
        return {
            name: tf.reduce_mean(
                tf.reshape(values, [num_repeats, count, tf.shape(x)[0]]), axis=1
            )
            for name, values in draws.items()
        }

    def _parts(self, x, labels, t, noise, noise_0, training=False, through=tf.identity):
        """The parts of the bound at one time, nats, `(batch,)`, by name.

        Args:
            x: Data in the units of the network, `(batch, ...)`.
            labels: The condition, or `None`.
            t: Times `(batch,)`.
            noise: Noise of z_t, `(batch, ...)`.
            noise_0: Noise of z_0.
            training: Whether the network runs in training mode.
            through: Function that positions of the schedule pass through.
        """
        first, span = self.schedule.ends()
        position, rate = map(through, self.schedule.position(t))
        gamma = first + span * position
        alpha, sigma = coefficients(gamma, x)
        z = alpha * x + sigma * noise
        found = self._predicted_noise(z, gamma, labels, training)
        return {
            "diffusion": diffusion_loss(span * rate, noise, found),
            "reconstruction": self.scaling.log_det_scaling()
            + reconstruction_loss(x, noise_0, first, self.levels),
            "prior": prior_divergence(x, first + span),
        }

    def _predicted_noise(self, z, gamma, labels, training=False):
        """The network's prediction of the noise in z, `(batch, ...)`.

        Args:
            z: `(batch, ...)`.
            gamma: A scalar or `(batch,)`.
            labels: The condition, or `None`.
            training: Whether the network runs in training mode.
        """
        low, high = self.schedule.start, self.schedule.end
        # A good network is best at its own gamma, so a change of the time alone has no
        # effect on the bound in the mean: its gradient would be noise. Of the squared
        # loss it leaves out a part, which moves the best gamma a little.
        time = tf.stop_gradient((gamma - low) / (high - low))
        time = tf.broadcast_to(time, tf.shape(z)[:1])
        output = apply(self.denoiser, z, labels, training, t=time)
        alpha, sigma = coefficients(gamma, z)
        if self.target == "levels":
            logits = tf.reshape(output, [-1, *self.data_shape, self.levels])
            logits += level_logits(z, gamma, self.levels)
            values = level_values(self.levels)
            x = tf.linalg.matvec(tf.nn.softmax(logits), values)
            return (z - alpha * x) / sigma
        found = alpha * output + sigma * z
        if training or self.data_range is None:
            return found
        # No x outside the range of data: it can only be nearer to the true one.
        x = tf.clip_by_value((z - sigma * found) / alpha, -1.0, 1.0)
        return (z - alpha * x) / sigma

    def _step_down(self, z, gamma, later, labels, noise):
        """z at less noise, from `p(z_s | z_t)`; `later` is gamma(s)."""
        found = self._predicted_noise(z, gamma, labels)
        alpha, sigma = coefficients(gamma, z)
        alpha_s, sigma_s = coefficients(later, z)
        share = -tf.math.expm1(later - gamma)
        mean = alpha_s / alpha * (z - share * sigma * found)
        return mean + sigma_s * tf.sqrt(share) * noise

    def _observed(self, z, gamma, keys):
        """A draw from `p(x | z_0)`, in the units of data."""
        if self.levels is not None:
            u = uniform_rows(keys, self.data_shape)
            level = categorical_quantile(level_logits(z, gamma, self.levels), u)
            return self.likelihood.from_support(level)
        alpha, sigma = coefficients(gamma, z)
        noise = normal_rows(keys, self.data_shape)
        return self.scaling.unscale((z + sigma * noise) / alpha)

    def _check_levels(self):
        """Raises a ValueError unless levels, target and network fit the data."""
        lookup("target", self.target, TARGETS)
        inside = self.data_range is not None
        if inside and self.levels is None:
            raise ValueError(
                f"Data of shape {self.data_shape} in [0, 1] was given without levels. "
                "Pass levels=256 for images of 8 bits, or unit_interval=False if it "
                "may be any real numbers."
            )
        if self.levels is not None and not inside:
            raise ValueError(
                f"levels={self.levels} is for data in [0, 1], but data of shape "
                f"{self.data_shape} may be any real numbers. Leave levels out, or pass "
                "unit_interval=True."
            )
        if self.levels is None and self.target == "levels":
            raise ValueError(
                "target='levels' was given for data without levels. Leave it out."
            )
        *shape, channels = self.data_shape
        count = self.levels if self.target == "levels" else 1
        check_output(
            "denoiser",
            self.denoiser,
            (*shape, channels * count),
            f"data of shape {self.data_shape} and target={self.target!r}",
            f"Give num_parameters={count} to kgen.networks.unet_denoiser.",
        )
