"""Docstrings: their examples run, and their arguments are those of the signature."""

import doctest
import importlib
import inspect
import pkgutil
import re

import keras
import numpy as np
import pytest

import kgen
from kgen.core.config import constructor_arguments

MODULES = sorted(
    module.name for module in pkgutil.walk_packages(kgen.__path__, prefix="kgen.")
)
# Their examples train models whose own tests do so too.
LONG = {
    "kgen.adversarial.cycle.cyclegan",
    "kgen.diffusion.ddpm",
    "kgen.energy.model",
    "kgen.estimators",
    "kgen.flows.continuous",
    "kgen.flows.diffflow",
    "kgen.flows.flow",
}


def public_objects(module):
    """Public functions, classes and their public methods defined in a module."""
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", "") != module.__name__:
            continue
        if inspect.isclass(value):
            yield name, value
            for key, method in vars(value).items():
                if inspect.isfunction(method) and not key.startswith("_"):
                    yield f"{name}.{key}", method
        elif inspect.isfunction(value):
            yield name, value


def documented_arguments(docstring):
    """Names listed under `Args:`, `None` if there is no such section."""
    section = re.search(r"\nArgs:\n(.*?)(\n\S|$)", docstring, re.DOTALL)
    if section is None:
        return None
    return re.findall(r"^    (\*{0,2}\w+):", section[1], re.MULTILINE)


def arguments(value):
    """Names that a function or a constructor takes."""
    if inspect.isclass(value):
        if "__init__" not in vars(value) and not hasattr(value, "__dataclass_fields__"):
            return list(constructor_arguments(value))
        value = value.__init__
    parameters = list(inspect.signature(value).parameters.values())
    if parameters and parameters[0].name == "self":
        del parameters[0]
    stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    return [stars.get(p.kind, "") + p.name for p in parameters]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if name in LONG else [])
        for name in MODULES
    ],
)
def test_examples_run(name, tmp_path, tfds_dir):
    module = importlib.import_module(name)
    extra = {"kgen": kgen, "keras": keras, "np": np, "folder": str(tmp_path)}
    results = doctest.testmod(module, extraglobs=extra)
    assert results.failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_listed_arguments_are_those_of_the_signature(name):
    for key, value in public_objects(importlib.import_module(name)):
        documented = documented_arguments("\n" + inspect.getdoc(value))
        if documented is not None:
            assert documented == arguments(value), f"{name}.{key}"


def test_classes_and_verbs_that_users_see_have_examples():
    classes = (kgen.VAE, kgen.VQVAE, kgen.Autoencoder, kgen.TwoStage, kgen.GAN)
    classes += (kgen.Autoregressive, kgen.Flow, kgen.Game)
    mixtures = (kgen.GaussianMixture, kgen.CategoricalMixture)
    for value in (*classes, *mixtures, kgen.build, kgen.export):
        assert ">>>" in value.__doc__, value
