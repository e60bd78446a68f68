"""Runs a network one position at a time; a position costs only its new values."""

import keras
import tensorflow as tf
from keras import layers

from kgen.networks.causal.layer import CausalLayer, NotIncremental
from kgen.networks.inputs import CONDITIONS
from kgen.networks.layers.activations import Gated
from kgen.networks.layers.dropout import Dropout

# When a tensor is known: before the first position, when a row begins, at its position.
ALWAYS, ROW, POSITION = range(3)
# Layers whose output at a position depends on their input at this position alone.
POSITIONWISE = (
    layers.Activation,
    layers.Add,
    layers.Average,
    layers.BatchNormalization,
    layers.Concatenate,
    layers.Dense,
    layers.Dropout,
    layers.ELU,
    layers.Embedding,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.Identity,
    layers.LayerNormalization,
    layers.LeakyReLU,
    layers.Multiply,
    layers.ReLU,
    layers.Rescaling,
    layers.SpatialDropout1D,
    layers.SpatialDropout2D,
    layers.Subtract,
    Dropout,
    Gated,
)
# Operations of `keras.ops` of this kind, by the names of their classes.
OPERATIONS = {
    *("Abs", "Absolute", "Add", "Cast", "Divide", "Elu", "Exp", "Gelu", "Multiply"),
    *("Negative", "Relu", "Sigmoid", "Silu", "Softplus", "Split", "Square"),
    *("Subtract", "Tanh", "TrueDivide"),
}


class IncrementalNetwork:
    """A Functional network, run position by position.

    Tensors that depend on labels and other conditions alone are computed once, tensors
    that depend on the rows above once for each row, and the rest at each position. A
    map over an image's positions, from an image as condition, is computed once, and
    each position takes its own vector.
    Layers that look at other positions are `CausalLayer`s or Keras' own recurrent
    layers; all other layers must be positionwise. A layer says so by the attribute
    `positionwise`, and by `takes_whole` that it takes inputs that do not depend on x
    whole, such as the sequence to which it attends.

    Args:
        network: Functional or Sequential `keras.Model` with an input `x`, an image or a
            sequence.
        beside: Names of further inputs, which are known before the first position.

    Raises:
        NotIncremental: if a layer cannot run by position; the message names it.
    """

    def __init__(self, network, beside=()):
        others = (*CONDITIONS, *beside)
        (self.x,) = [tensor for tensor in network.inputs if tensor.name not in others]
        network = getattr(network, "_functional", network)  # Of a Sequential one.
        self.network = network
        self.nodes = [
            node
            for depth in sorted(network._nodes_by_depth, reverse=True)
            for node in network._nodes_by_depth[depth]
            if not node.is_input
        ]
        # The layers among them that look at other positions, by the key of their state.
        self.layers = {}
        self.known = {id(tensor): ALWAYS for tensor in network.inputs}
        self.known[id(self.x)] = POSITION
        # Maps over all positions that are computed once: each position takes its own.
        self.maps = set()
        # Tensors that depend on x at their own position alone.
        self.direct = {id(self.x)}
        for index, node in enumerate(self.nodes):
            known = self._know(str(index), node)
            self.known.update({id(tensor): known for tensor in node.outputs})
            if str(index) not in self.layers and self._is_direct(node):
                self.direct.update(id(tensor) for tensor in node.outputs)

    def _know(self, key, node):
        """When the outputs of a node are known; notes layers that look elsewhere."""
        inputs = max(self.known[id(tensor)] for tensor in node.input_tensors)
        if inputs == ALWAYS:
            return ALWAYS
        operation = stepwise(node.operation, node.input_tensors)
        if isinstance(operation, CausalLayer) and len(node.input_tensors) == 1:
            self.layers[key] = operation
            return ROW if operation.known_early(inputs == ROW) else POSITION
        fixed = [t for t in node.input_tensors if self.known[id(t)] == ALWAYS]
        if getattr(operation, "takes_whole", False):
            fixed = []
        maps = [] if self._is_direct(node) else [t for t in fixed if self._is_map(t)]
        fixed = [t for t in fixed if t not in maps]
        alone = is_positionwise(operation, node.outputs[0])
        if not alone or depends_on_position(node, fixed):
            name, kind = node.operation.name, type(node.operation).__name__
            raise NotIncremental(
                f"{name} ({kind}) may look at other positions, or differ from position "
                "to position."
            )
        self.maps.update(id(tensor) for tensor in maps)
        return inputs

    def _is_map(self, tensor):
        """Whether a tensor has a vector for each position of the image x."""
        return len(tensor.shape) == 4 and tensor.shape[1:3] == self.x.shape[1:3]

    def _is_direct(self, node):
        return any(id(tensor) in self.direct for tensor in node.input_tensors)

    def start(self, x, labels, width, **conditions):
        """Values known before the first position, and the states of all layers.

        Args:
            x: Input at a first position; only its batch size and type are used.
            labels: int32 `(batch,)` or `None`.
            width: Number of positions in a row.
            **conditions: Further inputs by name.
        """
        early = {
            id(tensor): conditions.get(tensor.name, labels)
            for tensor in self.network.inputs
        }
        del early[id(self.x)]
        values, states = {**early, id(self.x): x}, {"row": tf.constant(-1)}
        values |= {key: early[key][:, :1, :1] for key in self.maps & early.keys()}
        for index, node in enumerate(self.nodes):
            if self.known[id(node.outputs[0])] == ALWAYS:
                outputs = _run(node, early)
                _store(node, outputs, early)
            elif layer := self.layers.get(key := str(index)):
                value = _input(layer, node, values)
                states[key] = layer.start(value, width)
                # Only the shape matters here: later nodes use it.
                sizes = tf.unstack(tf.shape(value))[: len(node.outputs[0].shape) - 1]
                channels = node.outputs[0].shape[-1]
                outputs = tf.zeros([*sizes, channels], layer.compute_dtype)
            else:
                outputs = _run(node, values)
            _store(node, outputs, values)
            here = [id(tensor) for tensor in node.outputs if id(tensor) in self.maps]
            values |= {key: values[key][:, :1, :1] for key in here}
        return early, states

    def begin_row(self, early, states):
        """Values known when a row begins, and the new states.

        Args:
            early: Values known before the first position.
            states: States of the layers.
        """
        row = states["row"] + 1
        rows = {key: early[key][:, row, None] for key in self.maps}
        values, states = {**early, **rows}, {**states, "row": row}
        for index, node in enumerate(self.nodes):
            outputs = None
            if layer := self.layers.get(key := str(index)):
                known = self.known[id(node.input_tensors[0])]
                row = _input(layer, node, values) if known == ROW else None
                outputs, states[key] = layer.begin_row(states[key], row)
            elif self.known[id(node.outputs[0])] == ROW:
                outputs = _run(node, values)
            if outputs is not None:
                _store(node, outputs, values)
                _store(node, outputs, rows)
        return rows, states

    def next_position(self, early, rows, states, x, column):
        """The output at the next position, `(batch, parameters)`, and the new states.

        Args:
            early: Values known before the first position.
            rows: Values known for the whole row.
            states: States of the layers.
            x: Input at the position, `(batch, 1, 1, channels)` for an image.
            column: Index of the position in its row.
        """
        values, states = dict(early), dict(states)
        values |= {key: row[:, :, column, None] for key, row in rows.items()}
        values[id(self.x)] = x
        for index, node in enumerate(self.nodes):
            outputs, layer = None, self.layers.get(key := str(index))
            if layer and self.known[id(node.input_tensors[0])] == POSITION:
                value = _input(layer, node, values)
                outputs, states[key] = layer.next_position(states[key], value, column)
            elif self.known[id(node.outputs[0])] == POSITION:
                outputs = _run(node, values)
            if outputs is not None:
                _store(node, outputs, values)
        output = values[id(self.network.outputs[0])]
        return tf.reshape(tf.cast(output, tf.float32), [-1, output.shape[-1]]), states

    def record(self, early, states, x, column):
        """The new states of the layers right after the input, once this is final.

        Args:
            early: Values known before the first position.
            states: States of the layers before the position.
            x: Input at the position.
            column: Index of the position in its row.
        """
        values, new = {**early, id(self.x): x}, {}
        for index, node in enumerate(self.nodes):
            if not self._is_direct(node):
                continue
            if layer := self.layers.get(key := str(index)):
                value = _input(layer, node, values)
                new[key] = layer.record(states[key], value, column)
            else:
                _store(node, _run(node, values), values)
        return new


