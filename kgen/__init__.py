"""kgen: generative deep learning on Keras 3 and TensorFlow.

`import kgen` is cheap: a public name loads its module when it is first used.
"""

import importlib
import importlib.abc
import importlib.machinery
import sys

__version__ = "0.1.0"

_HOME = {
    "Autoencoder": "kgen.autoencoders.autoencoder",
    "GenerativeModel": "kgen.core.model",
    "VAE": "kgen.autoencoders.vae",
    "build": "kgen.recipes",
    "export": "kgen.serving",
    "verb": "kgen.core.verbs",
}
_MODULES = (
    "autoencoders",
    "callbacks",
    "core",
    "data",
    "latent",
    "metrics",
    "networks",
    "plots",
    "recipes",
    "serving",
    "testing",
)

__all__ = [*_HOME, *_MODULES]


def __getattr__(name):
    if name in _HOME:
        value = getattr(importlib.import_module(_HOME[name]), name)
    elif name in _MODULES:
        value = importlib.import_module(f"kgen.{name}")
    else:
        raise AttributeError(f"module 'kgen' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__():
    return sorted([*globals(), *__all__])


def _register_models():
    """Imports every class that a `.keras` file may name."""
    for module in sorted(set(_HOME.values())):
        importlib.import_module(module)


class _AfterKeras(importlib.abc.MetaPathFinder):
    """Registers kgen's classes as soon as somebody imports Keras.

    `keras.saving.load_model` finds only classes that are registered, so they must
    be known after `import kgen`, though kgen itself does not import Keras yet.
    """

    def find_spec(self, name, path=None, target=None):
        if name != "keras":
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None:
            run = spec.loader.exec_module

            def run_and_register(module):
                run(module)
                _register_models()

            spec.loader.exec_module = run_and_register
        return spec


if "keras" in sys.modules:
    _register_models()
else:
    sys.meta_path.insert(0, _AfterKeras())
