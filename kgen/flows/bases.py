"""Base densities: the distributions of the latent of a flow."""

import math

import tensorflow as tf

from kgen.core.config import Configured, named
from kgen.core.random import normal_rows, uniform_rows
from kgen.flows.steps import summed


class Base(Configured):
    """A density of independent values around 0."""

    def log_prob(self, z):
        """log p(z), nats, `(batch,)`."""
        raise TypeError(f"{type(self).__name__} does not define `log_prob`.")

    def sample(self, keys, shape):
        """Draws `(rows, *shape)`, one for each key."""
        raise TypeError(f"{type(self).__name__} does not define `sample`.")


class Normal(Base):
    """The standard normal distribution."""

    def log_prob(self, z):
        """log N(z; 0, I), nats, `(batch,)`."""
        return summed(-0.5 * (tf.square(z) + math.log(2.0 * math.pi)))

    def sample(self, keys, shape):
        """Draws `(rows, *shape)`, one for each key."""
        return normal_rows(keys, shape)


class Logistic(Base):
    """The standard logistic distribution, with heavier tails than `Normal`; NICE's.

    References:
        [Dinh et al., 2014](https://arxiv.org/abs/1410.8516)
    """

    def log_prob(self, z):
        """log p(z), nats, `(batch,)`."""
        return -summed(tf.nn.softplus(z) + tf.nn.softplus(-z))

    def sample(self, keys, shape):
        """Draws `(rows, *shape)`, one for each key."""
        u = uniform_rows(keys, shape)
        return tf.math.log(u) - tf.math.log1p(-u)


BASES = {"logistic": Logistic, "normal": Normal}


def get(base):
    """A base from its name in `BASES`; an instance as it is."""
    return named("base", Base, base, BASES)
