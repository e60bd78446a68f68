"""Blocks of steps: how many run in one call of a graph, and whether XLA compiles it."""

import math
import time

import tensorflow as tf
from tensorflow.python.framework import config as framework_config

from kgen.core.training.arrays import ArrayBatches
from kgen.core.training.compiling import Fused, can_be_looped, gives_same_numbers
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
        self._fastest = {}  # Seconds of a step, with and without XLA.
        at_once = model.jit_asked is model.jit_compile is True
        self._xla = "at once" if at_once else model.jit_asked
        self._trials = 0 if at_once else TRIALS
        if self._xla == "auto" and framework_config.is_op_determinism_enabled():
            self._xla = False  # When XLA takes over depends on the time.
        if not training or tf.config.list_physical_devices("GPU"):
            self._xla = False  # On a GPU Keras has XLA compile single steps.
        self.size = XLA_STEPS if self._xla == "at once" and self._is_auto else 1
        self.fused = None  # The loop that XLA compiles, or has compiled.

    @property
    def is_fused(self):
        """Whether XLA has compiled the loop."""
        return self.fused is not None and self.fused.is_ready

    @property
    def choice(self):
        """Most steps of a call of XLA; 0 if it may come, -1 if it is not to be used."""
        if self.is_fused:
            return self.fused.steps
        return 0 if self._xla == "auto" or self.fused is not None else -1

    def choose(self, choice):
        """Makes the choice of a training that is resumed, unless the user chose."""
        if self._xla == "auto" and choice > 0:
            self._xla, self._trials, self.size = "at once", 0, choice
        elif self._xla == "auto" and choice < 0:
            self._xla = False

    def __call__(self, iterator, most):
        """Runs up to `most` steps.

        Returns:
            The last step's logs; the first step whose logs were not finite, or -1; the
            number of steps.
        """
        start = time.perf_counter()
        if isinstance(iterator, ArrayBatches):
            parts, sizes = iterator.take(most)
        else:
            parts, sizes = self._collect(iterator, tf.constant(most))
        rows = sizes.numpy()
        waited = time.perf_counter() - start
        if self._xla == "at once":
            self._fuse(parts, rows, max(most, self.size))
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
        if fused in (0, len(rows)):
            self._compare(bool(fused), seconds / len(rows))
        if self._xla == "auto" and self._seconds > BEFORE_XLA and most >= FEWEST_STEPS:
            self._fuse(parts, rows, max(most, self.size))
        return logs, wrong, len(rows)

    def _grow(self, parts, waited, seconds):
        """Lets the next block be larger, if that saves time."""
        num_bytes = sum(part.dtype.size * int(tf.size(part)) for part in parts)
        comes = waited < WAITING * seconds and 2 * num_bytes <= MOST_BYTES
        if seconds < LONG and comes and self.size < MOST_STEPS and self.fused is None:
            self.size *= 2
            self._fastest.clear()

    def _fuse(self, parts, rows, steps):
        """Has XLA compile the loop; waits for it if the user asked for XLA."""
        concrete = self._step.get_concrete_function(self._layout.spec)
        waits, self._xla = self._xla == "at once", False
        alike = waits or gives_same_numbers(concrete)
        if alike and can_be_looped(concrete):
            self.fused = Fused(self._step, self._layout, parts, rows[0], steps)
            if waits:
                self.fused.wait()

    def _compare(self, fused, seconds):
        """Gives XLA up if it is slower."""
        self._fastest[fused] = min(seconds, self._fastest.get(fused, seconds))
        if fused and self._trials:
            self._trials -= 1
            slower = self._fastest[True] > self._fastest.get(False, math.inf)
            if slower and not self._trials:
                self.fused = None
