"""The denoising diffusion model."""

import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from kgen.core.checks.arguments import check_rows, check_seeds
from kgen.core.checks.values import (
    check_count,
    check_fraction,
    check_number,
)
from kgen.core.config import lookup
from kgen.core.model import GenerativeModel
from kgen.core.random import (
    fold_in,
    fold_rows,
    normal_rows,
    row_keys,
)
from kgen.core.verb_arguments import condition_of
from kgen.diffusion import samplers, schedules
from kgen.diffusion.bound import Bound
from kgen.diffusion.bounding import Bounded
from kgen.diffusion.drawing import Draws
from kgen.diffusion.process import Process
from kgen.diffusion.scaling import Scaled
from kgen.likelihoods.levels import DiscretizedGaussian
from kgen.networks.inputs import apply, check_takers, input_shape

LOSS_TYPES = dict.fromkeys(("simple", "bound", "hybrid"))
# The share of the largest variance in the logarithm of p's.
VARIANCES = {"posterior": 0.0, "beta": 1.0, "learned": None}
BOUND_WEIGHT = 0.001
NO_CLASS = -1


class Estimate(NamedTuple):
    """What the network says of x_t.

    x_0, for images in [-1, 1], and the noise in x_t, `(batch, ...)` each, in the units
    of the network; and where the logarithm of the variance of `p(x_(t-1) | x_t)` lies,
    0 the least and 1 the largest, which a network may overstep.
    """

    x_0: tf.Tensor
    noise: tf.Tensor
    share: tf.Tensor


