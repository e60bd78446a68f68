"""Executables of a verb: XLA compiles a graph that is often called, for a few sizes."""

import contextlib
import functools
import math
import threading
import time

import tensorflow as tf
from tensorflow.python.framework import config as framework_config

from kgen.core.training.compiling import can_be_looped, gives_same_numbers

BEFORE_XLA = 1.0  # Seconds of calls before XLA compiles, which takes about as long.
TRIALS = 10  # Calls after which XLA is compared with TensorFlow.
MOST_SIZES = 8  # Of a graph that XLA compiles by itself; TensorFlow keeps them all.
FEWEST_ROWS = 8


def padded_size(rows):
    """The number of rows of the executable for `rows` rows: 8, 12, 16, 24, 32, ..."""
    power = 2 ** max(3, math.ceil(math.log2(max(rows, FEWEST_ROWS))))
    return power * 3 // 4 if rows <= power * 3 // 4 and power > FEWEST_ROWS else power


def wants_xla(model, graph):
    """Whether XLA may compile a verb's graph.

    Without a user's word it does where it makes the graph faster and leaves the
    numbers, but for rounding.

    Args:
        model: A `GenerativeModel`.
        graph: A concrete function of it.
    """
    if model.jit_verbs != "auto":
        return model.jit_verbs
    return (
        not framework_config.is_op_determinism_enabled()
        and not tf.config.list_physical_devices("GPU")
        and model.distribute_strategy.num_replicas_in_sync == 1
        and can_be_looped(graph)
        and gives_same_numbers(graph)
    )


class Executables:
    """A graph with a row for each row of its inputs, which XLA compiles when it pays.

    An executable is for one number of rows. Rows of zeros fill it up, and each row of
    the results depends on its own row alone.

    Args:
        graph: A concrete function of tensors with rows, and of scalars after them.
        with_xla: Function without arguments that makes the same with `jit_compile`.
        num_rows: Number of its inputs that have rows.
        waits: Whether calls wait for XLA. Otherwise a thread compiles once
            `BEFORE_XLA` seconds have gone into calls, and they go on without it.
    """

    def __init__(self, graph, with_xla, num_rows, waits=False):
        self._graph, self._num_rows, self._waits = graph, num_rows, waits
        self._with_xla = functools.cache(with_xla)
        self._sizes = {}  # The `_Size` of each number of rows.

    def __call__(self, *tensors):
        """The results of the graph."""
        if not self._waits and framework_config.is_op_determinism_enabled():
            return self._graph(*tensors)
        size = padded_size(tensors[0].shape[0])
        if size not in self._sizes:
            self._sizes[size] = _Size(self._graph, self._with_xla, self._num_rows, size)
        found = self._sizes[size]
        if self._waits and not found.is_ready:
            found.compile(tensors)
        taken = sum(each.thread is not None for each in self._sizes.values())
        return found(tensors, may_compile=taken < MOST_SIZES)


class _Size:
    """The graph for up to `size` rows, with XLA or without."""

    def __init__(self, graph, with_xla, num_rows, size):
        self._graph, self._with_xla = graph, with_xla
        self._num_rows, self._size = num_rows, size
        self.thread, self.is_ready = None, False  # The thread that compiles.
        self._seconds = 0.0  # Of all calls.
        self._fastest = math.inf  # Seconds of a row without XLA.
        self._saved = 0.0  # Seconds that XLA has saved in its trials.
        self._trials = TRIALS

    def __call__(self, tensors, may_compile):
        start, compiled = time.perf_counter(), self.is_ready
        rows = tensors[0].shape[0]
        if compiled:
            results = self._with_xla()(*self._padded(tensors))
            results = tf.nest.map_structure(lambda value: value[:rows], results)
        else:
            results = self._graph(*tensors)
        seconds = time.perf_counter() - start
        self._seconds += seconds
        pays = self._seconds > BEFORE_XLA and self.thread is None and not compiled
        if pays and may_compile:
            inputs = (self._with_xla(), *self._padded(tensors))
            self.thread = threading.Thread(
                target=self._compile, args=inputs, name="kgen-xla"
            )
            self.thread.start()
        self._compare(compiled, seconds, rows)
        return results

    def compile(self, tensors):
        """Compiles the graph, and does not give it up again."""
        self._with_xla()(*self._padded(tensors))
        self.is_ready, self._trials = True, 0

    def _compile(self, function, *inputs):
        with contextlib.suppress(tf.errors.OpError):  # XLA lacks some operations.
            function(*inputs)
            self.is_ready = True

    def _padded(self, tensors):
        missing = self._size - tensors[0].shape[0]
        if not missing:
            return tensors
        rows = [
            tf.pad(part, [[0, missing], *[[0, 0]] * (part.shape.rank - 1)])
            for part in tensors[: self._num_rows]
        ]
        return (*rows, *tensors[self._num_rows :])

    def _compare(self, compiled, seconds, rows):
        """Gives XLA up if it is slower, rows of zeros included."""
        if not compiled:
            self._fastest = min(seconds / rows, self._fastest)
        elif self._trials:
            self._trials -= 1
            if self._trials < TRIALS - 1:  # The first call loads the code.
                self._saved += self._fastest * rows - seconds
            self.is_ready = bool(self._trials) or self._saved >= 0
