"""Executables of a verb: XLA compiles a graph that is often called, for a few sizes."""

import collections
import functools
import math
import time
from statistics import median

import tensorflow as tf

from kgen.core.training.compiling import (
    Compilation,
    can_be_looped,
    comes_by_itself,
    gives_same_numbers,
    operations,
)

BEFORE_XLA = 1.0  # Seconds of calls before XLA compiles, which takes about as long.
TRIALS = 10  # Calls after which XLA is compared with TensorFlow.
RECENT = 50  # Calls without XLA that it is compared with.
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
    if not comes_by_itself() or model.distribute_strategy.num_replicas_in_sync > 1:
        return False
    found = operations(graph)
    return can_be_looped(found) and gives_same_numbers(found)


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
        self.sizes = {}  # A `Size` for each number of rows of an executable.

    def __call__(self, *tensors):
        """The results of the graph."""
        if self._waits:
            return self._by_xla(tensors)
        if not comes_by_itself():
            return self._graph(*tensors)
        rows = tensors[0].shape[0]
        size = self.sizes.setdefault(padded_size(rows), Size())
        start, compiled = time.perf_counter(), size.is_ready
        results = self._by_xla(tensors) if compiled else self._graph(*tensors)
        size.note(compiled, time.perf_counter() - start, rows)
        taken = sum(each.compilation is not None for each in self.sizes.values())
        if size.is_worth_it and taken < MOST_SIZES:
            call = functools.partial(self._with_xla(), *self._padded(tensors))
            size.compilation = Compilation(call)
        return results

    def _by_xla(self, tensors):
        results = self._with_xla()(*self._padded(tensors))
        rows = tensors[0].shape[0]
        return tf.nest.map_structure(lambda value: value[:rows], results)

    def _padded(self, tensors):
        count = tensors[0].shape[0]
        missing = padded_size(count) - count
        if not missing:
            return tensors
        rows = [
            tf.pad(part, [[0, missing], *[[0, 0]] * (part.shape.rank - 1)])
            for part in tensors[: self._num_rows]
        ]
        return (*rows, *tensors[self._num_rows :])


class Size:
    """Whether XLA compiles a graph for a number of rows, by the times of its calls."""

    def __init__(self):
        self.compilation = None
        self._is_given_up = False
        self._seconds = 0.0  # Of all calls.
        # Seconds of a row, of the last calls without XLA and of the first ones with it.
        self._without = collections.deque(maxlen=RECENT)
        self._trials = []

    @property
    def is_worth_it(self):
        """Whether it is time to compile."""
        return self.compilation is None and self._seconds > BEFORE_XLA

    @property
    def is_ready(self):
        """Whether calls are XLA's."""
        has_compiled = self.compilation is not None and self.compilation.is_ready
        return has_compiled and not self._is_given_up

    def note(self, compiled, seconds, rows):
        """Notes a call; gives XLA up if it is slower, rows of zeros included."""
        self._seconds += seconds
        if not compiled:
            self._without.append(seconds / rows)
        elif len(self._trials) < TRIALS:
            self._trials.append(seconds / rows)
            if len(self._trials) == TRIALS:
                # The first call loads the code.
                by_xla, without = median(self._trials[1:]), median(self._without)
                self._is_given_up = by_xla > without
