"""Where runs are logged: TensorBoard, MLflow; one table that a new file extends."""

# First of all, as it registers kgen's models: see `kgen._lazy`.
import keras  # noqa: F401

from kgen.loggers.hparams import LogHParams
from kgen.loggers.projector import LogProjector
from kgen.loggers.table import (
    LOGGERS,
    Entry,
    LoggedRun,
    Logger,
    check_installed,
    register,
)
from kgen.tables import import_modules

__all__ = [
    "LOGGERS",
    "Entry",
    "LogHParams",
    "LogProjector",
    "LoggedRun",
    "Logger",
    "check_installed",
    "register",
]

import_modules(__name__)  # A logger in a file of its own is found.
