"""Models by the names of their methods in the literature."""

from __future__ import annotations

import importlib
import inspect
import pathlib
import reprlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from kgen import tables
from kgen.core.checks.values import check_data_shape
from kgen.core.config import constructor_arguments, lookup
from kgen.core.recipe import Recipe
from kgen.networks.settings import check_settings

if TYPE_CHECKING:
    from kgen.core.model import GenerativeModel


RECIPES = {}


def register(name: str, recipe: Recipe) -> None:
    """Adds a recipe to `RECIPES`: `kgen.build` and `kgen train` take it from then on.

    Args:
        name: Its name, in kebab case: `"beta-vae"`.
        recipe: A `kgen.core.recipe.Recipe`.

    Raises:
        ValueError: if there is a recipe of that name.

    Example:

    >>> import dataclasses
    >>> vae = kgen.recipes.RECIPES["vae"]
    >>> narrow = dataclasses.replace(vae, defaults={"latent_dim": 1})
    >>> kgen.recipes.register("narrow-vae", narrow)
    >>> kgen.build("narrow-vae", (4,)).latent_shape
    (1,)
    >>> del kgen.recipes.RECIPES["narrow-vae"]
    """
    tables.add("recipe", RECIPES, name, recipe)


def _register_wings():
    """Registers the `RECIPES` of each `recipes.py` in a wing, or in a folder of it."""
    root = pathlib.Path(__file__).parents[1]
    for file in tables.recipe_files():
        path = file.relative_to(root).with_suffix("")
        wing = importlib.import_module(".".join(path.parts))
        for name, recipe in wing.RECIPES.items():
            register(name, recipe)


_register_wings()


def build(
    name: str, /, data_shape: Sequence[int], num_classes: int | None = None, **settings
) -> GenerativeModel:
    """A compiled model for data of a given shape.

    Args:
        name: Name of a recipe, `"vae"`; `kgen list` shows them all.
        data_shape: Shape of one example: `(height, width, channels)` or `(size,)`.
        num_classes: If given, the model is conditional; some recipes, such as
            `"cvae"`, need it.
        **settings: Settings that differ from the recipe: `latent_dim`,
            `learning_rate`, `seed`, `name`, or any argument of its model class.

    Returns:
        A `GenerativeModel`, compiled, ready for `fit`.

    Raises:
        ValueError: for an unknown name or setting; the message lists the known ones.
        ValueError: if the recipe needs `num_classes`, or `context_shape` in its place.

    Example:

    >>> vae = kgen.build("vae", data_shape=(8, 8, 1), latent_dim=2)
    >>> vae.latent_shape
    (2,)
    """
    recipe = find(name, settings)
    if recipe.conditional and num_classes is settings.get("context_shape") is None:
        raise ValueError(
            f"{name!r} is a conditional model: pass num_classes, the number of classes "
            "of the data, or context_shape, the shape of a context that replaces them."
        )
    data_shape = check_data_shape(data_shape)
    optional = {
        *("levels", "num_classes"),
        *(k for k, v in defaults_of(recipe).items() if v is None),
    }
    given = {"num_classes": num_classes, **settings}
    given = check_settings(repr(name), given, optional)
    settings = {**recipe.settings_for(data_shape), **given}
    for setting, (other, values) in recipe.unused(data_shape, settings).items():
        if given.get(setting) is not None:
            wanted = " or ".join(f"{other}={value!r}" for value in values) or other
            raise ValueError(
                f"{name!r} was given {setting}={reprlib.repr(given[setting])}, which "
                f"has an effect only with {wanted}. Leave it out, or pass that."
            )
    try:
        return recipe.build(data_shape, **settings)
    except (TypeError, OverflowError) as error:
        # A setting of the wrong type causes an error deep inside.
        given = ", ".join(f"{k}={reprlib.repr(v)}" for k, v in settings.items())
        raise ValueError(
            f"{name!r} cannot be built for data of shape {data_shape} with "
            f"{given or 'its defaults'}. Check their types and ranges."
        ) from error


def find(name: str, settings: Iterable[str] = ()) -> Recipe:
    """The recipe of a name.

    Args:
        name: Name of a recipe.
        settings: Names of settings that it has to take.

    Raises:
        ValueError: for an unknown name or setting; the message lists the known ones.
    """
    recipe = lookup("recipe", name, RECIPES)
    known = dict.fromkeys(settings_of(recipe))
    for setting in settings:
        lookup(f"setting of {name!r}", setting, known)
    return recipe


def defaults_of(recipe: Recipe) -> dict[str, Any]:
    """Default values of a recipe's settings; `None` if a setting may be `None`."""
    of_model = (c.__init__ for c in recipe.model.__mro__ if "__init__" in vars(c))
    found = {}
    for function in (recipe.build, *of_model):
        for parameter in inspect.signature(function).parameters.values():
            if parameter.default is None or parameter.name not in found:
                found[parameter.name] = parameter.default
    return {**found, "name": None}


def settings_of(recipe: Recipe) -> list[str]:
    """Names of the settings that a recipe takes."""
    parameters = inspect.signature(recipe.build).parameters.values()
    own = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    of_model = list(constructor_arguments(recipe.model))
    own += ["name"]
    fixed = ("data_shape", "num_classes", *recipe.networks)
    return [name for name in dict.fromkeys(own + of_model) if name not in fixed]
