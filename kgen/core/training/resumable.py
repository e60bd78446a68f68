"""How far a call of `fit` has come, and how a resumed one gets there again."""

import contextlib

import keras
import numpy as np
import tensorflow as tf

from kgen.core.checks.data import NO_BATCH, with_value_checks
from kgen.core.checks.numbers import check_terms, check_weights
from kgen.core.distribution.replicas import several_workers


class ResumableDataset(tf.data.Dataset, tf.distribute.DistributedDataset):
    """A data set, shared among replicas, that knows how far it has been read.

    Keras makes one or two iterators for each epoch, and each gives a new order. Once
    as many have been made as before the interruption, and as many batches passed over,
    what follows is what would have followed.

    To Keras the first base makes it a data set, and the second one that is shared
    already, so that it asks here for every iterator.

    Values are checked in the first epoch: to start a data set that checks them takes
    longer than a step of a small model.

    Args:
        dataset: `tf.data.Dataset` of global batches.
        checked: The same data set, which refuses bad batches.
        strategy: The `tf.distribute` strategy that shares them.
    """

    # The bases' constructors want tensors of a pipeline of its own; it has none.
    def __init__(self, dataset, checked, strategy):
        self.dataset = dataset
        self.shared = strategy.experimental_distribute_dataset(dataset)
        self._first = strategy.experimental_distribute_dataset(checked)
        # Whichever is iterated moves on the order of all; this is the cheapest.
        self._order = self.shared if several_workers(strategy) else dataset
        self.iterators = 0  # Made so far, of whatever data set: they share the order.
        self.batches = 0  # Taken from the newest.
        self.replay = 0  # To be passed over, one for each step that Keras counts.
        self._drop = 0  # To be passed over at once: they belong to earlier epochs.

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
        iterator = iter(self._first or self.shared)
        self._first = None
        self.iterators += 1
        self.batches = self._drop
        for _ in range(self._drop):
            next(iterator)
        self._drop = 0
        return iterator

    def seek(self, iterators, batches, step):
        """Makes the next epoch go on where another one was interrupted.

        Args:
            iterators: How many iterators had been made.
            batches: How many batches had been taken from the last of them.
            step: How many of these belong to the interrupted epoch.
        """
        while self.iterators < iterators - 1:
            iter(self._order)
            self.iterators += 1
        self._drop, self.replay = batches - step, step

    def advance(self, iterator, steps):
        """Passes over the batches of some steps that were trained on before."""
        for _ in range(steps):
            next(iterator)
        self.replay -= steps
        self.batches += steps


class Progress:
    """What a call of `fit` is doing.

    Args:
        given: The arguments of `fit`, as `resumable_datasets` returned them.
    """

    def __init__(self, given):
        data = given.get("x")
        self.data = (
            data if isinstance(data, ResumableDataset) else None
        )  # It can be replayed.
        self.callbacks = given.get("callbacks") or []
        if isinstance(self.callbacks, keras.callbacks.CallbackList):
            self.callbacks = self.callbacks.callbacks
        self.step = 0  # Steps of training so far, those before a resumption included.
        self.closing = contextlib.ExitStack()  # What ends with `fit`, however it ends.


def resumable_datasets(model, given):
    """The arguments of `fit`, its data sets as `ResumableDataset`s that check."""
    given = dict(given)
    if not isinstance(given.get("callbacks"), keras.callbacks.CallbackList):
        callbacks = keras.tree.flatten(given.get("callbacks") or [])
        # After the others, which may have changed what is trained.
        given["callbacks"] = [FiniteWeights(), *callbacks, Retrace()]
    if given.get("steps_per_epoch") and is_plain_dataset(given["x"]):
        given["x"] = given["x"].repeat()  # One iterator serves all epochs.
    for argument in ("x", "validation_data"):
        data = given.get(argument)
        if not is_plain_dataset(data):
            continue
        given[argument] = ResumableDataset(
            data, with_value_checks(model, data, argument), model.distribute_strategy
        )
    return given


class FiniteWeights(keras.callbacks.Callback):
    """Stops training at the end of an epoch that made a weight NaN or infinite.

    The terms may not show it: the ReLU of TensorFlow's fused convolutions makes 0 of
    NaN.
    """

    def on_epoch_end(self, epoch, logs=None):
        """Looks at the trainable weights."""
        check_weights((v.path, np.asarray(v)) for v in self.model.trainable_variables)


class Retrace(keras.callbacks.Callback):
    """Makes the step anew where another callback froze or freed a part of the model."""

    def on_epoch_begin(self, epoch, logs=None):
        """Looks at what is trained."""
        self.model.retrace_if_changed()


def check_some_steps(progress, history):
    """Raises a ValueError if epochs of a data set had no batch in them."""
    if progress.data is not None and history.epoch and not progress.step:
        raise ValueError(f"`fit` was given {NO_BATCH}")


def evaluated(logs):
    """What `evaluate` found, if the data set had a batch."""
    if logs in ([], {}):
        raise ValueError(f"`evaluate` was given {NO_BATCH}")
    return logs


def ends_unforeseen(given):
    """Whether nobody knows how many batches `fit` will read."""
    if given.get("steps_per_epoch"):
        return False
    if isinstance(given["x"], tf.data.Dataset):
        return int(given["x"].cardinality()) == tf.data.UNKNOWN_CARDINALITY
    return not isinstance(given["x"], keras.utils.PyDataset)


def is_plain_dataset(data):
    """Whether `data` is a `tf.data.Dataset` whose values are still to be checked."""
    return isinstance(data, tf.data.Dataset) and not isinstance(data, ResumableDataset)


def counted(model, function):
    """A train function of Keras that keeps count and stops at numbers gone wrong.

    Args:
        model: A `GenerativeModel` in `fit`.
        function: What `make_train_function` made: it takes an iterator.
    """

    def train(iterator):
        progress, steps = model.progress, model.steps_per_execution
        data = progress.data
        if data is not None and data.replay > 0:
            data.advance(iterator, steps)
            return model.get_metrics_result()
        logs = function(iterator)
        progress.step += steps
        if data is not None:
            data.batches += steps
        check_terms(logs, progress.step)
        return logs

    return train
