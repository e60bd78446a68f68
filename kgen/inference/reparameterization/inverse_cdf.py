"""Inverse distribution functions of uniform noise u: `z = F^-1(u)`."""

import math

import tensorflow as tf

from kgen.inference.reparameterization.table import register, uniforms

KIND = "inverse distribution function"


@register("exponential", "-log(1 - u) / rate", KIND, uniforms(), positive=("rate",))
def exponential(u, *, rate):
    """Density `rate exp(-rate z)`."""
    return -tf.math.log1p(-u) / rate


@register(
    "logistic", "loc + scale log(u / (1 - u))", KIND, uniforms(), positive=("scale",)
)
def logistic(u, *, loc, scale):
    """Distribution function `1 / (1 + exp(-(z - loc) / scale))`."""
    return loc + scale * (tf.math.log(u) - tf.math.log1p(-u))


@register("gumbel", "loc - scale log(-log u)", KIND, uniforms(), positive=("scale",))
def gumbel(u, *, loc, scale):
    """Distribution function `exp(-exp(-(z - loc) / scale))`: the largest of many."""
    return loc - scale * tf.math.log(-tf.math.log(u))


@register(
    "kumaraswamy",
    "(1 - (1 - u)^(1 / b))^(1 / a)",
    KIND,
    uniforms(),
    positive=("a", "b"),
)
def kumaraswamy(u, *, a, b):
    """Distribution function `1 - (1 - z^a)^b` on (0, 1), much like Beta(a, b)."""
    # 1 - exp(t) for t near 0.
    return (-tf.math.expm1(tf.math.log1p(-u) / b)) ** (1.0 / a)


@register(
    "cauchy", "loc + scale tan(pi (u - 1/2))", KIND, uniforms(), positive=("scale",)
)
def cauchy(u, *, loc, scale):
    """Density `scale / (pi (scale^2 + (z - loc)^2))`; it has no mean."""
    return loc + scale * tf.tan(math.pi * (u - 0.5))


@register(
    "weibull",
    "scale (-log(1 - u))^(1 / concentration)",
    KIND,
    uniforms(),
    positive=("concentration", "scale"),
)
def weibull(u, *, concentration, scale):
    """Distribution function `1 - exp(-(z / scale)^concentration)`."""
    return scale * (-tf.math.log1p(-u)) ** (1.0 / concentration)


# Constants of Abramowitz and Stegun, 26.2.23.
_ABOVE = (2.515517, 0.802853, 0.010328)
_BELOW = (1.0, 1.432788, 0.189269, 0.001308)


@register(
    "approximate_normal",
    "loc + scale (t - P(t) / Q(t)), t = sqrt(-2 log u) for u < 1/2",
    "approximate inverse",
    uniforms(),
    positive=("scale",),
)
def approximate_normal(u, *, loc, scale):
    """N(loc, scale^2), by a rational function within 4.5e-4 of the quantile."""
    tail = tf.minimum(u, 1.0 - u)
    t = tf.sqrt(-2.0 * tf.math.log(tail))
    quantile = t - _polynomial(_ABOVE, t) / _polynomial(_BELOW, t)
    return loc + scale * tf.sign(u - 0.5) * quantile


def _polynomial(coefficients, t):
    return sum(factor * t**power for power, factor in enumerate(coefficients))
