"""What XLA compiles beside running work: when it may, and loops over steps."""

import threading

import numpy as np
import tensorflow as tf
from tensorflow.python.framework import config as framework_config

from kgen.core.training.loops import fused_runner

# In a loop of XLA on a CPU these are slower, by a factor of a hundred.
_SLOW = ("Conv", "Depthwise", "_Fused", "MaxPool", "AvgPool")
# XLA draws other numbers than TensorFlow.
_RANDOM = (
    "Random",
    "StatelessRandom",
    "StatelessShuffle",
    "StatelessTruncated",
    "StatelessParameterized",
    "StatelessMultinomial",
    "TruncatedNormal",
    "ParameterizedTruncated",
    "Multinomial",
)
# Seeds are the same everywhere: `kgen.core.random.fold_in`.
_SAME = ("StatelessRandomUniformFullIntV2", "StatelessRandomGetKeyCounter")


def operations(concrete):
    """Types of the operations of a concrete function and of those that it calls."""
    graph = concrete.graph.as_graph_def()
    nodes = [*graph.node, *(n for f in graph.library.function for n in f.node_def)]
    return {node.op for node in nodes}


def can_be_looped(found):
    """Whether XLA on a CPU is no slower in a loop of these `operations`."""
    return not any(name.startswith(_SLOW) for name in found)


def gives_same_numbers(found):
    """Whether XLA gives the same numbers for these `operations`, but for rounding."""
    return not any(name.startswith(_RANDOM) and name not in _SAME for name in found)


def comes_by_itself():
    """Whether XLA may compile without a user's word.

    Not where operations have to be deterministic: the time decides when it takes over.
    On a GPU Keras has it compile single steps.
    """
    is_free = not framework_config.is_op_determinism_enabled()
    return is_free and not tf.config.list_physical_devices("GPU")


class Compilation(threading.Thread):
    """A first call in a thread, in which XLA compiles.

    Args:
        call: Function that calls what is to be compiled.
    """

    def __init__(self, call):
        super().__init__(name="kgen-xla")
        self._call = call
        self.is_ready = self.has_failed = False
        self.start()

    def run(self):
        """Compiles."""
        try:
            self._call()
        except tf.errors.OpError:  # XLA lacks some operations.
            self.has_failed = True
        else:
            self.is_ready = True
        self._call = None  # It may hold copies of all variables.


class Fused:
    """A loop over steps that a thread compiles, while training goes on without it.

    XLA compiles at a first call, which reads and writes all variables. Here that call
    runs no step and gets copies of the variables. The executable belongs to the
    function, whatever variables it takes.

    Args:
        step: A `tf.function` of a batch.
        layout: The `kgen.core.training.joined.Layout` of its batches.
        parts: Tensors of batches, as a `collector` gives them.
        rows: Number of rows of each part of a batch.
        steps: Most steps of a call.
    """

    def __init__(self, step, layout, parts, rows, steps):
        self.rows, self.steps = rows, steps
        self._function = fused_runner(step, layout)
        shapes = [(steps, n, *p.shape[1:]) for n, p in zip(rows, parts, strict=True)]
        zeros = [tf.zeros(s, p.dtype) for s, p in zip(shapes, parts, strict=True)]
        inputs = (zeros, tf.constant(0))
        concrete = self._function.get_concrete_function(*inputs)
        variables = {id(v.handle): v for v in concrete.graph.variables}
        copies = [
            tf.Variable(variables[id(tensor)]) if id(tensor) in variables else tensor
            for tensor in concrete.captured_inputs
        ]

        def first_call():
            handles = [getattr(copy, "handle", copy) for copy in copies]
            concrete._call_flat(tf.nest.flatten(inputs), handles)

        self.compilation = Compilation(first_call)

    def count(self, sizes):
        """How many of the next batches, of these sizes, can run together here."""
        others = np.flatnonzero((sizes != self.rows).any(axis=1))
        return int(min([*others[:1], len(sizes), self.steps]))

    def __call__(self, parts, count):
        """Runs the first `count` batches of `parts`, with the results of a `runner`."""
        rows = zip(parts, self.rows, strict=True)
        parts = [part[: count * size] for part, size in rows]
        return self._function(self._stacked(parts, count), tf.constant(count))

    def _stacked(self, parts, count):
        """Parts `(steps, rows, ...)` from `count` batches; the others are zeros."""
        stacked = []
        for part, rows in zip(parts, self.rows, strict=True):
            part = part[: count * rows]
            if count < self.steps:
                missing = (self.steps - count) * rows
                part = tf.pad(part, [[0, missing], *[[0, 0]] * (part.shape.rank - 1)])
            stacked.append(tf.reshape(part, (self.steps, rows, *part.shape[1:])))
        return stacked
