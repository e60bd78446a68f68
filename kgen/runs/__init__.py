"""Runs: a recipe, trained on a data set, with everything about it in one folder."""

# First of all, as it registers kgen's models: see `kgen._lazy`.
import keras  # noqa: F401

from kgen.runs.commands import read_command
from kgen.runs.evaluating import evaluate
from kgen.runs.fitting import StopOnSignal, Training
from kgen.runs.opening import DataSettings, load, load_with_data
from kgen.runs.run import train

__all__ = [
    "DataSettings",
    "StopOnSignal",
    "Training",
    "evaluate",
    "load",
    "load_with_data",
    "read_command",
    "train",
]
