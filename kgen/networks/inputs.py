"""Calls of networks by the names of their inputs, and checks of these."""

import reprlib
from collections.abc import Sequence

import keras
import tensorflow as tf

from kgen.core.checks.values import check_condition, check_context
from kgen.networks.layers.resizing import Resized, ResizedLike

CONDITIONS = ("labels", "t", "context")
_ACTIVATIONS = ("relu", "sigmoid", "softmax", "tanh")
_SHAPE_ONLY = (keras.layers.Reshape, keras.layers.Flatten, keras.layers.Cropping2D)


def apply(
    network: keras.Model,
    value: tf.Tensor,
    labels: tf.Tensor | None = None,
    training: bool = False,
    **conditions,
) -> tf.Tensor:
    """Calls a network with the offered inputs that it declares.

    An input named `labels`, `context` or `t` takes the condition of this name, and so
    do inputs named as one of `conditions`. The other input takes `value`, whatever its
    name. So the same call serves conditional and unconditional networks.

    Args:
        network: Functional or Sequential `keras.Model` that is built.
        value: The main input, `x` or `z`: `(batch, ...)`.
        labels: int32 `(batch,)` or `None`. A network with an input `context` gets them
            as that: float32 `(batch, *context_shape)`.
        training: Whether layers run in training mode.
        **conditions: Further inputs by name, such as a `mask`.

    Returns:
        The output in float32, whatever the dtype policy: likelihoods are computed in
        full precision. A list of outputs for a network that has several.

    Raises:
        ValueError: if the network declares a condition that is not offered.
    """
    conditions = {"context": labels, **conditions, "labels": labels}
    named = {*CONDITIONS, *conditions}
    inputs = []
    for tensor in network.inputs:
        offered = conditions.get(tensor.name) if tensor.name in named else value
        if offered is None:
            raise ValueError(
                f"The network {network.name!r} has an input {tensor.name!r}, but the "
                f"model was given no {tensor.name}. Give num_classes to a model whose "
                "networks take labels, context_shape to one whose networks take a "
                "context."
            )
        inputs.append(tf.convert_to_tensor(offered))
    if len(inputs) == 1:
        (inputs,) = inputs
    else:
        inputs = keras.tree.pack_sequence_as(network.input, inputs)
    outputs = network(inputs, training=training)
    return tf.nest.map_structure(lambda output: tf.cast(output, tf.float32), outputs)


def input_shape(
    network: keras.Model, name: str, beside: Sequence[str] = ()
) -> tuple[int, ...]:
    """Shape of a network's main input, without the batch axis.

    Args:
        network: Functional or Sequential `keras.Model` that is built.
        name: Name of the input for the error, `"x"` or `"z"`.
        beside: Names of further inputs, which the network may have beside the main one
            and the conditions.

    Raises:
        ValueError: if the network has no inputs yet, or more than one besides the
            conditions.
    """
    inputs = getattr(network, "inputs", None) or []
    others = (*CONDITIONS, *beside)
    main = [tensor for tensor in inputs if tensor.name not in others]
    if len(main) != 1:
        raise ValueError(
            f"Expected a network with one input {name!r} beside the conditions "
            f"{others}, but {_named(network)} has "
            f"{[tensor.name for tensor in main]}. Build it as a Functional model: "
            f"keras.Model([{name}], output)."
        )
    return tuple(main[0].shape[1:])


def _named(network):
    return repr(getattr(network, "name", None) or reprlib.repr(network))


def check_takers(model, *networks):
    """Raises a ValueError unless networks take the condition that a model has."""
    check_labels(model.num_classes, *networks)
    shape = model.context_shape
    found = {
        network.name: tuple(tensor.shape[1:])
        for network in networks
        for tensor in network.inputs
        if tensor.name == "context"
    }
    if set(found.values()) != ({shape} - {None}):
        raise ValueError(
            f"context_shape={shape} was given, but among the networks "
            f"{[network.name for network in networks]} these take a 'context', of "
            f"the shapes {found}. Build all for the same context_shape."
        )


def check_time(denoiser):
    """Raises a ValueError unless a denoiser has an input `t` for the time."""
    names = [tensor.name for tensor in denoiser.inputs]
    if "t" not in names:
        raise ValueError(
            f"A denoiser takes the time as its input 't', but {_named(denoiser)} has "
            f"the inputs {names}. Add one: t = keras.Input((), name='t')."
        )


