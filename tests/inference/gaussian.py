"""A log joint and a q of one variable, with everything in closed form."""

import numpy as np
import tensorflow as tf
from tensorflow_probability import distributions as tfd

# p(x, z) = e^LOG_Z N(z; MEAN, STDDEV^2), and q = N(LOC, SCALE^2).
LOG_Z, MEAN, STDDEV = -2.5, 1.2, 0.7
LOC, SCALE = 0.3, 0.9
GRADIENT = np.array([(MEAN - LOC) / STDDEV**2, 1 / SCALE - SCALE / STDDEV**2])
KL = np.log(STDDEV / SCALE) + (SCALE**2 + (LOC - MEAN) ** 2) / (2 * STDDEV**2) - 0.5


def log_joint(z):
    return LOG_Z + tfd.Normal(MEAN, STDDEV).log_prob(z)


def make_q(loc=LOC, scale=SCALE):
    return tfd.Normal(tf.Variable(loc), tf.Variable(scale))


def moments(gradient, center=0.0):
    """E[g] and the central moments 2 and 4 of a gradient of noise, by quadrature."""
    eps, weights = np.polynomial.hermite_e.hermegauss(40)
    weights = weights / weights.sum()
    values = gradient(eps)
    mean = values @ weights
    centred = values - mean[:, None]
    return mean, centred**2 @ weights, centred**4 @ weights


def score_function(eps, baseline=0.0):
    """Both parts of the gradient for one draw."""
    z = LOC + SCALE * eps
    log_p = LOG_Z - 0.5 * ((z - MEAN) / STDDEV) ** 2 - np.log(STDDEV)
    weight = log_p + 0.5 * eps**2 + np.log(SCALE) - baseline
    return np.stack([eps, eps**2 - 1]) / SCALE * weight


def reparameterized(eps):
    slope = -(LOC + SCALE * eps - MEAN) / STDDEV**2
    return np.stack([slope, eps * slope + 1 / SCALE])


def sticking_the_landing(eps):
    slope = -(LOC + SCALE * eps - MEAN) / STDDEV**2 + eps / SCALE
    return np.stack([slope, eps * slope])
