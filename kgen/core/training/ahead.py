"""Functions of `fit` and `evaluate` whose steps run ahead of Keras' calls."""

import tensorflow as tf

from kgen.core.checks.numbers import check_terms
from kgen.core.training.arrays import ArrayBatches
from kgen.core.training.blocks import Blocks
from kgen.core.training.joined import Layout
from kgen.core.training.resumable import steps_of_evaluation


class StepFunction:
    """A function that Keras calls for each step.

    With `steps_per_execution="auto"` a call may run a block of steps, and the calls for
    the others of them return at once. Blocks grow while that saves time.

    Args:
        model: A compiled `GenerativeModel`.
        one_by_one: Keras' own function, for what blocks cannot do: several replicas,
            eager steps, batches that are no plain tensors.
    """

    training = True  # Whether steps train.

    def __init__(self, model, one_by_one):
        self.model, self.one_by_one = model, one_by_one
        self.logs = None
        self._blocks = {}  # By the specs of a batch.

    def may_run_ahead(self, iterator):
        """Whether blocks may take the batches of an iterator."""
        model = self.model
        is_shared = model.distribute_strategy.num_replicas_in_sync > 1
        known = isinstance(iterator, (tf.data.Iterator, ArrayBatches))
        return known and not (model.run_eagerly or is_shared)

    def blocks_of(self, iterator):
        """The `Blocks` of an iterator; `None` if its batches cannot be joined."""
        if not self.may_run_ahead(iterator):
            return None
        model, key = self.model, str(iterator.element_spec)
        if key not in self._blocks:
            layout = Layout(iterator.element_spec)
            blocks = Blocks(model, layout, self.training)
            self._blocks[key] = blocks if layout.can_be_joined else None
        return self._blocks[key]


class TrainFunction(StepFunction):
    """Keras' train function: it counts steps and checks their terms.

    Blocks end where a callback has to see the model, and where an epoch ends. With
    `jit_compile="auto"` XLA compiles blocks of small steps beside the training, if it
    gives the same numbers but for rounding, and takes over when it is ready.
    """

    def __call__(self, iterator):
        """The running means after the next step, as floats by name."""
        model = self.model
        progress, steps = model.progress, model.steps_per_execution
        if progress.replays(steps):
            progress.data.advance(iterator, steps)
            return model.get_metrics_result()
        # A batch of `train_on_batch` may come in between.
        if progress.ahead and self.may_run_ahead(iterator):
            progress.ahead -= 1
            return self.logs
        blocks, wrong = self.blocks_of(iterator), -1
        if blocks is None:
            logs = self.one_by_one(iterator)
        elif model.steps_asked == "auto":
            blocks.choose(progress.choice)
            logs, wrong, steps = blocks(iterator, progress.most_steps)
        else:
            blocks.choose(progress.choice)
            logs, wrong, _ = blocks(iterator, lambda _: steps)
        logs = check_terms(logs, progress.step, steps, wrong, model.trackers)
        progress.advance(steps)
        if blocks is not None:
            self.logs, progress.choice = logs, blocks.choice
            progress.ahead = steps - model.steps_per_execution
        return logs


class TestFunction(StepFunction):
    """Keras' test function.

    Attributes:
        left: Number of steps that may run; infinity up to the end of the data.
    """

    training = False
    left = 1
    _ahead = 0

    def begin(self, left):
        """Begins an evaluation, of `left` steps at most."""
        self.left, self._ahead = left, 0

    def __call__(self, iterator):
        """The running means after the next step."""
        if self._ahead and self.may_run_ahead(iterator):
            self._ahead -= 1
            return self.logs
        blocks = self.blocks_of(iterator)
        if blocks is None:
            return self.one_by_one(iterator)
        self.logs, _, done = blocks(iterator, self._limit)
        self.left -= done
        self._ahead = max(0, done - self.model.steps_per_execution)
        return self.logs

    def _limit(self, steps):
        if self.model.steps_asked != "auto":
            return self.model.steps_per_execution
        return int(max(1, min(steps, self.left)))


class RunsAhead:
    """Makes steps of `fit` and `evaluate` run ahead of Keras' calls.

    A base class of `GenerativeModel`, before `keras.Model`.
    """

    def make_train_function(self, force=False):
        """Makes a `TrainFunction` of Keras' own."""
        if self.train_function is None or force:
            super().make_train_function(force=True)
            self.train_function = TrainFunction(self, self.train_function)

    def make_test_function(self, force=False):
        """Makes a `TestFunction` of Keras' own."""
        if self.test_function is None or force:
            super().make_test_function(force=True)
            self.test_function = TestFunction(self, self.test_function)

    def begin_evaluation(self, given):
        """Prepares the test function for an evaluation.

        Args:
            given: Arguments of `evaluate`.
        """
        self.make_test_function()
        self.test_function.begin(steps_of_evaluation(given))