class DDPM(Scaled, Draws, Bounded, GenerativeModel):
    r"""`p(x) = \int p(x_T) \prod_t p(x_(t-1) | x_t)`: learns to undo added noise.

    `x_t = alpha_t x_0 + sigma_t noise` for t from 0 to T; x_T is as good as noise. The
    network sees x_t and t, and predicts `target`. All of this happens in its own units:
    images are `2 x - 1`; other data is standardised, channel by channel, by mean and
    deviation of up to 10,000 examples of the first `fit`.

    Types of loss: `"simple"`, the squared error of the target, mean over the values of
    an example, with equal weights or those of `min_snr`; `"bound"`, the bound on
    `-log p(x)`, nats, at a time drawn by importance; `"hybrid"`, the simple loss plus
    0.001 times the bound, nats for each value, which there teaches the variance alone.

    Where weights are averaged (`use_ema` of the optimizer, on in the recipes) those of
    the model are the averages after `fit`; `keras.callbacks.SwapEMAWeights` puts them
    in place for validation and for callbacks before that.

    Args:
        denoiser: Network `x, t[, labels] -> target`, t in 0..1 (`t / T`); with a
            learned variance it gives twice the channels, target first. It is given
            labels of -1, no class, where labels are left out.
        num_timesteps: T.
        schedule: `"linear"`, `"cosine"`, `"sigmoid"`, `"rectified"` or a
            `kgen.diffusion.Schedule`.
        target: `"noise"`, `"x0"`, `"v"`, or `"velocity"`, see
            `kgen.diffusion.targets.coefficients`.
        loss_type: `"simple"`, `"bound"` or `"hybrid"`.
        variance: Of `p(x_(t-1) | x_t)`: `"posterior"`, right if all data were one
            point; `"beta"`, right if it were noise; `"learned"` between the two.
        min_snr: If given, gamma: the simple loss weighs errors of x_0 by
            `min(SNR, gamma)`.
        levels: Number of levels of images, whose probability the bound is then of;
            `None` for a density.
        unit_interval: Whether data is in [0, 1]; by default images are. `False` for
            feature maps.
        label_dropout: Share of labels that training leaves out, for guidance: they are
            -1 then. By default 0.1; 0 for a network that cannot take that, and with a
            `context_dim`, as a context has no value that means none.
        guidance: Scale w of classifier-free guidance where `sample` is given none: the
            target is that without a label plus w times the difference that the label
            makes. 1 is the model; 0 leaves labels out.
        sampler: Of `sample`, `encode` and `decode`: `"ancestral"`, `"ddim"`,
            `"dpm-solver++"` or an instance from `kgen.diffusion`.
        **kwargs: See `GenerativeModel`.

    Raises:
        ValueError: if the network does not fit, or settings exclude each other.

    Example:

    >>> denoiser = kgen.networks.unet_denoiser((8, 8, 1), filters=(8, 16))
    >>> model = kgen.DDPM(denoiser, num_timesteps=100, schedule="cosine", levels=17)
    >>> model.compile("adam")
    >>> _ = model.fit(np.zeros((4, 8, 8, 1)), verbose=0)
    >>> model.sample(2, seed=0, sampler=kgen.diffusion.DDIM(num_steps=10)).shape
    TensorShape([2, 8, 8, 1])
    >>> sorted(model.elbo_parts(np.zeros((3, 8, 8, 1)), seed=0))
    ['diffusion', 'prior', 'reconstruction']

    References:
        [Sohl-Dickstein et al., 2015](https://arxiv.org/abs/1503.03585),
        [Ho et al., 2020](https://arxiv.org/abs/2006.11239),
        [Nichol & Dhariwal, 2021](https://arxiv.org/abs/2102.09672) (learned variance),
        [Hang et al., 2023](https://arxiv.org/abs/2303.09556) (min-SNR),
        [Ho & Salimans, 2022](https://arxiv.org/abs/2207.12598) (guidance)
    """

    changeable = {
        "min_snr": lambda _, value: value,  # `check_settings` looks at it.
        "label_dropout": check_fraction,
        "guidance": check_number,
        "sampler": lambda _, value: samplers.get(value),
    }

    def __init__(
        self,
        denoiser,
        num_timesteps=1000,
        schedule="linear",
        target="noise",
        loss_type="simple",
        variance="posterior",
        min_snr=None,
        levels=None,
        unit_interval=None,
        label_dropout=None,
        guidance=1.0,
        sampler="dpm-solver++",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.denoiser = denoiser
        self.num_timesteps = num_timesteps
        self.schedule = schedules.get(schedule)
        self.target = target
        self.loss_type = loss_type
        self.variance = variance
        self.min_snr = min_snr
        self.levels = levels
        self.unit_interval = unit_interval
        if label_dropout is None:  # A context has no value that means none.
            label_dropout = 0.1 if self.context_dim is None else 0.0
        self.label_dropout = label_dropout
        self.guidance = guidance
        self.sampler = sampler
        self.data_shape = self.latent_shape = input_shape(denoiser, "x")
        check_takers(self, denoiser)
        self.check_settings()
        self.process = Process(self.schedule, num_timesteps, target)
        self.likelihood = None if levels is None else DiscretizedGaussian(levels)
        self.bound = Bound(self.process, variance, self.likelihood)
        if loss_type == "hybrid":
            self.add_term("simple")
            self.add_term("bound")
        self.add_scaling()
        # TFP is imported now, not in the middle of the first step.
        if levels is not None:
            from tensorflow_probability import distributions  # noqa: F401

    @property
    def data_range(self):
        """`(0.0, 1.0)` for images, unless `unit_interval` says otherwise."""
        inside = self.unit_interval
        inside = len(self.data_shape) == 3 if inside is None else inside
        return (0.0, 1.0) if inside else None

    def objective(self, x, labels=None, training=False):
        """The loss at one time and with one noise for each example, `(batch,)`."""
        seed = self.noise.next(training)
        x = self.scaled(x)
        noise = tf.random.stateless_normal(tf.shape(x), fold_in(seed, 0))
        u = tf.random.stateless_uniform(tf.shape(x)[:1], fold_in(seed, 1))
        if self.loss_type == "bound":
            t, count = self.bound.drawn_times(u)
        else:
            last, count = self.num_timesteps, float(self.num_timesteps)
            t = tf.minimum(1 + tf.cast(u * count, tf.int32), last)
        if training and labels is not None and self.label_dropout:
            u = tf.random.stateless_uniform(tf.shape(labels), fold_in(seed, 2))
            labels = tf.where(u < self.label_dropout, NO_CLASS, labels)
        x_t = self.process.diffused(x, t, noise)
        predicted, share = self._predicted(x_t, t, labels, training)
        terms = {}
        if self.loss_type != "bound":
            error = (self.process.target(x, t, noise) - predicted) ** 2
            error = tf.reduce_mean(error, axis=list(range(1, len(x.shape))))
            terms["simple"] = self._weight(t) * error
        if self.loss_type != "simple":
            x_0, _ = self.process.solved(x_t, t, predicted)
            if self.loss_type == "hybrid":  # As where samples are drawn.
                x_0 = tf.stop_gradient(self.within_range(x_0))
            term = self.bound.term(x, t, x_0, share)
            terms["bound"] = self.bound.prior(x) + count * term + self.log_volume()
        if self.loss_type == "hybrid":
            weight = BOUND_WEIGHT / math.prod(self.data_shape)
            return {"loss": terms["simple"] + weight * terms["bound"], **terms}
        return {"loss": terms[self.loss_type]}

    def q_step(self, x, t, seed=None):
        """Draws x_t from `q(x_t | x_(t-1))`: one step of noise.

        Args:
            x: x_(t-1), `(batch, *data_shape)`, in the units of the network.
            t: int, 1..T.
            seed: An int, a vector of one int per row, or `None`. The noise of other
                times is other noise.

        Returns:
            `(batch, *data_shape)`.
        """
        x, noise = self._noised("q_step", x, t, seed)
        alpha, variance = self.process.forward(t - 1, t)
        return alpha * x + math.sqrt(variance) * noise

    def q_sample(self, x, t, seed=None):
        """Draws x_t from `q(x_t | x_0)` in one step.

        Args:
            x: x_0, `(batch, *data_shape)`, in the units of the network: `scaled` data.
            t: int, 1..T.
            seed: An int, a vector of one int per row, or `None`.

        Returns:
            `(batch, *data_shape)`.
        """
        x, noise = self._noised("q_sample", x, t, seed)
        return self.process.alpha[t] * x + self.process.sigma[t] * noise

    def estimate(self, x_t, t, labels=None, context=None):
        """What the network makes of x_t: x_0, noise and share, an `Estimate`.

        Args:
            x_t: `(batch, *data_shape)`, in the units of the network.
            t: int, 1..T.
            labels: Class of each row, if the model has classes.
            context: Context of each row, if it has a `context_dim`.
        """
        x_t = check_rows("estimate", "x_t", x_t, self.data_shape)
        self._check_time("estimate", t)
        condition = condition_of(self, "estimate", labels, context, len(x_t))
        return self.estimated(x_t, tf.constant(t), condition)

    def _noised(self, name, x, t, seed):
        """x as a tensor, and noise that belongs to t."""
        x = check_rows(name, "x", x, self.data_shape)
        self._check_time(name, t)
        keys = row_keys(check_seeds(self, name, seed, len(x)))
        return x, normal_rows(fold_rows(keys, t), self.data_shape)

    def _check_time(self, name, t):
        if check_count(name, "t", t) > self.num_timesteps:
            raise ValueError(
                f"`{name}` was given t={t}, but this model has times 1 to "
                f"{self.num_timesteps}."
            )

    def _weight(self, t):
        """Weights of the squared error of the target, `(batch,)` or 1."""
        if self.min_snr is None:
            return 1.0
        process = self.process
        error = process.alpha * process.b - process.sigma * process.a
        # An error of the target is sigma / error of x_0.
        weights = np.minimum(process.snr[1:], self.min_snr)
        weights = weights * (process.sigma[1:] / error[1:]) ** 2
        return tf.gather(tf.constant(weights, tf.float32), t - 1)

    def _predicted(self, x_t, t, labels, training=False):
        """The target, and the share of the largest variance."""
        time = tf.cast(t, tf.float32) / self.num_timesteps
        time = tf.broadcast_to(time, tf.shape(x_t)[:1])
        output = apply(self.denoiser, x_t, labels, training, t=time)
        if self.variance != "learned":
            return output, VARIANCES[self.variance]
        predicted, share = tf.split(output, 2, axis=-1)
        return predicted, (share + 1.0) / 2.0

    def estimated(self, x_t, t, labels=None, guidance=1.0):
        """An `Estimate` by the network in inference, x_0 within the range of data."""
        scale = None if tf.is_tensor(guidance) else guidance
        if labels is None or scale == 1:
            predicted, share = self._predicted(x_t, t, labels)
        elif scale == 0:
            none = tf.fill(tf.shape(labels), NO_CLASS)
            predicted, share = self._predicted(x_t, t, none)
        else:
            # Both in one pass: each row with and without its label.
            both = tf.concat([labels, tf.fill(tf.shape(labels), NO_CLASS)], 0)
            predicted, share = self._predicted(tf.concat([x_t, x_t], 0), t, both)
            with_label, without = tf.split(predicted, 2)
            guidance = tf.cast(guidance, without.dtype)
            predicted = without + guidance * (with_label - without)
            if self.variance == "learned":
                share, _ = tf.split(share, 2)
        x_0, noise = self.process.solved(x_t, t, predicted)
        if self.data_range is not None:
            x_0 = self.within_range(x_0)
            noise = self.process.noise_in(x_t, t, x_0)
        return Estimate(x_0, noise, share)

    def check_settings(self):
        lookup("loss_type", self.loss_type, LOSS_TYPES)
        lookup("variance", self.variance, VARIANCES)
        learned = self.variance == "learned"
        if learned != (self.loss_type == "hybrid") and self.loss_type != "bound":
            raise ValueError(
                f"variance={self.variance!r} was given with loss_type="
                f"{self.loss_type!r}. 'simple' teaches no variance, and 'hybrid' is "
                "for a learned one; 'bound' takes any."
            )
        if self.label_dropout and self.context_dim is not None:
            raise ValueError(
                f"label_dropout={self.label_dropout} was given, but leaves out labels, "
                "and no context. Leave it out, or build the model with num_classes."
            )
        if self.label_dropout == 1:
            raise ValueError(
                "label_dropout=1 leaves out every label, so that none is learned. Give "
                "a share below 1."
            )
        if self.min_snr is not None:
            if not check_number("min_snr", self.min_snr):
                raise ValueError("min_snr=0 gives no error a weight: give one above 0.")
            if self.loss_type == "bound":
                raise ValueError(
                    "min_snr weighs the simple loss, but loss_type='bound' was given. "
                    "Leave min_snr out."
                )
        if self.levels is not None and self.data_range is None:
            raise ValueError(
                f"levels={self.levels} are those of data in [0, 1], but data of shape "
                f"{self.data_shape} may be any real numbers. Leave levels out, or pass "
                "unit_interval=True."
            )
        self.check_guidance(self.guidance)
        *shape, channels = self.data_shape
        expected = (*shape, channels * (2 if learned else 1))
        found = tuple(self.denoiser.output_shape[1:])
        if found != expected:
            raise ValueError(
                f"The denoiser gives (batch, {', '.join(map(str, found))}), but data "
                f"of shape {self.data_shape} and variance={self.variance!r} need "
                f"(batch, {', '.join(map(str, expected))}): num_parameters="
                f"{2 if learned else 1} of kgen.networks.unet_denoiser."
            )
