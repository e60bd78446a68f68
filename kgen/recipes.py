"""Models by the names that the literature gives their methods."""

import inspect

from kgen.adversarial.recipes import RECIPES as ADVERSARIAL
from kgen.autoencoders.recipes import RECIPES as AUTOENCODERS
from kgen.autoregressive.recipes import RECIPES as AUTOREGRESSIVE
from kgen.core.config import constructor_arguments, lookup
from kgen.diffusion.recipes import RECIPES as DIFFUSION
from kgen.flows.recipes import RECIPES as FLOWS

RECIPES = {**AUTOENCODERS, **ADVERSARIAL, **AUTOREGRESSIVE, **FLOWS, **DIFFUSION}


def build(name, /, data_shape, num_classes=None, **settings):
    """A compiled model for data of a given shape.

    Args:
        name: Name of a recipe, `"vae"`; `kgen list` shows them all.
        data_shape: Shape of one example: `(height, width, channels)` or `(size,)`.
        num_classes: If given, the model is conditional; some recipes, such as
            `"cvae"`, need it.
        **settings: What should differ from the recipe: `latent_dim`,
            `learning_rate`, `seed`, `name`, or any argument of its model class.

    Returns:
        A `GenerativeModel`, compiled, ready for `fit`.

    Raises:
        ValueError: for an unknown name or setting; the message lists the known ones.
        ValueError: if the recipe needs `num_classes`.

    Example:

    >>> vae = kgen.build("vae", data_shape=(8, 8, 1), latent_dim=2)
    >>> vae.latent_shape
    (2,)
    """
    recipe = lookup("recipe", name, RECIPES)
    known = dict.fromkeys(settings_of(recipe))
    for setting in settings:
        lookup(f"setting of {name!r}", setting, known)
    if recipe.conditional and num_classes is None:
        raise ValueError(
            f"{name!r} is a conditional model: pass num_classes, the number of classes "
            "of the data."
        )
    settings = {**recipe.settings_for(tuple(data_shape)), **settings}
    try:
        return recipe.build(tuple(data_shape), num_classes=num_classes, **settings)
    except (TypeError, IndexError, AttributeError, OverflowError) as error:
        # What a setting of the wrong kind runs into, deep inside.
        given = ", ".join(f"{name}={value!r}" for name, value in settings.items())
        raise ValueError(
            f"{name!r} cannot be built for data of shape {tuple(data_shape)} with "
            f"{given or 'its defaults'}: {error}."
        ) from error


def settings_of(recipe):
    """Names of the settings that a recipe takes."""
    parameters = inspect.signature(recipe.build).parameters.values()
    own = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    of_model = list(constructor_arguments(recipe.model))
    own += ["name"]
    return [name for name in dict.fromkeys(own + of_model) if name not in _FIXED]


# What a recipe decides itself.
_FIXED = (
    "data_shape",
    "decoder",
    "denoiser",
    "dequantization",
    "discriminator",
    "encoder",
    "generator",
    "model",
    "num_classes",
    "quantizer",
    "steps",
)
