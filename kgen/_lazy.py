"""Models and data sets that Keras and TFDS find, though kgen imports neither at first.

`keras.saving.load_model` and `tfds.load` know what is registered. Keras itself imports
only modules of its own for a class that is not: so kgen's are imported as soon as
somebody has imported Keras and TensorFlow.
"""

import functools
import importlib
import importlib.abc
import importlib.machinery
import sys
import threading

# Modules whose classes a `.keras` file may name.
MODELS = (
    "adversarial",
    "autoencoders",
    "autoregressive",
    "core.model",
    "core.training.averaging",
    "diffusion",
    "energy",
    "flows",
    "inference",
    "mixtures",
    "networks",
    "two_stage",
)


LIKELIHOODS = "kgen.likelihoods"
_waiting = threading.Event()  # For the likelihoods.


def register_when_needed():
    """Has models and data sets registered once the libraries that ask are there."""
    after("keras", functools.partial(_register_models, "tensorflow"))
    after("tensorflow", functools.partial(_register_models, "keras"))
    after(LIKELIHOODS, _register_those_that_wait)
    after("tensorflow_datasets", _register_data_sets)


def after(library, function):
    """Calls a function once a library has been imported, at once if it has been."""
    if library in sys.modules:
        function()
    else:
        sys.meta_path.insert(0, _After(library, function))


def _register_models(other):
    # Keras imports TensorFlow, or is imported by it: if the `other` of the two is not
    # ready yet, this waits for it. Models need likelihoods, which import both.
    if _is_loading(other):
        return
    if _is_loading(LIKELIHOODS):
        _waiting.set()
        return
    _import_models()


def _register_those_that_wait():
    if _waiting.is_set():
        _waiting.clear()
        _import_models()


def _import_models():
    for module in MODELS:
        importlib.import_module(f"kgen.{module}")


def _is_loading(name):
    spec = getattr(sys.modules.get(name), "__spec__", None)
    return getattr(spec, "_initializing", False)


def _register_data_sets():
    importlib.import_module("kgen.data.digits")


class _After(importlib.abc.MetaPathFinder):
    """Finds one library as usual, and adds a call of a function to its loading."""

    def __init__(self, library, function):
        self.library = library
        self.function = function

    def find_spec(self, name, path=None, target=None):
        """The specification of the library, `None` of others."""
        if name != self.library:
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None:
            run = spec.loader.exec_module

            def run_and_register(module):
                run(module)
                self.function()

            spec.loader.exec_module = run_and_register
        return spec
