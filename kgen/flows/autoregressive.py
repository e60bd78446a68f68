"""Autoregressive steps: each value is transformed with parameters from those before."""

import tensorflow as tf

from kgen.flows import transforms
from kgen.flows.steps import Step, summed
from kgen.networks.made import MADE


class MaskedAutoregressive(Step):
    """`z_i = transform(x_i; network(x_1, ..., x_{i-1}))`, MAF.

    A density takes one pass of the network; samples are drawn value by value.

    Args:
        network: A `kgen.networks.MADE` with the transform's number of parameters.
        transform: `"affine"`, `"spline"`, `"additive"` or a `kgen.flows.Transform`.
        **kwargs: See `Step`.

    References:
        [Papamakarios et al., 2017](https://arxiv.org/abs/1705.07057)
    """

    def __init__(
        self, network: MADE, transform: str | transforms.Transform = "affine", **kwargs
    ) -> None:
        super().__init__(**kwargs)
        self.network = network
        self.transform = transforms.get(transform)

    def connect(self, shape):
        """The same shape, if the network is for it."""
        expected = ((self.network.size,), self.network.num_parameters)
        found = (tuple(shape), self.transform.num_parameters)
        if found != expected:
            raise ValueError(
                f"The network of an autoregressive step is for data of shape "
                f"{expected[0]} and {expected[1]} parameters of each value, but data "
                f"has shape {found[0]} and the transform "
                f"{type(self.transform).__name__} has {found[1]}."
            )
        return super().connect(shape)

    def forward(self, x, conditions=None, training=False):
        """z, all values at once."""
        return self._at_once(x, self.transform.forward, conditions)

    def inverse(self, z, conditions=None, training=False):
        """x, value by value."""
        return self._one_by_one(z, self.transform.inverse, conditions)

    def conditions(self):
        """The conditions of the network."""
        network = self.network
        sizes = {"labels": network.num_classes, "context": network.context_shape}
        return {name: size for name, size in sizes.items() if size is not None}

    def _at_once(self, x, function, conditions):
        parameters = self.network.parameters(x, conditions)
        values, log_slopes = function(x, parameters)
        return values, summed(log_slopes)

    def _one_by_one(self, z, function, conditions):
        def draw(i, parameters):
            return function(tf.gather(z, i, axis=1), parameters)

        rows = tf.shape(z)[0]
        values, log_slopes = self.network.one_by_one(rows, conditions, draw)
        return values, summed(log_slopes)


class InverseAutoregressive(MaskedAutoregressive):
    """`x_i = transform(z_i; network(z_1, ..., z_{i-1}))`, IAF.

    A sample takes one pass of the network; the density of data is computed value by
    value. This suits training by the reverse KL, see `kgen.flows.ReverseKL`.

    Args:
        network: See `MaskedAutoregressive`.
        transform: See `MaskedAutoregressive`.

    References:
        [Kingma et al., 2016](https://arxiv.org/abs/1606.04934)
    """

    def forward(self, x, conditions=None, training=False):
        """z, value by value."""
        return self._one_by_one(x, self.transform.inverse, conditions)

    def inverse(self, z, conditions=None, training=False):
        """x, all values at once."""
        return self._at_once(z, self.transform.forward, conditions)
