"""Energy-based models: `p(x) = exp(-E(x)) / Z`, with E any network."""

# This import comes first: it registers kgen's models, see `kgen._lazy`.
import keras  # noqa: F401

from kgen.energy.annealing import LogNormalizer
from kgen.energy.model import EnergyModel

__all__ = ["EnergyModel", "LogNormalizer"]
