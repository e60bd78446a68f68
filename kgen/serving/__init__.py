"""Export of models for servers; loading models from files, and sampling from them."""

# First of all, as it registers kgen's models: see `kgen._lazy`.
import keras  # noqa: F401

from kgen.serving.exporting import export
from kgen.serving.formats import FORMATS, Endpoint, Format, register
from kgen.serving.loading import load_model
from kgen.serving.opening import call, open_any
from kgen.serving.sampling import sample_any, samples_of
from kgen.serving.servable import Servable, load_servable, sample_servable
from kgen.tables import import_modules

__all__ = [
    "FORMATS",
    "Endpoint",
    "Format",
    "Servable",
    "call",
    "export",
    "load_model",
    "load_servable",
    "open_any",
    "register",
    "sample_any",
    "sample_servable",
    "samples_of",
]

import_modules(__name__)  # A format in a file of its own is found.
