"""Random variates in one line, after Devroye (1996).

Each is one expression of a few uniform variables. `inverse_cdf.py` has others that need
only one.
"""

import math

import tensorflow as tf

from kgen.inference.reparameterization.table import register, uniforms

KIND = "one-liner"


@register(
    "box_muller",
    "loc + scale sqrt(-2 log u) cos(2 pi v)",
    KIND,
    uniforms(2),
    positive=("scale",),
)
def box_muller(u, v, *, loc, scale):
    """N(loc, scale^2) from two uniforms."""
    return loc + scale * tf.sqrt(-2.0 * tf.math.log(u)) * _wave(v)


@register(
    "student_t",
    "loc + scale sqrt(df (u^(-2 / df) - 1)) cos(2 pi v)",
    KIND,
    uniforms(2),
    positive=("df", "scale"),
)
def student_t(u, v, *, df, loc, scale):
    """Student's t with `df` degrees of freedom, which need not be an int."""
    radius = tf.sqrt(df * tf.math.expm1(-2.0 / df * tf.math.log(u)))
    return loc + scale * radius * _wave(v)


@register(
    "symmetric_beta",
    "1/2 + 1/2 sqrt(1 - u^(2 / (2 a - 1))) cos(2 pi v)",
    KIND,
    uniforms(2),
    positive=("excess",),
)
def symmetric_beta(u, v, *, excess):
    """Beta(a, a) with a = 1/2 + `excess`, by Ulrich's formula."""
    radius = tf.sqrt(-tf.math.expm1(tf.math.log(u) / excess))
    return 0.5 + 0.5 * radius * _wave(v)


@register("laplace", "loc + scale log(u / v)", KIND, uniforms(2), positive=("scale",))
def laplace(u, v, *, loc, scale):
    """Density `exp(-|z - loc| / scale) / (2 scale)`."""
    return loc + scale * (tf.math.log(u) - tf.math.log(v))


@register("arcsine", "low + (high - low) sin^2(pi u / 2)", KIND, uniforms())
def arcsine(u, *, low, high):
    """Beta(1/2, 1/2), stretched to (low, high)."""
    return low + (high - low) * tf.sin(0.5 * math.pi * u) ** 2


@register(
    "hyperbolic_secant",
    "loc + scale (2 / pi) log tan(pi u / 2)",
    KIND,
    uniforms(),
    positive=("scale",),
)
def hyperbolic_secant(u, *, loc, scale):
    """Density `1 / (2 scale cosh(pi (z - loc) / (2 scale)))`, of variance scale^2."""
    return loc + scale * 2.0 / math.pi * tf.math.log(tf.tan(0.5 * math.pi * u))


@register("triangular", "loc + scale (u - v)", KIND, uniforms(2), positive=("scale",))
def triangular(u, v, *, loc, scale):
    """Density `(scale - |z - loc|) / scale^2`, a triangle around loc."""
    return loc + scale * (u - v)


@register("rayleigh", "scale sqrt(-2 log u)", KIND, uniforms(), positive=("scale",))
def rayleigh(u, *, scale):
    """The length of a vector of two N(0, scale^2)."""
    return scale * tf.sqrt(-2.0 * tf.math.log(u))


@register(
    "pareto",
    "scale u^(-1 / concentration)",
    KIND,
    uniforms(),
    positive=("concentration", "scale"),
)
def pareto(u, *, concentration, scale):
    """Distribution function `1 - (scale / z)^concentration` above `scale`."""
    return scale * u ** (-1.0 / concentration)


def _wave(v):
    return tf.cos(2.0 * math.pi * v)
