"""Blocks of steps: how many run in one call of a graph, and whether XLA compiles it."""

import math
import time

import numpy as np
import tensorflow as tf

from kgen.core.training.arrays import ArrayBatches
from kgen.core.training.compiling import (
    Fused,
    can_be_looped,
    comes_by_itself,
    gives_same_numbers,
    operations,
)
from kgen.core.training.joined import collector
from kgen.core.training.loops import runner

LONG = 0.1  # Seconds of a block; a longer one gains nothing.
MOST_STEPS = 256
MOST_BYTES = 2**25  # In the batches of a block.
WAITING = 0.3  # Share of a block's time above which data comes too slowly to be joined.
BEFORE_XLA = 3.0  # Seconds of training before XLA compiles, which takes about as long.
FEWEST_STEPS = 4  # In a block that XLA may make faster.
XLA_STEPS = 32  # In a block that XLA compiles before the first step.
TRIALS = 10  # Blocks after which XLA is compared with TensorFlow.


class Blocks:
    """Runs steps on the next batches of an iterator, many in one call of a graph.

    Args:
        model: A compiled `GenerativeModel`.
        layout: The `kgen.core.training.joined.Layout` of a batch.
        training: Whether the steps train; XLA compiles no others.
    """

    def __init__(self, model, layout, training=True):
        one_step = model.train_step if training else model.test_step

        def step(data):
            return model.distribute_strategy.run(one_step, args=(data,))

        self._layout, self._is_auto = layout, model.steps_asked == "auto"
        self._step = tf.function(
            step,
            autograph=False,
            reduce_retracing=True,
            jit_compile=model.jit_compile,
        )
        self._collect = collector(layout)
        self._run = runner(self._step, layout)
        self._seconds = 0.0  # Of all blocks.
        self._rows = None  # Of the largest batch so far: of each part.
        self._fastest = {}  # Seconds of a step of such batches, with and without XLA.
        self._is_asked = training and model.jit_asked is model.jit_compile is True
        self._xla = "at once" if self._is_asked else model.jit_asked
        if not training or tf.config.list_physical_devices("GPU"):
            self._xla = False  # On a GPU Keras has XLA compile single steps.
        self._trials = 0 if self._is_asked else TRIALS
        self._most = None  # Steps of a call of XLA in the training that is resumed.
        self.size = 1  # Steps of the next block.
        self.fused = None  # The loop that XLA compiles, or has compiled.

    @property
    def is_fused(self):
        """Whether XLA has compiled the loop."""
        return self.fused is not None and self.fused.compilation.is_ready

    @property
    def choice(self):
        """What a resumed training has to know, a list of ints.

        Most steps of a call of XLA and the rows of each part; empty if XLA may still
        come, -1 if it is not to be used.
        """
        if self.is_fused and not self._trials:
            return [self.fused.steps, *map(int, self.fused.rows)]
        return [] if self._xla == "auto" or self.fused is not None else [-1]

    def choose(self, choice):
        """Makes the choice of a training that is resumed, unless the user chose."""
        if self._xla != "auto" or not choice:
            return
        self._xla, self._trials = False, 0
        if len(choice) == 1 + len(self._layout.specs):
            self._xla, self._most = "at once", choice[0]
            self._rows = np.array(choice[1:])

    def __call__(self, iterator, limit):
        """Runs steps.

        Args:
            iterator: The iterator.
            limit: Function from a number of steps to how many of them may run.

        Returns:
            The last step's logs; the first step whose logs were not finite, or -1; the
            number of steps.
        """
        start = time.perf_counter()
        if not (self._is_asked or comes_by_itself()):
            self._xla, self.fused = False, None
        most = limit(self.size)
        if isinstance(iterator, ArrayBatches):
            parts, sizes = iterator.take(most)
        else:
            parts, sizes = self._collect(iterator, tf.constant(most))
        rows = sizes.numpy()
        waited = time.perf_counter() - start
        self._note(rows)
        if self._xla == "at once":
            self._fuse_at_once(parts, len(rows), limit)
        fused, wrong = self.fused.count(rows) if self.is_fused else 0, -1
        if fused:
            logs, wrong = self.fused(parts, fused)
        if fused < len(rows):
            done = rows[:fused].sum(axis=0)
            rest = [part[first:] for part, first in zip(parts, done, strict=True)]
            logs, later = self._run(rest, sizes[fused:])
            wrong = fused + later if wrong < 0 <= later else wrong
        wrong = int(wrong)
        seconds = time.perf_counter() - start
        self._seconds += seconds
        if self._is_auto and len(rows) == self.size:
            self._grow(parts, waited, seconds)
        if fused in (0, len(rows)) and (rows == self._rows).all():
            self._compare(bool(fused), seconds / len(rows))
        if self._xla == "auto" and self._seconds > BEFORE_XLA and most >= FEWEST_STEPS:
            self._fuse(parts, max(most, self.size))
        if self.fused is not None and self.fused.compilation.has_failed:
            self.fused = None
        return logs, wrong, len(rows)

    def _note(self, rows):
        """Notes the largest batch: the others are ends of epochs."""
        largest = rows.max(axis=0)
        if self._rows is None:
            self._rows = largest
        elif (largest > self._rows).any():
            self._rows = np.maximum(largest, self._rows)
            self._fastest.clear()

    def _grow(self, parts, waited, seconds):
        """Lets the next block be larger, if that saves time."""
        comes = waited < WAITING * seconds and 2 * num_bytes(parts) <= MOST_BYTES
        if seconds < LONG and comes and self.size < MOST_STEPS and self.fused is None:
            self.size *= 2
            self._fastest.clear()

    def _fuse_at_once(self, parts, count, limit):
        """Has XLA compile the loop before the first step, and waits."""
        fitting = MOST_BYTES * count // max(1, num_bytes(parts))
        steps = self._most or limit(max(1, min(XLA_STEPS, fitting)))
        self._fuse(parts, steps)
        if self.fused is not None:
            self.fused.compilation.join()
            self.size = steps

    def _fuse(self, parts, steps):
        """Has XLA compile the loop, if that gives the same numbers."""
        self._xla = False
        found = operations(self._step.get_concrete_function(self._layout.spec))
        if can_be_looped(found) and (self._is_asked or gives_same_numbers(found)):
            self.fused = Fused(self._step, self._layout, parts, self._rows, steps)

    def _compare(self, fused, seconds):
        """Gives XLA up if it is slower."""
        self._fastest[fused] = min(seconds, self._fastest.get(fused, seconds))
        if fused and self._trials:
            self._trials -= 1
            slower = self._fastest[True] > self._fastest.get(False, math.inf)
            if slower and not self._trials:
                self.fused = None


def num_bytes(parts):
    """Bytes of tensors."""
    return sum(part.dtype.size * int(tf.size(part)) for part in parts)
