"""The progress of `fit`, and data sets that a resumed `fit` reads from there."""

import contextlib
import math

import keras
import numpy as np
import tensorflow as tf

from kgen.core.checks.data import NO_BATCH, with_value_checks
from kgen.core.checks.numbers import check_weights
from kgen.core.distribution.replicas import several_workers
from kgen.core.training.gathering import prefetched
from kgen.core.training.looks import sees_evaluation, steps_until_look


class ResumableDataset(tf.data.Dataset, tf.distribute.DistributedDataset):
    """A data set, shared among replicas, that counts its iterators and batches.

    Keras makes one or two iterators for each epoch, and each gives a new order. A
    resumed training makes the same number of iterators and skips the same number of
    batches as before the interruption: it then reads the batches that would have
    followed.

    For Keras the first base class makes this a data set, and the second a shared one:
    Keras then asks this object for every iterator.

    Values are checked in the first epoch only: starting a data set that checks values
    takes longer than a step of a small model.

    Batches of arrays on a single device come without a pipeline.

    Args:
        dataset: `tf.data.Dataset` of global batches.
        checked: The same data set, which refuses bad batches.
        strategy: The `tf.distribute` strategy that shares the batches.
    """

    # The base classes' constructors expect tensors of a pipeline. There are none.
    def __init__(self, dataset, checked, strategy):
        self.dataset = dataset
        self.shared = strategy.experimental_distribute_dataset(dataset)
        self._first = None  # What the first epoch reads, if it differs.
        if checked is not dataset:
            self._first = strategy.experimental_distribute_dataset(checked)
        self._source = self.shared
        # An iterator of any of them advances the order of all. This is the cheapest.
        self._order = self.shared if several_workers(strategy) else dataset
        arrays = getattr(dataset, "arrays", None)
        if arrays is not None and strategy.num_replicas_in_sync == 1:
            self._source = self._order = arrays
        self.iterators = 0  # Number of iterators made, of all these data sets.
        self.batches = 0  # Number of batches taken from the newest iterator.
        self.replay = 0  # Batches to skip, one for each step that Keras counts.
        self._drop = 0  # Batches of earlier epochs, to be skipped at once.

    @property
    def element_spec(self):
        """The specs of a global batch."""
        return self.dataset.element_spec

    def _inputs(self):
        return [self.dataset]

    def cardinality(self):
        """Number of batches."""
        return self.dataset.cardinality()

    def __iter__(self):
        iterator = iter(self._first or self._source)
        self._first = None
        self.iterators += 1
        self.batches = self._drop
        for _ in range(self._drop):
            next(iterator)
        self._drop = 0
        return iterator

    def seek(self, iterators, batches, step):
        """Makes the next epoch continue an interrupted one.

        Args:
            iterators: Number of iterators that had been made.
            batches: Number of batches that had been taken from the last iterator.
            step: Number of these batches that belong to the interrupted epoch.
        """
        while self.iterators < iterators - 1:
            iter(self._order)
            self.iterators += 1
        self._drop, self.replay = batches - step, step

    def advance(self, iterator, steps):
        """Skips the batches of `steps` steps that were trained on before."""
        for _ in range(steps):
            next(iterator)
        self.replay -= steps
        self.batches += steps


class Progress:
    """The state of a call of `fit`: its data, callbacks and number of steps.

    Args:
        given: The arguments of `fit`, as `resumable_datasets` returned them.
    """

    def __init__(self, given):
        data = given.get("x")
        self.data = (
            data if isinstance(data, ResumableDataset) else None
        )  # Only this data can be replayed.
        self.callbacks = given.get("callbacks") or []
        if isinstance(self.callbacks, keras.callbacks.CallbackList):
            self.callbacks = self.callbacks.callbacks
        self.step = 0  # Steps of training so far, also those before a resumption.
        self.ahead = 0  # Steps that have run and that Keras will still call.
        self.choice = []  # Of XLA: `kgen.core.training.blocks.Blocks.choice`.
        self._size = steps_of_epoch(given.get("steps_per_epoch"), self.data)
        self._epoch_step = None  # Steps of this epoch so far.
        self.closing = contextlib.ExitStack()  # Closed when `fit` ends or raises.

    def begin_epoch(self):
        """Notes that an epoch begins."""
        self.ahead = 0
        if self._size is None and self._epoch_step:
            self._size = self._epoch_step + 1  # Keras takes no more than this, either.
        self._epoch_step = None if self.data is None else 0

    def replays(self, steps):
        """Whether the next steps were trained on before."""
        replays = self.data is not None and self.data.replay > 0
        if replays and self._epoch_step is not None:
            self._epoch_step += steps
        return replays

    def most_steps(self, steps):
        """How many of `steps` steps may run before Keras has to go on."""
        if self._epoch_step is None:  # Another kind of data, or nobody told.
            return 1
        left = steps if self._size is None else self._size - self._epoch_step
        return int(max(1, min(steps, left, steps_until_look(self.callbacks))))

    def advance(self, steps):
        """Counts steps of training."""
        self.step += steps
        if self._epoch_step is not None:
            self._epoch_step += steps
        if self.data is not None:
            self.data.batches += steps


