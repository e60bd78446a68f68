"""Coupling: one part of an example is transformed with parameters from the other."""

import keras
import numpy as np
import tensorflow as tf

from kgen.core.config import lookup
from kgen.flows import transforms
from kgen.flows.steps import Step, summed
from kgen.networks.inputs import apply, check_output, input_shape

KEEPS = {name: name for name in ("first", "last", "even", "odd")}


class Coupling(Step):
    """`z_b = transform(x_b; network(x_a))`, and `z_a = x_a`.

    NICE with `"additive"`, RealNVP with `"affine"`, a neural spline flow with
    `"spline"`. Steps of a flow should keep one part and the other in turn.

    Args:
        network: `x_a[, labels][, context] -> parameters of x_b`, side by side for each
            value, such as `kgen.networks.mlp_conditioner`.
        transform: `"additive"`, `"affine"`, `"spline"` or a `kgen.flows.Transform`.
        keep: x_a: the `"first"` or the `"last"` half of the last axis; the first half
            has the middle value, if any. Or the `"even"` or the `"odd"` pixels of a
            checkerboard: the network then takes the image with the other pixels at 0,
            and gives parameters of all pixels.
        **kwargs: See `Step`.

    References:
        [Dinh et al., 2016](https://arxiv.org/abs/1605.08803)
    """

    def __init__(
        self,
        network: keras.Model,
        transform: str | transforms.Transform = "affine",
        keep: str = "first",
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.network = network
        self.transform = transforms.get(transform)
        self.keep = lookup("keep", keep, KEEPS)

    def connect(self, shape):
        """The same shape, if the network takes one part and fits the other."""
        *size, channels = shape
        given, changed = shape, channels
        if self.keep in ("even", "odd"):
            if len(shape) != 3:
                raise ValueError(
                    f"keep={self.keep!r} is for the checkerboard of an image, but data "
                    f"has shape {shape}. Keep 'first' or 'last'."
                )
        else:
            kept, changed = halves(channels, self.keep)
            given = (*size, kept)
        because = f"data of shape {shape} and keep={self.keep!r}"
        if 0 in given + (changed,):
            raise ValueError(
                f"A coupling was given {because}, which keep {given} and change "
                f"{changed} on the last axis, but it needs some of both. Pass data "
                "with two or more values there."
            )
        taken = input_shape(self.network, "x")
        if taken != given:
            raise ValueError(
                f"The network of a coupling takes x of shape {taken}, but {because} "
                f"need {given}."
            )
        expected = (*size, changed * self.transform.num_parameters)
        because += f" and the transform {type(self.transform).__name__}"
        check_output("network", self.network, expected, because)
        self._shape = shape
        return super().connect(shape)

    def forward(self, x, conditions=None, training=False):
        """x with one part transformed."""
        return self._coupled(x, self.transform.forward, conditions, training)

    def inverse(self, z, conditions=None, training=False):
        """z with that part transformed back."""
        return self._coupled(z, self.transform.inverse, conditions, training)

    def conditions(self):
        """The conditions of the network."""
        shapes = {tensor.name: tensor.shape[1:] for tensor in self.network.inputs}
        taken = {"labels": None} if "labels" in shapes else {}
        if "context" in shapes:
            taken["context"] = tuple(shapes["context"])
        return taken

    def _coupled(self, x, function, conditions, training):
        if self.keep in ("even", "odd"):
            kept = self._checkerboard()
            parameters = self._parameters(x * kept, conditions, training)
            changed, log_slope = function(x, parameters)
            changed = kept * x + (1.0 - kept) * changed
            return changed, summed((1.0 - kept) * log_slope)
        sizes = halves(self._shape[-1], "first")
        first, last = tf.split(x, sizes, axis=-1)
        keeps_first = self.keep == "first"
        kept, changed = (first, last) if keeps_first else (last, first)
        parameters = self._parameters(kept, conditions, training)
        changed, log_slope = function(changed, parameters)
        parts = [kept, changed] if keeps_first else [changed, kept]
        return tf.concat(parts, axis=-1), summed(log_slope)

    def _parameters(self, kept, conditions, training):
        output = apply(self.network, kept, training=training, **(conditions or {}))
        size, p = self.network.output_shape[1:-1], self.transform.num_parameters
        return tf.reshape(output, [-1, *size, output.shape[-1] // p, p])

    def _checkerboard(self):
        rows, columns = np.indices(self._shape[:2])
        kept = (rows + columns) % 2 == (self.keep == "odd")
        return tf.constant(kept[..., None], tf.float32)


def halves(size, keep):
    """The number of values that are kept, and the number that are changed."""
    first, last = size - size // 2, size // 2
    return (first, last) if keep == "first" else (last, first)
