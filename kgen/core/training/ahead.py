"""The train function of `fit`: steps that run ahead, counted and checked."""

import tensorflow as tf

from kgen.core.checks.numbers import check_terms
from kgen.core.training.arrays import ArrayBatches
from kgen.core.training.blocks import Blocks
from kgen.core.training.joined import Layout


class TrainFunction:
    """Keras' train function, which Keras calls for each step.

    With `steps_per_execution="auto"` a call may run a block of steps, and the calls for
    the others of them return at once. Blocks grow while that saves time. They end where
    a callback has to see the model, and where an epoch ends.

    With `jit_compile="auto"` XLA compiles blocks of small steps beside the training, if
    it gives the same numbers but for rounding, and takes over when it is ready.

    Args:
        model: A compiled `GenerativeModel`.
        one_by_one: Keras' own function, for what blocks cannot do: several replicas,
            eager steps, batches that are no plain tensors.
    """

    def __init__(self, model, one_by_one):
        self._model, self._one_by_one = model, one_by_one
        self._blocks = {}  # By the specs of a batch.
        self._logs = None

    def __call__(self, iterator):
        """The running means after the next step, as floats by name."""
        model = self._model
        progress, steps = model.progress, model.steps_per_execution
        if progress.replays(steps):
            progress.data.advance(iterator, steps)
            return model.get_metrics_result()
        if progress.ahead:
            progress.ahead -= 1
            return self._logs
        blocks, wrong = self._blocks_of(iterator), -1
        if blocks is None:
            logs = self._one_by_one(iterator)
        else:
            blocks.choose(progress.choice)
            is_auto = model.steps_asked == "auto"
            most = progress.most_steps(blocks.size) if is_auto else steps
            logs, wrong, done = blocks(iterator, most)
            progress.choice = blocks.choice
            if is_auto:
                steps, progress.ahead = done, done - 1
        self._logs = check_terms(logs, progress.step, steps, wrong, model.trackers)
        progress.advance(steps)
        return self._logs

    def _blocks_of(self, iterator):
        """The `Blocks` of an iterator; `None` if Keras has to take its batches."""
        model = self._model
        is_shared = model.distribute_strategy.num_replicas_in_sync > 1
        known = isinstance(iterator, (tf.data.Iterator, ArrayBatches))
        if model.run_eagerly or is_shared or not known:
            return None
        key = str(iterator.element_spec)
        if key not in self._blocks:
            layout = Layout(iterator.element_spec)
            blocks = Blocks(model, layout) if layout.can_be_joined else None
            self._blocks[key] = blocks
        return self._blocks[key]
