"""`fit` for the command line: with files, pictures, checkpoints and an EMA."""

import contextlib
import csv
import dataclasses
import math
import os
import signal
import threading
from collections.abc import Sequence

import keras

from kgen.adversarial.monitor import can_be_watched, variance
from kgen.callbacks import (
    Checkpoint,
    GANMonitor,
    SampleGrid,
    SaveModel,
    TranslationGrid,
)
from kgen.core.distribution.replicas import is_chief
from kgen.core.files import whole
from kgen.runs.duration import TellDuration

HISTORY = "history.csv"
CHECKPOINTS = "checkpoints"
SAMPLES = "samples"
NUM_PICTURES = 64
NUM_POINTS = 1000  # As many samples of points, over as many of the data.
NUM_COLUMNS = 16
WATCHED = 256  # Held-out examples that a GAN's samples are compared with.


@dataclasses.dataclass(frozen=True)
class Training:
    """How a run trains: settings that are independent of model and data.

    Args:
        epochs: Number of epochs.
        strategy: See `kgen.strategies.get`.
        precision: Name of a Keras dtype policy: `"float32"`, `"mixed_bfloat16"`, ...
        ema: Momentum of an average of the weights, such as 0.999. The average replaces
            the weights for pictures, validation and the saved model; `None` leaves
            averaging to the recipe.
        deterministic: Whether slower operations replace those whose last digits vary
            from run to run; matters on GPUs.
        checkpoint_steps: Steps between two checkpoints.
        resume: Whether to continue from the checkpoints of the run folder, if any.
        log: Names of loggers, see `kgen.loggers.LOGGERS`. A resumed run goes on with
            those that it had.
        log_dir: Folder of TensorBoard events, which stands for the logger
            `"tensorboard"`; without it they are in the run folder.
    """

    epochs: int = 50
    strategy: str = "none"
    precision: str = "float32"
    ema: float | None = None
    deterministic: bool = True
    checkpoint_steps: int = 1000
    resume: bool = False
    log: Sequence[str] = ()
    log_dir: str | os.PathLike[str] | None = None

    def reproducibility_settings(self):
        """Settings that decide the trained weights; resuming must not change them."""
        names = ("strategy", "precision", "ema", "deterministic")
        return {name: getattr(self, name) for name in names}


def fit(model, training, testing, folder, settings, stop=None, others=()):
    """Fits with a progress bar.

    Args:
        model: A compiled `GenerativeModel`.
        training: Data set to train on.
        testing: Data set to validate on.
        folder: `pathlib.Path` of the run.
        settings: `Training`.
        stop: The `StopOnSignal` to use; a new one by default.
        others: Further callbacks, which see the pictures of an epoch.

    Returns:
        `(history, interrupted)`: `keras.callbacks.History`, and whether Ctrl-C or
        SIGTERM ended training early.

    Raises:
        ConnectionError: if another worker of the cluster has stopped.
    """
    history = keras.callbacks.History()
    callbacks = [history, *averaging(model)]
    chief = is_chief(model.distribute_strategy)
    if chief:
        points = points_of(testing)
        callbacks += writers(model, folder, history, points)
        callbacks += translations(model, testing, folder)
        callbacks += watchers(model, testing, settings.epochs)
        callbacks += others
        callbacks.append(TellDuration())
    callbacks.append(Checkpoint(folder / CHECKPOINTS, settings.checkpoint_steps))
    stop = stop or StopOnSignal()
    callbacks.append(stop)
    with stop.listening():
        try:
            model.fit(
                training,
                validation_data=testing,
                epochs=settings.epochs,
                callbacks=callbacks,
                verbose="auto" if chief else 0,
            )
        except KeyboardInterrupt:
            if averaging_optimizer(model).use_ema and not in_place(callbacks):
                model.optimizer.finalize_variable_values(model.trainable_variables)
            return history, True
        except BaseException:
            if chief:
                print(flush=True)  # Ends the line of the progress bar.
            raise
    return history, False


def averaging(model):
    """The callback that puts averaged weights into the model before others save it."""
    if not averaging_optimizer(model).use_ema:
        return []
    return [keras.callbacks.SwapEMAWeights(swap_on_epoch=True)]


def in_place(callbacks):
    """Whether one of the callbacks has put averaged weights into the model."""
    return any(getattr(c, "_ema_weights_in_model", False) for c in callbacks)