def steps_of_epoch(steps, data):
    """Number of steps of an epoch or an evaluation; `None` if it is unknown.

    Args:
        steps: What the user has asked for, or `None`.
        data: A data set.
    """
    size = -1 if data is None else int(data.cardinality())
    found = steps or (None if size < 0 else size)
    most = keras.config.max_steps_per_epoch()
    return found if most is None else min(most, math.inf if found is None else found)


def resumable_datasets(model, given):
    """The arguments of `fit`, with each data set as a `ResumableDataset`."""
    given = dict(given)
    if not isinstance(given.get("callbacks"), keras.callbacks.CallbackList):
        callbacks = keras.tree.flatten(given.get("callbacks") or [])
        # `Retrace` comes last: the others may change which variables are trained.
        given["callbacks"] = [FiniteWeights(), *callbacks, Retrace()]
    if given.get("steps_per_epoch") and is_plain_dataset(given["x"]):
        given["x"] = given["x"].repeat()  # One iterator serves all epochs.
    for argument in ("x", "validation_data"):
        data = given.get(argument)
        if not is_plain_dataset(data):
            continue
        checked = with_value_checks(model, data, argument)
        is_shared = model.distribute_strategy.num_replicas_in_sync > 1
        if not is_shared and not hasattr(data, "arrays"):
            data, checked = prefetched(data), prefetched(checked)
        given[argument] = ResumableDataset(data, checked, model.distribute_strategy)
    return given


class FiniteWeights(keras.callbacks.Callback):
    """Stops training at the end of an epoch that made a weight NaN or infinite.

    The terms may not show it: the ReLU of TensorFlow's fused convolutions turns NaN
    into 0.
    """

    def on_epoch_end(self, epoch, logs=None):
        """Checks the trainable weights."""
        check_weights((v.path, np.asarray(v)) for v in self.model.trainable_variables)


class Retrace(keras.callbacks.Callback):
    """Retraces the step if another callback froze or unfroze a part of the model."""

    def on_epoch_begin(self, epoch, logs=None):
        """Retraces the step if the trained variables have changed."""
        self.model.retrace_if_changed()
        self.model.progress.begin_epoch()


def check_some_steps(progress, history):
    """Raises a ValueError if the data set had no batch in any epoch."""
    if progress.data is not None and history.epoch and not progress.step:
        raise ValueError(f"`fit` was given {NO_BATCH}")


def steps_of_evaluation(given):
    """How many steps `evaluate` may run before Keras has to go on.

    Args:
        given: Arguments of `evaluate`.
    """
    callbacks = given.get("callbacks") or []
    if isinstance(callbacks, keras.callbacks.CallbackList):
        callbacks = callbacks.callbacks
    if sees_evaluation(keras.tree.flatten(callbacks)):
        return 1
    data = given["x"] if isinstance(given.get("x"), tf.data.Dataset) else None
    size = steps_of_epoch(given.get("steps"), data)
    if size is None:
        return 1 if data is None else math.inf
    return max(1, size)


def evaluated(logs):
    """The logs of `evaluate`, if the data set had a batch."""
    if logs in ([], {}):
        raise ValueError(f"`evaluate` was given {NO_BATCH}")
    return logs


def ends_unforeseen(given):
    """Whether the number of batches that `fit` will read is unknown."""
    if given.get("steps_per_epoch"):
        return False
    if isinstance(given["x"], tf.data.Dataset):
        return int(given["x"].cardinality()) == tf.data.UNKNOWN_CARDINALITY
    return not isinstance(given["x"], keras.utils.PyDataset)


def with_checked_data(model, given):
    """Arguments of `evaluate` or `predict` whose data set refuses invalid values."""
    if not is_plain_dataset(given.get("x")):
        return given
    return {**given, "x": with_value_checks(model, given["x"])}


def is_plain_dataset(data):
    """Whether `data` is a `tf.data.Dataset` with values that are not yet checked."""
    return isinstance(data, tf.data.Dataset) and not isinstance(data, ResumableDataset)
