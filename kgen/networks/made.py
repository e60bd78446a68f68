"""MADE: a masked perceptron whose output for a value sees only the values before it."""

import math
from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from kgen.core.checks.values import check_context, check_count
from kgen.core.config import ConfiguredLayer

UNROLLED = 8  # Most values with operations of their own; more take long to trace.


class MADE(ConfiguredLayer):
    """Parameters of each value of a vector, from the values before it and conditions.

    Every hidden unit has a degree, the number of values that it may see. A connection
    exists only if the degree does not fall. Labels and context reach all units.

    Args:
        size: Number of values.
        num_parameters: Number of parameters of each value.
        hidden: Units of each hidden layer, at least one layer.
        activation: Activation of the hidden layers.
        num_classes: If given, the network takes labels.
        context_shape: If given, the network takes a context `(batch,
            *context_shape)`, an int for vectors.
        **kwargs: Arguments of `keras.layers.Layer`.

    References:
        [Germain et al., 2015](https://arxiv.org/abs/1502.03509)
    """

    output_activation = "linear"

    def __init__(
        self,
        size: int,
        num_parameters: int = 1,
        hidden: Sequence[int] = (64, 64),
        activation: str | Callable | None = "relu",
        num_classes: int | None = None,
        context_shape: int | Sequence[int] | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.size = check_count("MADE", "size", size)
        self.num_parameters = check_count("MADE", "num_parameters", num_parameters)
        self.hidden = hidden
        self.activation = activation
        self.num_classes = num_classes
        self.context_shape = check_context("MADE", context_shape)
        self._activate = keras.activations.get(activation)
        widths = [check_count("MADE", "hidden", units) for units in hidden]
        if not widths:
            raise ValueError("`MADE` was given no hidden layers, but needs one.")
        # Units of degree 0 see conditions alone.
        conditional = num_classes is not None or context_shape is not None
        self._degrees = [np.arange(1, size + 1)]
        for units in widths:
            # An eighth sees conditions alone, so the first value has enough units.
            free = max(1, units // 8) if conditional else 0
            free = units if size == 1 else free
            spread = np.arange(units - free) * (size - 1) // max(units - free, 1)
            self._degrees.append(np.append(np.zeros(free, int), 1 + spread))
        # An output is for the value after the values that it sees.
        self._degrees.append(np.repeat(np.arange(size), self.num_parameters))
        self._kernels, self._biases = [], []
        for layer, (seen, sees) in enumerate(self._pairs()):
            last = layer == len(widths)
            self._kernels.append(
                self.add_weight(
                    name=f"kernel_{layer}",
                    shape=(len(seen), len(sees)),
                    initializer="zeros" if last else masked_glorot(seen, sees),
                    # The only value of a vector of size 1 has no value before it.
                    trainable=bool(seen.min() <= sees.max()),
                )
            )
            bias = self.add_weight(
                name=f"bias_{layer}", shape=(len(sees),), initializer="zeros"
            )
            self._biases.append(bias)
        for condition, num_values in (
            ("labels", num_classes),
            ("context", self.context_shape and math.prod(self.context_shape)),
        ):
            kernel = num_values and self.add_weight(
                name=f"kernel_of_{condition}",
                shape=(num_values, widths[0]),
                initializer="glorot_uniform",
            )
            setattr(self, f"_kernel_of_{condition}", kernel)
        self.built = True

    def _pairs(self):
        return list(zip(self._degrees, self._degrees[1:], strict=False))

    def _masked(self, layer):
        """The kernel of a layer, with 0 for missing connections."""
        seen, sees = self._pairs()[layer]
        kernel = tf.convert_to_tensor(self._kernels[layer])
        return kernel * tf.cast(seen[:, None] <= sees[None, :], kernel.dtype)

    def _of_conditions(self, conditions):
        """The terms of labels and context for the first layer, `(batch, units)`."""
        given, total = conditions or {}, None
        for name, kernel in (
            ("labels", self._kernel_of_labels),
            ("context", self._kernel_of_context),
        ):
            if kernel is None:
                continue
            value = given.get(name)
            if value is None:
                raise ValueError(
                    f"This MADE takes {name}, but the model was given none. Give the "
                    "model num_classes or context_shape as well."
                )
            if name == "labels":
                value = tf.one_hot(value, self.num_classes)
            kernel = tf.convert_to_tensor(kernel)
            value = tf.cast(tf.reshape(value, [-1, kernel.shape[0]]), kernel.dtype)
            added = tf.matmul(value, kernel)
            total = added if total is None else total + added
        return total

    def call(self, x, condition=None):
        """`parameters`, with the labels or the context as a tensor."""
        name = "context" if self.num_classes is None else "labels"
        return self.parameters(x, {name: condition})

    def parameters(self, x, conditions=None):
        """The parameters of each value given the values before it.

        Args:
            x: float32 `(batch, size)`.
            conditions: Dictionary with `labels` and `context`, if the network has them.

        Returns:
            float32 `(batch, size, num_parameters)`.
        """
        h, of_conditions = x, self._of_conditions(conditions)
        for layer, bias in enumerate(self._biases):
            h = tf.nn.bias_add(tf.matmul(h, self._masked(layer)), bias)
            if layer == 0 and of_conditions is not None:
                h += of_conditions
            if layer < len(self._biases) - 1:
                h = self._activate(h)
        return tf.reshape(h, [-1, self.size, self.num_parameters])

    def one_by_one(self, num_rows, conditions, draw):
        """Runs the network value by value; each value depends on its parameters.

        A unit is computed once, as soon as its inputs are known: all values together
        cost about as much arithmetic as one pass.

        Args:
            num_rows: Number of rows.
            conditions: See `parameters`.
            draw: Function from the index of a value, a scalar, and its parameters
                `(num_rows, num_parameters)` to the value and a further number, both
                `(num_rows,)`. The network takes the value as input for later values.

        Returns:
            The values and the further numbers, both `(num_rows, size)`.
        """
        run = self._unrolled if self.size <= UNROLLED else self._looped
        return run(num_rows, self._of_conditions(conditions), draw)

    def _unrolled(self, num_rows, of_conditions, draw):
        """`one_by_one` for few values, each with operations of its own."""
        kernels = [self._masked(layer) for layer in range(len(self._biases))]
        # As degrees rise, the first units of a layer are computed first.
        states, further = [[] for _ in kernels], []
        for i in range(self.size):
            for layer, kernel in enumerate(kernels):
                first, last = np.searchsorted(self._degrees[layer + 1], [i, i + 1])
                if first == last:
                    continue
                bias = tf.convert_to_tensor(self._biases[layer])[first:last]
                new = tf.broadcast_to(bias, [num_rows, last - first])
                if states[layer]:
                    below = tf.concat(states[layer], axis=1)
                    new += tf.matmul(below, kernel[: below.shape[1], first:last])
                if layer == 0 and of_conditions is not None:
                    new += of_conditions[:, first:last]
                if layer < len(kernels) - 1:
                    states[layer + 1].append(self._activate(new))
            value, more = draw(i, new)
            states[0].append(value[:, None])
            further.append(more)
        return tf.concat(states[0], axis=1), tf.stack(further, axis=1)

    def _looped(self, num_rows, of_conditions, draw):
        """`one_by_one` for many values, as one loop."""
        *layers, last = [self._by_degree(layer) for layer in range(len(self._biases))]
        biases = [bias for _, bias in layers]
        if of_conditions is not None:
            columns = columns_of(of_conditions, self._groups(1), axis=1)
            biases[0] += tf.transpose(columns, [1, 0, 2])

        def place(i, values, further, states):
            below, new_states = values, []
            for (kernel, _), bias, state in zip(layers, biases, states, strict=True):
                new = tf.matmul(below, tf.gather(kernel, i)) + tf.gather(bias, i)
                new_states.append(put(state, i, self._activate(new)))
                below = tf.reshape(new_states[-1], [-1, math.prod(state.shape[1:])])
            kernel, bias = last
            parameters = tf.matmul(below, tf.gather(kernel, i)) + tf.gather(bias, i)
            value, more = draw(i, parameters)
            return i + 1, put(values, i, value), put(further, i, more), new_states

        states = [tf.zeros([num_rows, self.size, k.shape[2]]) for k, _ in layers]
        empty = tf.zeros([num_rows, self.size])
        _, values, further, _ = tf.while_loop(
            lambda i, *_: i < self.size,
            place,
            (tf.constant(0), empty, empty, states),
            maximum_iterations=self.size,
        )
        return values, further

    def _groups(self, layer):
        """The units of a layer by degree, `(size, most)`, padded with -1."""
        if layer == len(self._biases):  # The outputs.
            return np.arange(self.size * self.num_parameters).reshape(self.size, -1)
        units = [np.flatnonzero(self._degrees[layer] == d) for d in range(self.size)]
        most = max(map(len, units))
        return np.stack(
            [np.pad(u, (0, most - len(u)), constant_values=-1) for u in units]
        )

    def _by_degree(self, layer):
        """The kernel `(size, units before, units)` and bias `(size, 1, units)`."""
        groups = self._groups(layer + 1)
        kernel = self._masked(layer)
        if layer:
            kernel = columns_of(kernel, self._groups(layer).ravel(), axis=0)
        kernel = tf.transpose(columns_of(kernel, groups, axis=1), [1, 0, 2])
        bias = columns_of(tf.convert_to_tensor(self._biases[layer]), groups, axis=0)
        return kernel, bias[:, None]


def columns_of(values, places, axis):
    """`values` at these indices of an axis; 0 for the index -1."""
    paddings = [[0, int(k == axis)] for k in range(len(values.shape))]
    size = values.shape[axis]
    return tf.gather(
        tf.pad(values, paddings), np.where(places < 0, size, places), axis=axis
    )


def put(values, i, new):
    """`values` `(rows, size, ...)` with `new` `(rows, ...)` at index i of axis 1."""
    here = tf.range(values.shape[1]) == i
    here = tf.reshape(here, [-1, *[1] * (len(values.shape) - 2)])
    return tf.where(here, new[:, None], values)


def masked_glorot(seen, sees):
    """An initializer whose scale compensates for masked connections."""
    share = np.mean(seen[:, None] <= sees[None, :])
    return keras.initializers.VarianceScaling(
        1.0 / max(share, 1e-3), "fan_avg", "uniform"
    )