def points_of(testing):
    """Held-out vectors to draw behind samples; `None` for other data."""
    x = testing.element_spec[0]
    if x.shape.rank != 2 or not x.dtype.is_floating:
        return None
    batches = testing.unbatch().batch(NUM_POINTS).take(1)
    return next(batches.as_numpy_iterator())[0]


def writers(model, folder, history, points):
    """Callbacks that write files; `points` are drawn behind samples, unless `None`."""
    callbacks = [
        SaveHistory(folder / HISTORY, history),
        SaveModel(folder / "model.keras"),
    ]
    if hasattr(model, "sample"):
        pictures = {"num_samples": NUM_PICTURES}
        if points is not None:
            pictures = {"num_samples": len(points), "data": points}
        callbacks.append(SampleGrid(folder / SAMPLES, **pictures))
    return callbacks


def translations(model, testing, folder):
    """The callback that draws translations of held-out images, for two such domains."""
    if not hasattr(model, "translate_back") or len(model.data_shape) != 3:
        return []
    x, y = next(testing.as_numpy_iterator())
    return [TranslationGrid(folder / SAMPLES, x[:NUM_COLUMNS], y[:NUM_COLUMNS])]


def watchers(model, testing, epochs):
    """The monitor of a GAN, if held-out examples differ enough to compare with.

    Trouble has to last for a tenth of a run, because many games begin with samples
    that are nearly equal.
    """
    if not can_be_watched(model):
        return []
    batch = testing.unbatch().batch(WATCHED).take(1).as_numpy_iterator()
    x, labels = next(batch)
    if variance(x) == 0:
        return []
    labels = None if model.num_classes is None else labels
    return [GANMonitor(x, labels, patience=max(5, epochs // 10))]


class SaveHistory(keras.callbacks.Callback):
    """Writes the logs of all epochs as a table, one row for each.

    Unlike Keras' `CSVLogger` it writes no epoch twice after training was resumed.

    Args:
        path: CSV file.
        history: `keras.callbacks.History`, before this one in the list of callbacks.
    """

    def __init__(self, path, history):
        super().__init__()
        self.path = path
        self.history = history

    def on_epoch_end(self, epoch, logs=None):
        """Writes the table."""
        columns = self.history.history
        rows = zip(self.history.epoch, *columns.values(), strict=True)
        with whole(self.path) as partial, open(partial, "w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["epoch", *columns])
            table.writerows(rows)


def averaging_optimizer(model):
    """The optimizer of a compiled model that can average weights."""
    optimizer = getattr(model, model.averaging_optimizer)
    return getattr(optimizer, "inner_optimizer", optimizer)


def with_average(model, momentum):
    """Compiles a model again, with an optimizer that keeps an average of the weights.

    Args:
        model: A compiled `GenerativeModel` that has not been trained.
        momentum: Momentum of the exponential moving average, in 0..1.
    """
    name, optimizer = model.averaging_optimizer, averaging_optimizer(model)
    config = {**optimizer.get_config(), "use_ema": True, "ema_momentum": momentum}
    averaged = keras.saving.serialize_keras_object(type(optimizer).from_config(config))
    with model.distribute_strategy.scope():
        model.compile_from_config({**model.get_compile_config(), name: averaged})


class StopOnSignal(keras.callbacks.Callback):
    """Raises a `KeyboardInterrupt` after the step in which Ctrl-C or SIGTERM came.

    Elsewhere it could interrupt writing a file, or tracing a graph, which TensorFlow
    reports as another error. A second signal has its usual effect. `received` is the
    number of the signal, `None` before one comes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.received = None

    @contextlib.contextmanager
    def listening(self):
        """A context in which signals are recorded; only in the main thread."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = (signal.SIGINT, signal.SIGTERM)
        previous = {number: signal.getsignal(number) for number in numbers}

        def receive(number, frame):
            self.received = number
            signal.signal(number, previous[number])

        for number in numbers:
            signal.signal(number, receive)
        try:
            yield
        finally:
            for number in numbers:
                signal.signal(number, previous[number])

    def steps_until_look(self):
        """Infinity: a signal has nothing to do with the model."""
        return math.inf

    def on_train_batch_end(self, batch, logs=None):
        """Raises a `KeyboardInterrupt` if a signal has come."""
        if self.received is not None:
            raise KeyboardInterrupt


@contextlib.contextmanager
def precision(policy):
    """A context in which new layers have this dtype policy.

    Raises:
        ValueError: if Keras knows no policy of that name.
    """
    previous = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(previous)
