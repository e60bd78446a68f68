"""Invertible functions of single values, whose parameters a network gives."""

import math

import tensorflow as tf

from kgen.core.checks.values import check_count, check_number
from kgen.core.config import Configured, named
from kgen.flows.splines import spline


class Transform(Configured):
    """An increasing function of each value, with its own parameters for each value.

    A subclass gives `bijector`, or `forward` and `inverse`. Parameters of 0 give the
    identity: if the last layer of a network starts at 0, its step starts as the
    identity.
    """

    num_parameters = 1

    def bijector(self, parameters):
        """The function, a `tfb` bijector of single values.

        Args:
            parameters: Any real numbers, float32 `(..., num_parameters)`.
        """
        raise TypeError(f"{type(self).__name__} does not define `bijector`.")

    def forward(self, x, parameters):
        """The values, and the log of the derivative at each, both of the shape of x."""
        bijector = self.bijector(parameters)
        log_slope = bijector.forward_log_det_jacobian(x, 0)
        return bijector.forward(x), log_slope + tf.zeros_like(x)

    def inverse(self, z, parameters):
        """The values that `forward` maps to z, and the log of their derivative by z."""
        bijector = self.bijector(parameters)
        log_slope = bijector.inverse_log_det_jacobian(z, 0)
        return bijector.inverse(z), log_slope + tf.zeros_like(z)


class Additive(Transform):
    """`x + shift`, which preserves volume.

    References:
        [Dinh et al., 2014](https://arxiv.org/abs/1410.8516) (NICE)
    """

    def bijector(self, parameters):
        """The shift."""
        from tensorflow_probability import bijectors as tfb

        return tfb.Shift(parameters[..., 0])


class Affine(Transform):
    """`x exp(log_scale) + shift`.

    Args:
        max_log_scale: Bound on `|log_scale|`, by a tanh of the network's output.
            Without a bound a single example can make a scale overflow.

    References:
        [Dinh et al., 2016](https://arxiv.org/abs/1605.08803) (RealNVP)
    """

    num_parameters = 2

    def __init__(self, max_log_scale: float = 3.0) -> None:
        self.max_log_scale = check_number("max_log_scale", max_log_scale)
        if max_log_scale == 0:
            raise ValueError("max_log_scale=0 leaves no scale: use Additive instead.")

    def bijector(self, parameters):
        """The scale, then the shift."""
        from tensorflow_probability import bijectors as tfb

        shift, raw = tf.unstack(parameters, axis=-1)
        log_scale = self.max_log_scale * tf.tanh(raw / self.max_log_scale)
        return tfb.Chain([tfb.Shift(shift), tfb.Scale(log_scale=log_scale)])


class Spline(Transform):
    """A monotone rational-quadratic spline on [-bound, bound], the identity outside.

    Values outside the box pass unchanged: their density is the base's. Bring the bulk
    of the data inside, for example by a first step `Standardize`.

    Args:
        num_bins: Number of pieces of the spline.
        bound: Half the side of the box.
        min_bin: Least width and least height of a bin, as a share of the box. A smaller
            one allows a steeper spline, which float32 inverts less exactly.
        min_slope: Least slope at a knot.

    References:
        [Durkan et al., 2019](https://arxiv.org/abs/1906.04032) (neural spline flows)
    """

    def __init__(
        self,
        num_bins: int = 8,
        bound: float = 5.0,
        min_bin: float = 5e-3,
        min_slope: float = 5e-3,
    ) -> None:
        self.num_bins = check_count("Spline", "num_bins", num_bins, fewest=2)
        self.bound = check_number("bound", bound)
        self.min_bin = check_number("min_bin", min_bin)
        self.min_slope = check_number("min_slope", min_slope)
        if not bound > 0 or min_bin * num_bins >= 1 or min_slope >= 1:
            raise ValueError(
                f"A spline was to have bound={bound}, num_bins={num_bins} of at least "
                f"min_bin={min_bin} and min_slope={min_slope}, but the bound has to be "
                "above 0, num_bins * min_bin below 1, and min_slope below 1."
            )

    @property
    def num_parameters(self):
        """Widths, heights and slopes at the inner knots."""
        return 3 * self.num_bins - 1

    def forward(self, x, parameters):
        """The values, and the log of the derivative at each."""
        return self._spline(x, parameters)

    def inverse(self, z, parameters):
        """The values that `forward` maps to z, and the log of their derivative by z."""
        return self._spline(z, parameters, inverse=True)

    def _spline(self, x, parameters, inverse=False):
        bins = self.num_bins
        widths, heights, slopes = tf.split(parameters, [bins, bins, bins - 1], axis=-1)
        inside = tf.clip_by_value(x, -self.bound, self.bound)
        y, log_slope = spline(
            inside,
            self._bins(widths),
            self._bins(heights),
            self.min_slope + tf.nn.softplus(slopes + self._slope_of_1),
            self.bound,
            inverse,
        )
        within = tf.abs(x) < self.bound
        return tf.where(within, y, x), tf.where(within, log_slope, 0.0)

    def _bins(self, logits):
        """Sizes of bins; none is below the share `min_bin` of the box."""
        shares = tf.nn.softmax(logits) * (1.0 - self.min_bin * self.num_bins)
        return 2.0 * self.bound * (self.min_bin + shares)

    @property
    def _slope_of_1(self):
        """The number that makes the slope 1 if the network gives 0."""
        return math.log(math.expm1(1.0 - self.min_slope))


TRANSFORMS = {"additive": Additive, "affine": Affine, "spline": Spline}


def get(transform):
    """A transform from its name in `TRANSFORMS`; an instance as it is."""
    return named("transform", Transform, transform, TRANSFORMS)
