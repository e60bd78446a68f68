"""Tied weights: a decoder whose kernels are the transposes of the encoder's."""

from collections.abc import Callable

import keras

from kgen.core.config import ConfiguredLayer
from kgen.networks.inputs import network
from kgen.networks.settings import checked


class TiedDense(ConfiguredLayer):
    """`activation(x W^T + b)`: W is the kernel of another layer, only b is its own.

    The model that holds both networks joins them by `tie`, also when it is loaded. So W
    is trained and saved once.

    Args:
        units: Size of the output: the input size of the other layer.
        tied_to: Name of that `keras.layers.Dense`.
        activation: Activation of the output.
        **kwargs: Arguments of `keras.layers.Layer`.
    """

    def __init__(self, units, tied_to, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.tied_to = tied_to
        self.activation = activation
        self._activate = keras.activations.get(activation)

    def build(self, input_shape):
        """Makes the bias."""
        self.bias = self.add_weight(name="bias", shape=(self.units,))

    def join(self, layer):
        """Uses the kernel of `layer`; the layer still owns it."""
        vars(self)["source"] = layer  # Keras would track the kernel a second time.

    def call(self, x):
        """`(..., size of the other layer's output)` to `(..., units)`."""
        if "source" not in vars(self):
            raise ValueError(
                f"{self.name!r} has no kernel of its own: it is tied to the encoder's "
                f"layer {self.tied_to!r}. Pass both networks to a kgen.Autoencoder."
            )
        kernel = keras.ops.transpose(self.source.kernel)
        return self._activate(keras.ops.matmul(x, kernel) + self.bias)

    def compute_output_shape(self, input_shape):
        """`(..., units)`, which Keras can compute without a kernel."""
        return (*input_shape[:-1], self.units)


def tie(decoder, encoder):
    """Joins each `TiedDense` of a decoder with its layer of the encoder."""
    for layer in decoder.layers:
        if isinstance(layer, TiedDense):
            layer.join(encoder.get_layer(layer.tied_to))


@checked
def tied_decoder(
    encoder: keras.Model,
    output_activation: str | Callable | None = None,
    name: str = "decoder",
) -> keras.Model:
    """The mirror of a perceptron, with the encoder's kernels, transposed.

    Args:
        encoder: Network of dense layers without labels, such as an `mlp_encoder`.
        output_activation: Activation of the output: `"sigmoid"` for images in [0, 1].
        name: Name of the network.

    Returns:
        `keras.Model` `z -> x` for a `kgen.Autoencoder` with the same encoder.

    Raises:
        ValueError: if the encoder has labels, or weights in other layers.

    References:
        [Vincent et al., 2010](https://jmlr.org/papers/v11/vincent10a.html)
    """
    dense = [layer for layer in encoder.layers if layer.weights]
    if len(encoder.inputs) > 1 or {type(layer) for layer in dense} != {_DENSE}:
        raise ValueError(
            f"The weights of {encoder.name!r} cannot be tied: expected a network of "
            "dense layers with one input. Use mlp_encoder without num_classes."
        )
    activations = [layer.activation for layer in dense[:-1]]
    activations = [output_activation, *activations]
    z = keras.Input(dense[-1].output.shape[1:], name="z")
    h = z
    for layer, activation in zip(dense[::-1], activations[::-1], strict=True):
        h = TiedDense(layer.kernel.shape[0], layer.name, activation)(h)
    output = keras.layers.Reshape(encoder.inputs[0].shape[1:])(h)
    return network(name, (z,), output)


_DENSE = keras.layers.Dense
