"""Compositions: functions of variables that are reparameterised themselves."""

import tensorflow as tf

from kgen.inference.reparameterization.table import (
    normals,
    register,
    uniforms,
)

KIND = "composition"


def _several(shape, key, parameters):
    """A uniform for each of the exponentials that are summed."""
    return uniforms()((*shape, parameters["concentration"]), key, parameters)


@register(
    "erlang",
    "-(log u_1 + ... + log u_k) / rate",
    KIND,
    _several,
    positive=("rate",),
    counts=("concentration",),
)
def erlang(u, *, concentration, rate):
    """Gamma(k, rate) for an int k = `concentration`: a sum of k exponentials."""
    if u.shape[-1] != concentration:
        raise ValueError(
            f"`erlang` was given noise of shape {u.shape}, but expects {concentration} "
            "numbers on the last axis, one for each exponential."
        )
    return -tf.reduce_sum(tf.math.log(u), axis=-1) / rate


@register("log_normal", "exp(loc + scale eps)", KIND, normals, positive=("scale",))
def log_normal(eps, *, loc, scale):
    """A positive variable whose logarithm is N(loc, scale^2)."""
    return tf.exp(loc + scale * eps)


def _gammas(shape, key, parameters):
    """Gamma variates; TFP gives them implicit derivatives in the concentration."""
    from tensorflow_probability import distributions as tfd

    concentration = parameters["concentration"]
    if not concentration.shape.rank:
        raise ValueError(
            "`dirichlet` was given concentration as one number, but expects a vector: "
            "its size is that of a draw."
        )
    # Each draw has noise of its own.
    size = concentration.shape[-1]
    ones = tf.ones((*shape, size))
    return (tfd.Gamma(concentration * ones, 1.0).sample(seed=key),)


@register(
    "dirichlet",
    "g / (g_1 + ... + g_k), g_i of Gamma(concentration_i, 1)",
    KIND,
    _gammas,
    positive=("concentration",),
    vectors=True,
)
def dirichlet(gammas, *, concentration):
    """Dirichlet(concentration), vectors that sum to 1.

    A gamma variate is no simple function of noise, so its derivative is implicit:
    `dz/da = -(dF/da) / p(z)` for its distribution function F.
    """
    return gammas / tf.reduce_sum(gammas, axis=-1, keepdims=True)
