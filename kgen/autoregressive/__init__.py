"""Autoregressive models: a network predicts each value from the values before it."""

# First of all, as it registers kgen's models: see `kgen._lazy`.
import keras  # noqa: F401

from kgen.autoregressive.dependencies import dependencies, receptive_field
from kgen.autoregressive.model import Autoregressive

__all__ = ["Autoregressive", "dependencies", "receptive_field"]
