"""A masked perceptron over all values of an image: MADE."""

from collections.abc import Callable, Sequence

import keras

from kgen.networks.inputs import condition_input, network
from kgen.networks.made import MADE
from kgen.networks.settings import checked


@checked
def masked_mlp(
    data_shape: Sequence[int],
    num_parameters: int = 1,
    hidden: Sequence[int] = (512, 512),
    activation: str | Callable | None = "relu",
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "masked_mlp",
) -> keras.Model:
    """`MADE` over an image: each value sees those before it, in raster order.

    Args:
        data_shape: `(height, width, channels)`.
        num_parameters: Parameters of the likelihood for each value.
        hidden: Units of each hidden layer, at least one layer.
        activation: Activation of the hidden layers.
        num_classes: If given, the network takes `labels`, which reach all hidden units.
        context_shape: If given, the network takes a `context` instead of labels.
        name: Name of the network.

    Returns:
        `keras.Model` `x[, condition] -> (batch, height, width, channels *
        num_parameters)`.

    References:
        [Germain et al., 2015](https://arxiv.org/abs/1502.03509)
    """
    *size, channels = data_shape
    x = keras.Input(tuple(data_shape), name="x")
    condition = condition_input(num_classes, context_shape)
    h = keras.layers.Flatten()(keras.layers.Rescaling(2.0, -1.0)(x))
    made = MADE(
        h.shape[1], num_parameters, hidden, activation, num_classes, context_shape
    )
    parameters = made(h) if condition is None else made(h, condition)
    output = keras.layers.Reshape((*size, channels * num_parameters))(parameters)
    return network(name, (x, condition), output)
