"""Public functions have type hints, so that editors show something useful."""

import importlib
import inspect
import pathlib
import pkgutil

import keras
import numpy as np
import pytest
import tensorflow as tf
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from PIL import Image
from tensorflow_probability import distributions as tfd

import kgen
from kgen.autoencoders import corruptions, penalties

# Without `__all__`: all that they define and that has no underscore is public.
PLAIN = ("kgen.recipes", "kgen.strategies", "kgen.data.sources")
# Names that light modules import for type checkers only.
NAMES = {
    "ArrayLike": ArrayLike,
    "Figure": Figure,
    "Flow": kgen.Flow,
    "Gaussians": kgen.data.gaussians.Gaussians,
    "GenerativeModel": kgen.GenerativeModel,
    "Image": Image,
    "Servable": kgen.serving.Servable,
    "keras": keras,
    "np": np,
    "pathlib": pathlib,
    "tf": tf,
    "tfd": tfd,
}
STARS = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def rooms():
    """kgen, its packages and modules that say which names are public."""
    yield kgen
    for found in pkgutil.walk_packages(kgen.__path__, prefix="kgen."):
        module = importlib.import_module(found.name)
        if hasattr(module, "__all__") or found.name in PLAIN:
            yield module


def names_of(module):
    """Public names of a module, and of the modules among them."""
    names = getattr(module, "__all__", None)
    if names is None:
        names = [k for k, v in vars(module).items() if is_own(module, k, v)]
    for name in names:
        value = getattr(module, name)
        if inspect.ismodule(value) and value.__name__.startswith(module.__name__):
            yield from ((f"{name}.{k}", v) for k, v in names_of(value))
        else:
            yield name, value


def is_own(module, name, value):
    return not name.startswith("_") and (
        getattr(value, "__module__", None) == module.__name__
    )


def functions():
    """Public functions, constructors and verbs, `{qualified name: function}`."""
    public = [value for module in rooms() for _, value in names_of(module)]
    public += [v for m in (corruptions, penalties) for _, v in names_of(m)]
    found = {}
    for value in public:
        if inspect.isclass(value):
            for base in value.__mro__:
                for name, method in vars(base).items():
                    if getattr(method, "is_verb", False):
                        found[f"{base.__module__}.{base.__qualname__}.{name}"] = method
                    elif name == "__init__" and inspect.isfunction(method):
                        found[f"{base.__module__}.{base.__qualname__}"] = method
        elif callable(value):
            value = inspect.unwrap(value)
            found[f"{value.__module__}.{value.__qualname__}"] = value
    return {k: v for k, v in sorted(found.items()) if k.startswith("kgen.")}


FUNCTIONS = functions()


def test_the_walk_finds_functions_constructors_and_verbs():
    assert FUNCTIONS.keys() >= {
        "kgen.adversarial.penalties.R1",
        "kgen.autoencoders.vae.VAE",
        "kgen.autoencoders.bounds.Bounded.elbo",
        "kgen.diffusion.ddpm.DDPM.encode",
        "kgen.latent.search.nearest",
        "kgen.networks.conv.conv_encoder",
        "kgen.plots.films.save_gif",
        "kgen.recipes.build",
    }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_all_parameters_and_the_result_have_hints(name):
    """Each name in a hint exists."""
    function = inspect.unwrap(FUNCTIONS[name])
    signature = inspect.signature(function, locals=NAMES, eval_str=True)
    named = [p for p in signature.parameters.values() if p.kind not in STARS]
    bare = [p.name for p in named if p.annotation is p.empty and p.name != "self"]
    assert bare == []
    assert signature.return_annotation is not signature.empty


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_may_be_left_out_fits_its_hint(name):
    """A parameter with the default `None` says so, and others of a plain type."""
    function = inspect.unwrap(FUNCTIONS[name])
    signature = inspect.signature(function, locals=NAMES, eval_str=True)
    for parameter in signature.parameters.values():
        hint, default = parameter.annotation, parameter.default
        if default is None:
            assert type(None) in getattr(hint, "__args__", ()), parameter
        if hint in (bool, float, int, str) and default is not parameter.empty:
            accepted = (float, int) if hint is float else hint
            assert isinstance(default, accepted), parameter
