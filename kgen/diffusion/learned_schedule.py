"""A noise schedule in continuous time that is trained with the denoiser."""

import math

import numpy as np
import tensorflow as tf

from kgen.core.checks.values import is_int, is_number
from kgen.core.config import ConfiguredLayer, lookup

# The paper's range for 256 levels: noise from 1/1000 of the data to 12 times the data.
PAPER_START, PAPER_END = -13.3, 5.0
STEEPNESS = 10.0  # Of each step of the inner part, at first.


class LearnedSchedule(ConfiguredLayer):
    """gamma(t), the log of noise over signal, rising from t = 0 to 1, with weights.

    `gamma(t) = gamma(0) + (gamma(1) - gamma(0)) position(t)`, where the position rises
    from 0 to 1. It is a line plus a layer of sigmoids with positive weights, scaled to
    that range. `alpha^2 = sigmoid(-gamma)` is the share of the data in the variance of
    z_t, `sigma^2 = sigmoid(gamma)` that of the noise.

    Args:
        start: gamma(0) before training.
        end: gamma(1) before training, above `start`. A network sees
            `(gamma - start) / (end - start)` as its time, so that one value of it
            always means the same noise.
        units: Number of sigmoids; with 0 gamma is a line, whose ends alone are learned.
        **kwargs: Arguments of `keras.layers.Layer`.

    Raises:
        ValueError: for ends that are no finite numbers in this order, or a `units` that
            is no int from 0 on.

    Example:

    >>> schedule = kgen.diffusion.LearnedSchedule(start=-8.0, end=4.0, units=0)
    >>> schedule(np.array([0.0, 0.5, 1.0], "float32")).numpy()
    array([-8., -2.,  4.], dtype=float32)

    References:
        [Kingma et al., 2021](https://arxiv.org/abs/2107.00630)
    """

    def __init__(
        self,
        start: float = PAPER_START,
        end: float = PAPER_END,
        units: int = 64,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        if not (is_number(start) and is_number(end) and start < end):
            raise ValueError(
                f"LearnedSchedule was given start={start!r} and end={end!r}, but "
                "expects finite numbers, start below end, such as -13.3 and 5."
            )
        if not is_int(units) or units < 0:
            raise ValueError(
                f"LearnedSchedule was given units={units!r}, but expects an int, 0 or "
                "larger; 0 is a line."
            )
        self.start = start
        self.end = end
        self.units = units
        self.autocast = False  # In bfloat16 neighbouring times would be equal.
        self.first = self._weight("first", np.array(start))
        self.raw_span = self._weight("span", _softplus_inverse(end - start))
        if units:
            # Evenly spaced steps of equal height: nearly a line at first.
            centers = (np.arange(units) + 0.5) / units
            steepness = _softplus_inverse(np.full(units, STEEPNESS))
            self.raw_steepness = self._weight("steepness", steepness)
            self.offsets = self._weight("offsets", -STEEPNESS * centers)
            self.raw_heights = self._weight(
                "heights", _softplus_inverse(np.ones(units))
            )
        self.built = True

    def call(self, t):
        """gamma at times `(n,)` in 0..1, float32 `(n,)`."""
        position, _ = self.position(t)
        return self.at_position(position)

    def compute_output_shape(self, input_shape):
        """`(n,)`."""
        return tuple(input_shape)

    def at_position(self, position):
        """gamma at positions between its ends, 0..1."""
        first, span = self.ends()
        return first + span * position

    def ends(self):
        """gamma(0), and gamma(1) - gamma(0), scalar tensors."""
        span = tf.math.softplus(tf.convert_to_tensor(self.raw_span))
        return tf.convert_to_tensor(self.first), span

    def position(self, t):
        """The position of gamma between its ends, and its derivative, `(n,)` each.

        Args:
            t: Times `(n,)` in 0..1.
        """
        t = tf.cast(t, tf.float32)
        if not self.units:
            return t, tf.ones_like(t)
        height, rate = self._unscaled(t)
        ends, _ = self._unscaled(tf.constant([0.0, 1.0]))
        span = ends[1] - ends[0]
        return (height - ends[0]) / span, rate / span

    def _unscaled(self, t):
        """A line plus sigmoids of t, and the derivative."""
        steepness = tf.math.softplus(tf.convert_to_tensor(self.raw_steepness))
        heights = tf.math.softplus(tf.convert_to_tensor(self.raw_heights)) / self.units
        share = tf.sigmoid(t[:, None] * steepness + tf.convert_to_tensor(self.offsets))
        rates = share * (1.0 - share) * steepness
        return t + tf.linalg.matvec(share, heights), 1.0 + tf.linalg.matvec(
            rates, heights
        )

    def _weight(self, name, value):
        return self.add_weight(
            name=name,
            shape=np.shape(value),
            initializer=lambda shape, dtype: tf.constant(value, dtype),
            dtype="float32",
            autocast=False,
        )


class VarianceGradient:
    """Lets a part of an objective minimise its second moment in place of its mean.

    Values that pass through it keep their value. Their gradient is multiplied by
    `factor`, one number for each example. The mean of the diffusion loss over times
    does not depend on how gamma runs between its ends, but its variance does. The
    gradient of `L^2` is `2 L` times that of L, and L is known only after the values
    have been used: so `factor` is set before gradients are taken.
    """

    factor = None

    def __call__(self, values):
        """The values `(batch,)`, with the other gradient."""

        @tf.custom_gradient
        def passed(values):
            return tf.identity(values), lambda upstream: upstream * self.factor

        return passed(values)


def _softplus_inverse(value):
    """The x of `softplus(x) = value`, float64."""
    value = np.asarray(value, np.float64)
    return value + np.log(-np.expm1(-value))


def start_for(levels):
    """gamma(0) that suits data in [-1, 1]: noise that hardly blurs the levels.

    Its deviation is a sixth of the distance of two levels; data without levels starts
    at 1/50 of its own deviation.

    Args:
        levels: Number of levels, or `None`.
    """
    return -8.0 if levels is None else 2.0 * math.log(2.0 / (levels - 1) / 6.0)


SCHEDULES = {"learned": 64, "linear": 0}


def get(schedule, levels=None):
    """A `LearnedSchedule` from its name in `SCHEDULES`; an instance as it is.

    Args:
        schedule: `"learned"`, `"linear"` or an instance.
        levels: Number of levels of the data, for the first gamma(0); or `None`.

    Raises:
        ValueError: for another name, or an object of another kind.
    """
    if isinstance(schedule, LearnedSchedule):
        return schedule
    if not isinstance(schedule, str):
        raise ValueError(
            f"schedule was given as a {type(schedule).__name__}, but expects a "
            f"kgen.diffusion.LearnedSchedule, or one of: {', '.join(SCHEDULES)}."
        )
    units = lookup("schedule", schedule, SCHEDULES)
    return LearnedSchedule(start_for(levels), units=units, name="schedule")