class _Recurrent(CausalLayer):
    """A recurrent layer of Keras as a `CausalLayer` that runs its cell step by step."""

    def __init__(self, rnn):
        super().__init__(name=rnn.name, dtype=rnn.dtype_policy)
        self.rnn = rnn

    def start(self, value, width):
        """The layer's own initial state."""
        return tuple(self.rnn.get_initial_state(tf.shape(value)[0]))

    def next_position(self, state, value, column):
        """A step of the cell."""
        output, state = self.rnn.cell(value[:, 0], state)
        return output[:, None], tuple(state)


def stepwise(operation, inputs):
    """An operation on these inputs, or the `CausalLayer` that does the same."""
    if not isinstance(operation, layers.RNN) or len(inputs[0].shape) != 3:
        return operation
    backwards = operation.go_backwards or operation.stateful
    if backwards or operation.return_state or not operation.return_sequences:
        return operation
    return _Recurrent(operation)


def is_positionwise(operation, output):
    """Whether an operation with this output works at each position alone."""
    axes = getattr(operation, "axis", -1)
    axes = [axes] if isinstance(axes, int) else axes or []
    if any(axis not in (-1, len(output.shape) - 1) for axis in axes):
        return False
    if isinstance(operation, (layers.Conv1D, layers.Conv2D)):
        return {*operation.kernel_size, *operation.strides} == {1}
    known = isinstance(operation, POSITIONWISE) or getattr(
        operation, "positionwise", False
    )
    return known or type(operation).__name__ in OPERATIONS


def depends_on_position(node, fixed):
    """Whether a node has an input that depends on the position, but not on x.

    Args:
        node: The node.
        fixed: Its inputs that do not depend on x.
    """
    rank = len(node.outputs[0].shape)
    if any(len(t.shape) != rank or {*t.shape[1:-1]} - {1} for t in fixed):
        return True
    arguments = keras.tree.flatten([node.arguments.args, node.arguments.kwargs])
    shapes = [
        tuple(value.shape)
        for value in arguments
        if hasattr(value, "shape") and not isinstance(value, keras.KerasTensor)
    ]
    return any({*shape[:-1]} - {1} for shape in shapes)


def _input(layer, node, values):
    """The input of a node's causal layer, in the layer's type."""
    value = values[id(node.input_tensors[0])]
    return tf.cast(value, layer.compute_dtype) if value.dtype.is_floating else value


def _run(node, values):
    """The outputs of a node."""
    args, kwargs = node.arguments.fill_in(values)
    return node.operation(*args, **kwargs)


def _store(node, outputs, values):
    """Stores the outputs of a node."""
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    for tensor, value in zip(node.outputs, outputs, strict=True):
        values[id(tensor)] = value
