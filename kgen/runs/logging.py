"""A run in its loggers: begun, or gone on with where it was killed."""

import contextlib
import pathlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras

from kgen.loggers import LOGGERS, LoggedRun, check_installed
from kgen.loggers.parameters import flattened
from kgen.recipes import defaults_of, find
from kgen.runs.folders import (
    LOGGED,
    METRICS,
    PICTURES,
    SAMPLES,
    is_resumed,
    read_json,
    write_json,
)


def chosen(
    log: Sequence[str], log_dir: str | None, folder: pathlib.Path, resume: bool
) -> list[str]:
    """The names of a run's loggers, after it was checked that they are installed.

    A resumed run keeps those that it was begun with.

    Args:
        log: Names of loggers, as the user gives them.
        log_dir: Folder of TensorBoard events, which stands for that logger.
        folder: Folder of the run.
        resume: Whether to continue its training.

    Raises:
        ValueError: for an unknown name, and if `log` is no list of names.
        ImportError: without the package of one of them.
    """
    several = isinstance(log, (list, tuple))
    if not several or not all(isinstance(name, str) for name in log):
        raise ValueError(
            f"`train` was given log={log!r}, but expects a list of names of loggers: "
            f"{', '.join(LOGGERS)}."
        )
    names = [*log, *(["tensorboard"] if log_dir is not None else [])]
    if is_resumed(folder, resume):
        names += records(folder)
    names = list(dict.fromkeys(names))
    check_installed(names)
    return names


def parameters_of(
    command: Mapping[str, Any], data_shape: Sequence[int]
) -> dict[str, bool | int | float | str]:
    """The settings of a run as parameters, with the recipe's for what is not given.

    Args:
        command: The content of `run.json`.
        data_shape: Shape of an example.
    """
    recipe = find(command["recipe"])
    settings = {
        **defaults_of(recipe),
        **recipe.settings_for(data_shape),
        **command["settings"],
    }
    # `unused` asks only whether there are classes.
    settings["num_classes"] = command["conditional"] or None
    for name in (*recipe.unused(data_shape, settings), "num_classes"):
        settings.pop(name, None)
    others = {name: value for name, value in command.items() if name != "log"}
    return flattened({**others, "settings": settings})


def records(folder):
    """What the loggers of the run in a folder have recorded, by their names."""
    path = folder / LOGGED
    found = read_json(path) if path.exists() else {}
    if not isinstance(found, dict) or not all(
        isinstance(record, dict) for record in found.values()
    ):
        raise ValueError(
            f"{path} does not say by which loggers a run was logged. Remove it, to log "
            "the run anew."
        )
    return found


class Logs:
    """The open loggers of a run.

    Attributes:
        loggers: `Logger`s by name.
        status: What they are told at the end: `"failed"`, until it is replaced.
    """

    def __init__(self):
        self.loggers = {}
        self.status = "failed"
        self._epochs = {}
        self._failed = set()  # Names of loggers that a warning was given of.

    def add(self, name, logger):
        """Adds a logger and returns it."""
        self.loggers[name] = logger
        self._epochs[name] = logger.epochs()
        return logger

    def log_epochs(self, history, folder, rate=None):
        """Logs each epoch that a logger does not have.

        Args:
            history: `keras.callbacks.History`, with all epochs of the run.
            folder: Folder of the run, with pictures of epochs.
            rate: The learning rate of the last epoch, if there is one.
        """
        for row, epoch in enumerate(history.epoch):
            logs = {name: values[row] for name, values in history.history.items()}
            if rate is not None and epoch == history.epoch[-1]:
                logs["learning_rate"] = rate
            picture = folder / SAMPLES / f"epoch-{epoch + 1:04d}.png"
            picture = picture if picture.exists() else None
            for name, logger in self.loggers.items():
                if epoch not in self._epochs[name]:
                    with self.patience(name):
                        logger.log_epoch(epoch, logs, picture)
                        self._epochs[name].add(epoch)

    def log_results(self, epoch, figures, folder):
        """Logs what the run ends with.

        Args:
            epoch: The last epoch.
            figures: `kgen.metrics.Figures`.
            folder: Folder of the run, with its record and its pictures.
        """
        files = [folder / name for name in (METRICS, *PICTURES)]
        files = [file for file in files if file.exists()]
        names = [n for n, v in figures.items() if not isinstance(v, str)]
        numbers = {n: figures[n] for n in names if n != "num_examples"}
        for name, logger in self.loggers.items():
            with self.patience(name):
                logger.log_results(epoch, numbers, files)

    def log_model(self, model, testing):
        """Logs what loggers show of a trained model.

        Args:
            model: The model.
            testing: Held-out data.
        """
        for name, logger in self.loggers.items():
            with self.patience(name):
                logger.log_model(model, testing)

    @contextlib.contextmanager
    def patience(self, name):
        """A context in which a logger may fail: training is worth more than its log."""
        try:
            yield
        except self.loggers[name].errors as error:
            if name not in self._failed:
                self._failed.add(name)
                warnings.warn(
                    f"The logger {name!r} failed: {str(error)[:300]}. Training goes on,"
                    " and what is missing is logged after a later epoch.",
                    stacklevel=4,
                )


@contextlib.contextmanager
def logging(
    names: Sequence[str],
    folder: pathlib.Path,
    parameters: Mapping[str, Any],
    log_dir: str | None,
) -> Iterator[Logs]:
    """A context with the loggers of a run; it prints where they are.

    Args:
        names: Names of loggers.
        folder: Folder of the run.
        parameters: The run's settings, as `LoggedRun` has them.
        log_dir: Folder of TensorBoard events, if the user gave one.

    Yields:
        `Logs`, whose `status` is what the loggers are told at the end.

    Raises:
        ValueError: if a logger has no longer the log of a run that is resumed.
    """
    known = records(folder)
    log_dir = None if log_dir is None else pathlib.Path(log_dir)
    logs = Logs()
    try:
        for name in names:
            run = LoggedRun(folder, parameters, known.get(name), log_dir)
            logger = logs.add(name, LOGGERS[name].open(run))
            # At once: a run that is killed must not be logged a second time.
            known[name] = logger.record
            write_json(folder / LOGGED, known)
            print(logger.where, flush=True)
        yield logs
    finally:
        for name, logger in logs.loggers.items():
            with logs.patience(name):
                logger.close(logs.status)


class LogEpochs(keras.callbacks.Callback):
    """Logs each epoch, also those that a killed process has not logged.

    Args:
        logs: `Logs`.
        folder: Folder of the run.
    """

    def __init__(self, logs, folder):
        super().__init__()
        self.logs = logs
        self.folder = folder

    def on_epoch_end(self, epoch, logs=None):
        """Logs the epoch."""
        rate = getattr(self.model.optimizer, "learning_rate", None)
        rate = None if rate is None else float(keras.ops.convert_to_numpy(rate))
        self.logs.log_epochs(self.model.history, self.folder, rate)
