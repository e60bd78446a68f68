"""kgen: generative deep learning on Keras 3 and TensorFlow.

`import kgen` is cheap: a public name loads its module when it is first used.
"""

import functools
import importlib
import importlib.abc
import importlib.machinery
import sys

__version__ = "0.1.0"

_HOME = {
    "BEGAN": "kgen.adversarial.began",
    "GAN": "kgen.adversarial.gan",
    "GMN": "kgen.adversarial.gmn",
    "Autoencoder": "kgen.autoencoders.autoencoder",
    "DDPM": "kgen.diffusion.ddpm",
    "CategoricalMixture": "kgen.mixtures.categorical",
    "GaussianMixture": "kgen.mixtures.gaussian",
    "Autoregressive": "kgen.autoregressive.model",
    "Flow": "kgen.flows.flow",
    "GenerativeModel": "kgen.core.model",
    "GradientReversal": "kgen.debiasing",
    "TwoStage": "kgen.two_stage",
    "VAE": "kgen.autoencoders.vae",
    "VQVAE": "kgen.autoencoders.vqvae",
    "VectorQuantizer": "kgen.autoencoders.quantizer",
    "build": "kgen.recipes",
    "export": "kgen.serving",
    "seed_everything": "kgen.core.random",
    "verb": "kgen.core.verbs",
}
_MODULES = (
    "adversarial",
    "anomaly",
    "autoencoders",
    "autoregressive",
    "bayes",
    "callbacks",
    "classifiers",
    "core",
    "data",
    "debiasing",
    "diffusion",
    "flows",
    "latent",
    "metrics",
    "mixtures",
    "networks",
    "plots",
    "recipes",
    "serving",
    "strategies",
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


def _register_models(other):
    """Imports every model class that a `.keras` file may name.

    Keras imports TensorFlow, or is imported by it: if the `other` of the two is not
    ready yet, this waits for it.
    """
    if getattr(getattr(sys.modules.get(other), "__spec__", None), "_initializing", 0):
        return
    for name, module in _HOME.items():
        if name[0].isupper():
            importlib.import_module(module)


def _register_digits():
    """Imports the data sets that `tfds.load` is to find."""
    importlib.import_module("kgen.data.digits")


class _After(importlib.abc.MetaPathFinder):
    """Calls a function as soon as somebody has imported a library.

    `keras.saving.load_model` and `tfds.load` find only what is registered, so that
    must happen on `import kgen`, though kgen itself does not import them yet.
    """

    def __init__(self, library, function):
        self.library = library
        self.function = function

    def find_spec(self, name, path=None, target=None):
        """Finds the library as usual, and adds the call to its loading."""
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


def _after(library, function):
    if library in sys.modules:
        function()
    else:
        sys.meta_path.insert(0, _After(library, function))


_after("keras", functools.partial(_register_models, "tensorflow"))
_after("tensorflow", functools.partial(_register_models, "keras"))
_after("tensorflow_datasets", _register_digits)
