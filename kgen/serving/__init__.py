"""Export for servers, and what is read and sampled from files."""

# First of all, as it registers kgen's models: see `kgen._lazy`.
import keras  # noqa: F401

from kgen.serving.loading import load_model
from kgen.serving.sampling import sample_servable
from kgen.serving.saved_model import export, sample_any

__all__ = ["export", "load_model", "sample_any", "sample_servable"]
