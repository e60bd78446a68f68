"""Networks of continuous flows: vector fields, smooth in x and in the time."""

from collections.abc import Callable, Sequence

import keras

from kgen.networks.inputs import condition_input, condition_vector, network
from kgen.networks.settings import checked


@checked
def mlp_field(
    data_shape: Sequence[int],
    hidden: Sequence[int] = (64, 64),
    activation: str | Callable | None = "tanh",
    num_classes: int | None = None,
    context_shape: int | Sequence[int] | None = None,
    name: str = "field",
) -> keras.Model:
    """A perceptron `dx/dt = f(x, t)` whose layers the time gates and shifts.

    Each layer is `(W h) * sigmoid(a(c)) + b(c)`, where c has the time and the
    condition, and a and b are linear (FFJORD's "concatsquash"). A smooth activation
    gives a field that a solver follows with few steps. The last layer starts at 0: the
    flow is then the identity.

    Args:
        data_shape: Shape of an example.
        hidden: Units of each hidden layer.
        activation: Activation of the hidden layers, smooth such as `"tanh"`.
        num_classes: If given, the network takes `labels`.
        context_shape: If given, the network takes a `context` of this shape instead of
            labels, an int for vectors.
        name: Name of the network.

    Returns:
        `keras.Model` `x, t[, condition] -> (batch, *data_shape)`, t float32 `(batch,)`
        in 0..1.

    References:
        [Grathwohl et al., 2019](https://arxiv.org/abs/1810.01367)
    """
    x = keras.Input(data_shape, name="x")
    t = keras.Input((), name="t")
    given = condition_input(num_classes, context_shape)
    condition = keras.layers.Reshape((1,))(t)
    if given is not None:
        vector = condition_vector(given, num_classes)
        condition = keras.layers.Concatenate()([condition, vector])
    h = keras.layers.Flatten()(x)
    size = h.shape[-1]
    for units in hidden:
        h = keras.layers.Dense(units, use_bias=False)(h)
        h = keras.layers.Activation(activation)(_gated(h, condition))
    h = keras.layers.Dense(size, use_bias=False, kernel_initializer="zeros")(h)
    output = _gated(h, condition, kernel_initializer="zeros")
    output = keras.layers.Reshape(data_shape)(output)
    return network(name, (x, t, given), output)


def _gated(h, condition, **settings):
    """h times a gate plus a shift, both by the condition."""
    gate = keras.layers.Dense(h.shape[-1], "sigmoid")(condition)
    shift = keras.layers.Dense(h.shape[-1], **settings)(condition)
    return keras.layers.Add()([keras.layers.Multiply()([h, gate]), shift])
