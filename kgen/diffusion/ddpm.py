"""The denoising diffusion model."""

from __future__ import annotations

import functools
import math

import keras
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core.checks.limits import FROM_0
from kgen.core.checks.values import check_count, check_fraction, check_number
from kgen.core.hints import Data
from kgen.core.model import GenerativeModel
from kgen.core.random import fold_in, fold_rows, normal_rows
from kgen.core.specs import Number
from kgen.core.verbs import verb
from kgen.diffusion import samplers, schedules, settings
from kgen.diffusion.bound import Bound
from kgen.diffusion.deterministic import decode, encode, log_prob, ode_likelihood
from kgen.diffusion.prediction import NO_CLASS, Predictor
from kgen.diffusion.probability_flow import ProbabilityFlow
from kgen.diffusion.process import Process
from kgen.diffusion.sampling import Completion, run_sampler
from kgen.diffusion.scaling import scaling_of
from kgen.diffusion.single_steps import predict_x0, q_sample, q_step
from kgen.likelihoods.levels import DiscretizedGaussian
from kgen.networks.inputs import check_takers, check_time, input_shape

BOUND_WEIGHT = 0.001


class DDPM(GenerativeModel):
    r"""`p(x) = \int p(x_T) \prod_t p(x_(t-1) | x_t)`: learns to undo added noise.

    `x_t = alpha_t x_0 + sigma_t noise` for t from 0 to T; x_T is nearly pure noise. The
    network sees x_t and t, and predicts `target`. It works in its own units: images are
    `2 x - 1`; each channel of other data is standardised by mean and deviation of up to
    10,000 examples of the first `fit`.

    There are three types of loss. `"simple"` is the mean squared error of the target
    over the values of an example, with equal weights or those of `min_snr`. `"bound"`
    is the bound on `-log p(x)`, nats, at a time drawn by importance. `"hybrid"` is the
    simple loss plus 0.001 times the bound, nats for each value; the bound then trains
    only the variance.

    If weights are averaged (`use_ema` of the optimizer, on in the recipes), the model
    has the averages after `fit`. `keras.callbacks.SwapEMAWeights` uses them before that
    for validation and for callbacks.

    Args:
        denoiser: Network `x, t[, labels] -> target`, t in 0..1 (`t / T`). With a
            learned variance it gives twice the channels, target first. A label that is
            left out is -1, no class.
        num_timesteps: T.
        schedule: `"linear"`, `"cosine"`, `"sigmoid"`, `"rectified"` or a
            `kgen.diffusion.Schedule`.
        target: `"noise"`, `"x0"`, `"v"`, or `"velocity"`, see
            `kgen.diffusion.process.target_coefficients`.
        loss_type: `"simple"`, `"bound"` or `"hybrid"`.
        variance: Variance of `p(x_(t-1) | x_t)`: `"posterior"`, exact if all data is
            one point; `"beta"`, exact if data is noise; `"learned"` between the two.
        min_snr: If given, gamma: the simple loss weights errors of x_0 by
            `min(SNR, gamma)`.
        levels: Number of levels of images; the bound is then on the probability of
            levels. `None` for a density.
        unit_interval: Whether data is in [0, 1]; by default images are. `False` for
            feature maps.
        label_dropout: Share of labels that training replaces by -1, for guidance. By
            default 0.1, or 0 with a `context_shape`, as no context means "none". Pass 0
            for a network that cannot take -1.
        guidance: Default of `sample`: the scale w of classifier-free guidance. The
            target is the one without a label, plus w times the difference that the
            label makes. 1 is the model; 0 leaves labels out.
        sampler: Sampler of `sample`, `encode` and `decode`: `"ancestral"`, `"ddim"`,
            `"dpm-solver++"`, `"heun"` or an instance from `kgen.diffusion`.
        **kwargs: See `GenerativeModel`.

    Raises:
        ValueError: if the network does not fit, or settings exclude each other.

    Example:

    >>> denoiser = kgen.networks.unet_denoiser((8, 8, 1), filters=(8,))
    >>> model = kgen.DDPM(denoiser, num_timesteps=20, schedule="cosine", levels=17)
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

    preferred_likelihoods = ("elbo", "log_prob")  # The ODE takes far longer.
    changeable = {
        "min_snr": lambda _, value: value,  # `check_settings` checks it.
        "label_dropout": check_fraction,
        "guidance": check_number,
        "sampler": lambda _, value: samplers.get(value),
    }

    def __init__(
        self,
        denoiser: keras.Model,
        num_timesteps: int = 1000,
        schedule: str | schedules.Schedule = "linear",
        target: str = "noise",
        loss_type: str = "simple",
        variance: str = "posterior",
        min_snr: float | None = None,
        levels: int | None = None,
        unit_interval: bool | None = None,
        label_dropout: float | None = None,
        guidance: float = 1.0,
        sampler: str | samplers.Sampler = "dpm-solver++",
        **kwargs,
    ) -> None:
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
        if label_dropout is None:  # A context has no value that means "none".
            label_dropout = 0.1 if self.context_shape is None else 0.0
        self.label_dropout = label_dropout
        self.guidance = guidance
        self.sampler = sampler
        self.data_shape = self.latent_shape = input_shape(denoiser, "x")
        check_takers(self, denoiser)
        check_time(denoiser)
        self.check_settings()
        self.process = Process(self.schedule, num_timesteps, target)
        self.likelihood = None if levels is None else DiscretizedGaussian(levels)
        self.predictor = Predictor(self.process, variance, self.data_range)
        self.scaling = scaling_of(self.data_shape, self.data_range, self.likelihood)
        self.probability_flow = ProbabilityFlow(self.process)
        self.bound = Bound(self.process, variance, self.likelihood, self.scaling)
        if loss_type == "hybrid":
            self.add_term("simple")
            self.add_term("bound")
        # TFP is imported now, not in the middle of the first step.
        if levels is not None:
            from tensorflow_probability import distributions  # noqa: F401

    @property
    def data_range(self):
        """`(0.0, 1.0)` for images, unless `unit_interval` is given."""
        inside = self.unit_interval
        inside = len(self.data_shape) == 3 if inside is None else inside
        return (0.0, 1.0) if inside else None

    @property
    def row_options(self):
        """The guidance, if the network has learned to do without labels."""
        guided = self.num_classes is not None and self.label_dropout
        return {"guidance": Number(FROM_0)} if guided else {}

    def adapt(self, data):
        """Takes mean and deviation from the first data, unless it is in [0, 1]."""
        self.scaling.adapt(self, data)

    def objective(self, x, labels=None, training=False):
        """The loss at one time and with one noise for each example, `(batch,)`."""
        seed = self.noise.next(training)
        x = self.scaling.scale(x)
        noise = tf.random.stateless_normal(tf.shape(x), fold_in(seed, 0))
        u = tf.random.stateless_uniform(tf.shape(x)[:1], fold_in(seed, 1))
        times = self.bound if self.loss_type == "bound" else self.process
        t, inverse = times.sample_times(u)
        if training and labels is not None and self.label_dropout:
            u = tf.random.stateless_uniform(tf.shape(labels), fold_in(seed, 2))
            labels = tf.where(u < self.label_dropout, NO_CLASS, labels)
        x_t = self.process.diffused(x, t, noise)
        network = self.denoiser
        predicted, fraction = self.predictor.target(network, x_t, t, labels, training)
        terms = {}
        if self.loss_type != "bound":
            error = self.process.target(x, t, noise) - predicted
            terms["simple"] = self.process.mean_square(error, t, self.min_snr)
        if self.loss_type != "simple":
            x_0, _ = self.process.solved(x_t, t, predicted)
            if self.loss_type == "hybrid":  # Clipped as in sampling.
                x_0 = tf.stop_gradient(self.predictor.clip_x0(x_0))
            terms["bound"] = self.bound.from_one_time(x, t, inverse, x_0, fraction)
        if self.loss_type == "hybrid":
            weight = BOUND_WEIGHT / math.prod(self.data_shape)
            return {"loss": terms["simple"] + weight * terms["bound"], **terms}
        return {"loss": terms[self.loss_type]}

    @verb(returns="x")
    def sample(
        self,
        num_samples: int | None = None,
        labels: ArrayLike | None = None,
        seed: int | ArrayLike | None = None,
        sampler: str | samplers.Sampler | None = None,
        guidance: float | None = None,
        given: ArrayLike | None = None,
        known: ArrayLike | None = None,
    ) -> tf.Tensor:
        """Draws from the model, `(num_samples, *data_shape)`.

        With `given` and `known` it completes partial data: at each time known values
        are put in place with the noise of this time, and at the end without noise.

        Args:
            num_samples: Number of draws; by default the number of `labels`, of rows of
                `given` or of seeds.
            labels: Class of each draw, if the model has classes.
            seed: An int, a vector of one int per draw, or `None`.
            sampler: Name or instance; by default the model's, or
                `kgen.diffusion.RePaint()` for a completion. Each has its own graph.
            guidance: Scale of the guidance by labels; by default the model's.
            given: Data `(batch, *data_shape)` to complete.
            known: Bools that broadcast to the shape of `given`.
        """
        completion = None
        if given is not None:
            completion = Completion(self.scaling.scale(given), known)
            sampler = samplers.RePaint() if sampler is None else sampler
        return self._run_sampler(sampler, labels, seed, guidance, completion)

    @verb(exported=False)
    def trajectory(
        self,
        num_samples: int | None = None,
        labels: ArrayLike | None = None,
        seed: int | ArrayLike | None = None,
        sampler: str | samplers.Sampler | None = None,
        guidance: float | None = None,
        num_frames: int = 11,
    ) -> tf.Tensor:
        """States from noise to samples, `(num_samples, num_frames, *data_shape)`.

        Args:
            num_samples: Number of draws; by default the number of `labels` or seeds.
            labels: Class of each draw, if the model has classes.
            seed: An int, a vector of one int per draw, or `None`.
            sampler: See `sample`.
            guidance: See `sample`.
            num_frames: Number of states, 2 or more, evenly spread over the steps, at
                most one more than steps. The first is x_T, the last that of `sample`.
        """
        check_count("trajectory", "num_frames", num_frames, fewest=2)
        return self._run_sampler(sampler, labels, seed, guidance, num_frames=num_frames)

    @verb
    def elbo(
        self,
        x: Data,
        labels: ArrayLike | None = None,
        num_time_samples: int | None = None,
        seed: int | ArrayLike | None = None,
    ) -> tf.Tensor:
        """A lower bound on log p(x), nats, `(batch,)`, in the mean over its noise.

        p is a probability for data over `levels`, else a density. The bound is that of
        the whole chain of T steps, whatever the sampler.

        Args:
            x: Data `(batch, *data_shape)`.
            labels: Class of each example, if the model has classes.
            num_time_samples: Number of times to draw by importance, instead of taking
                all T. The network is evaluated once for each of them, and once more.
            seed: An int, a vector of one int per example, or `None`.
        """
        return -sum(self._bound_parts(x, labels, num_time_samples, seed).values())

    @verb
    def elbo_parts(
        self,
        x: Data,
        labels: ArrayLike | None = None,
        num_time_samples: int | None = None,
        seed: int | ArrayLike | None = None,
    ) -> dict[str, tf.Tensor]:
        """The parts of `-elbo`, nats, `(batch,)` each.

        Args:
            x: Data `(batch, *data_shape)`.
            labels: Class of each example, if the model has classes.
            num_time_samples: See `elbo`.
            seed: An int, a vector of one int per example, or `None`.

        Returns:
            Dictionary: `prior`, L_T; `diffusion`, the sum of L_(t-1) for t > 1;
            `reconstruction`, L_0.
        """
        return self._bound_parts(x, labels, num_time_samples, seed)

    @verb(exported=False)
    def elbo_by_time(
        self,
        x: Data,
        labels: ArrayLike | None = None,
        seed: int | ArrayLike | None = None,
    ) -> tf.Tensor:
        """Every term of the bound, L_0 to L_T, nats, `(batch, T + 1)`.

        Args:
            x: Data `(batch, *data_shape)`.
            labels: Class of each example, if the model has classes.
            seed: An int, a vector of one int per example, or `None`.
        """
        x = self.scaling.scale(x)
        return self.bound.by_time(x, self._predictor(labels), seed)

    encode, decode, log_prob, ode_likelihood = encode, decode, log_prob, ode_likelihood
    q_step, q_sample, predict_x0 = q_step, q_sample, predict_x0

    def check_settings(self):
        """Raises a ValueError for settings that exclude one another."""
        settings.check_settings(self)

    def check_guidance(self, guidance):
        """Raises a ValueError for a scale that this model cannot have."""
        settings.check_guidance(self, guidance)

    def _bound_parts(self, x, labels, num_time_samples, keys):
        """The parts of the bound, see `elbo_parts`."""
        x = self.scaling.scale(x)
        return self.bound.parts(x, self._predictor(labels), keys, num_time_samples)

    def _run_sampler(
        self, sampler, labels, keys, guidance, completion=None, num_frames=None
    ):
        """Data from noise, `(batch, *data_shape)`, or `num_frames` of the states."""
        sampler = samplers.get(self.sampler if sampler is None else sampler)
        steps = sampler.steps(self.process, self.variance)
        if guidance is None:
            guidance = self.guidance
        elif not tf.is_tensor(guidance):  # Tensors of verbs have been checked.
            self.check_guidance(guidance)
        x = normal_rows(fold_rows(keys, 0), self.data_shape)
        predict = self._predictor(labels, guidance)
        x = run_sampler(steps, self.process, predict, x, keys, completion, num_frames)
        return self.scaling.unscale(x)

    def _predictor(self, labels, guidance=1.0):
        """Function from x_t and t to an `Estimate`, with the network in inference."""
        return functools.partial(
            self.predictor.x0, self.denoiser, labels=labels, guidance=guidance
        )
