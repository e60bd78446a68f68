"""The table of loggers: where runs are logged; each has its own file in this folder."""

import abc
import dataclasses
import importlib.util
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from kgen import tables
from kgen.core.config import lookup
from kgen.core.hints import Data
from kgen.core.model import GenerativeModel


@dataclasses.dataclass(frozen=True)
class LoggedRun:
    """What a logger is told about a run when it begins.

    Args:
        folder: Folder of the run.
        parameters: Settings by name, each a bool, a number or a str.
        record: What the logger's `record` was when the run was begun; `None` for a run
            that begins now.
        log_dir: Folder of events, for TensorBoard.
    """

    folder: pathlib.Path
    parameters: Mapping[str, bool | int | float | str]
    record: dict[str, Any] | None = None
    log_dir: pathlib.Path | None = None


class Logger(abc.ABC):
    """The log of one run; a subclass says where it is.

    Epochs are counted from 0, as in `history.csv`.

    Args:
        run: `LoggedRun`.

    Attributes:
        record: Dictionary of JSON values by which a resumed run finds its log again.
        where: Sentence that says where the log is.
        errors: Types of errors that stop a log for a while, and training not at all.
    """

    record: dict[str, Any]
    where: str
    errors: tuple[type[Exception], ...] = (OSError,)

    @abc.abstractmethod
    def __init__(self, run: LoggedRun) -> None: ...

    @abc.abstractmethod
    def epochs(self) -> set[int]:
        """The epochs that the log has already."""

    @abc.abstractmethod
    def log_epoch(
        self, epoch: int, logs: Mapping[str, float], picture: pathlib.Path | None
    ) -> None:
        """Logs an epoch that the log does not have.

        Args:
            epoch: Its number.
            logs: Losses and figures by name; those of held-out data begin with `val_`.
            picture: PNG of samples after the epoch, if there is one.
        """

    @abc.abstractmethod
    def log_results(
        self, epoch: int, figures: Mapping[str, float], files: Sequence[pathlib.Path]
    ) -> None:
        """Logs what a run ends with.

        Args:
            epoch: The last epoch.
            figures: Held-out figures by name.
            files: Pictures and the record of the run.
        """

    def log_model(  # noqa: B027 (most loggers show nothing of a model)
        self, model: GenerativeModel, testing: Data
    ) -> None:
        """Logs what it shows of a trained model; by default nothing.

        Args:
            model: The model.
            testing: Held-out data.
        """

    @abc.abstractmethod
    def close(self, status: str) -> None:
        """Ends the log, for now.

        Args:
            status: `"finished"`, `"interrupted"` or `"failed"`.
        """


class Entry(NamedTuple):
    """A logger in the table.

    Attributes:
        open: The `Logger`'s class: from a `LoggedRun` to the log.
        package: Name of the package that it imports, if it needs one.
        extra: kgen's extra that installs the package.
    """

    open: Callable[[LoggedRun], Logger]
    package: str | None
    extra: str | None


LOGGERS: dict[str, Entry] = {}


def register(
    name: str, package: str | None = None, extra: str | None = None
) -> Callable[[Callable], Callable]:
    """Adds a logger to `LOGGERS`: a decorator of a `Logger`.

    `kgen train --log NAME` and `kgen.runs.train(log=[name])` take it from then on.

    Args:
        name: Name of the logger.
        package: Name of a package that it imports. Without it a run is refused.
        extra: kgen's extra that installs the package, if there is one.

    Raises:
        ValueError: if there is a logger of that name.

    Example:

    >>> @kgen.loggers.register("screen")
    ... class Screen(kgen.loggers.Logger):
    ...     record, where = {}, "The log is on the screen."
    ...     def __init__(self, run):
    ...         print(run.parameters["recipe"])
    ...     def epochs(self):
    ...         return set()
    ...     def log_epoch(self, epoch, logs, picture):
    ...         print(epoch, logs["loss"])
    ...     def log_results(self, epoch, figures, files):
    ...         print(figures)
    ...     def close(self, status):
    ...         print(status)
    >>> "screen" in kgen.loggers.LOGGERS
    True
    >>> del kgen.loggers.LOGGERS["screen"]
    """

    def add(logger):
        tables.add("logger", LOGGERS, name, Entry(logger, package, extra))
        return logger

    return add


def check_installed(names: Sequence[str]) -> None:
    """Checks that loggers can be used, before a run begins.

    Args:
        names: Names of loggers.

    Raises:
        ValueError: for an unknown name.
        ImportError: without the package of one of them.
    """
    for name in names:
        entry = lookup("logger", name, LOGGERS)
        if entry.package and importlib.util.find_spec(entry.package) is None:
            wanted = f'"kgen[{entry.extra}]"' if entry.extra else entry.package
            raise ImportError(
                f"The logger {name!r} needs the package {entry.package}, which is not "
                f"installed: pip install {wanted}."
            )