def check_labels(num_classes, *networks):
    """Raises a ValueError unless networks take labels exactly if there are classes."""
    takers = [n.name for n in networks if "labels" in [i.name for i in n.inputs]]
    if num_classes is None and takers:
        raise ValueError(
            f"The networks {takers} have an input 'labels', but there are no classes. "
            "Pass num_classes."
        )
    if num_classes is not None and not takers:
        raise ValueError(
            f"num_classes={num_classes} was given, but none of the networks "
            f"{[network.name for network in networks]} has an input 'labels'. Add "
            "one, or leave num_classes out."
        )


def check_output(role, network, expected, because, advice=""):
    """Raises a ValueError unless a network gives an output of the expected shape.

    Args:
        role: Role of the network for the error, such as `"encoder"`.
        network: Functional or Sequential `keras.Model` that is built.
        expected: Shape of its output, without the batch axis.
        because: The reasons for this shape, in the plural: `"the data and the
            likelihood"`.
        advice: A sentence that says how to build the network.
    """
    found = tuple(network.output_shape[1:])
    if found != tuple(expected):
        raise ValueError(
            f"The {role}'s output has shape {found}, but {because} need "
            f"{tuple(expected)}.{' ' * bool(advice)}{advice}"
        )


def output_activation(network: keras.Model) -> str:
    """Name of the activation that a network ends with, or `"linear"`.

    Layers that only reshape are skipped. In a nested network its own end counts.
    """
    tensor = network.outputs[0]
    while True:
        layer, node, _ = tensor._keras_history
        if isinstance(layer, keras.Model):
            return output_activation(layer)
        if not isinstance(layer, _SHAPE_ONLY):
            break
        tensor = layer._inbound_nodes[node].input_tensors[0]
    kind = type(layer).__name__.lower()  # A layer, or an operation of `keras.ops`.
    if kind in _ACTIVATIONS:
        return kind
    own = getattr(layer, "activation", None)  # Of a layer of several, the inner ones'.
    activation = keras.activations.get(getattr(layer, "output_activation", own))
    return keras.activations.serialize(activation)


def conditioned(value, condition, num_classes):
    """`value` with its condition appended on the last axis, see `condition_vector`.

    An image gets an image as further channels, in its own size. All else is a vector,
    the same at all places.

    Args:
        value: Symbolic tensor `(batch, ..., channels)`.
        condition: Symbolic labels `(batch,)`, context `(batch, *context_shape)`, or
            `None`.
        num_classes: Number of classes; `None` with a context.
    """
    if condition is None:
        return value
    if are_images(value, condition):
        return keras.layers.Concatenate()([value, sized_like(condition, value)])
    vector = condition_vector(condition, num_classes)
    sizes = value.shape[1:-1]
    for axis, size in enumerate(sizes, start=1):
        vector = keras.ops.expand_dims(vector, axis)
        if None not in sizes:
            vector = keras.ops.repeat(vector, size, axis)
    if None in sizes:  # Images of any size.
        vector = keras.ops.cast(vector, value.dtype)
        vector = vector + keras.ops.zeros_like(value[..., :1])
    return keras.layers.Concatenate()([value, vector])


def are_images(value, condition):
    """Whether a condition is an image, and is for an image; both are symbolic."""
    return len(value.shape) == 4 == len(condition.shape)


def sized_like(condition, value):
    """An image as a condition, in the height and width of the image `value`."""
    size = value.shape[1:3]
    if None in size:
        return ResizedLike()([condition, value])
    return condition if condition.shape[1:3] == size else Resized(*size)(condition)


def condition_vector(condition, num_classes):
    """The condition as a vector: labels one-hot, a context flattened."""
    if num_classes is None:
        flat = len(condition.shape) == 2
        return condition if flat else keras.layers.Flatten()(condition)
    return keras.ops.one_hot(condition, num_classes)


def condition_input(num_classes, context_shape=None):
    """The input `labels` or `context` of a network; `None` for an unconditional one.

    Args:
        num_classes: Number of classes, or `None`.
        context_shape: Shape of the context, or size of a vector, or `None`.

    Raises:
        ValueError: if both are given.
    """
    check_condition("network", num_classes, context_shape)
    if context_shape is None:
        return labels_input(num_classes)
    return context_input(context_shape)


def context_input(context_shape):
    """The input `context` of a network; `None` for one without it."""
    shape = check_context("network", context_shape)
    return shape and keras.Input(shape, name="context")


def labels_input(num_classes):
    """The input `labels` of a network; `None` for an unconditional one."""
    if num_classes is None:
        return None
    return keras.Input((), name="labels", dtype="int32")


def network(name, inputs, output):
    """A Functional model of the inputs that are not `None`."""
    inputs = [tensor for tensor in inputs if tensor is not None]
    return keras.Model(inputs if len(inputs) > 1 else inputs[0], output, name=name)
