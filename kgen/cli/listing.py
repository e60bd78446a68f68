"""`kgen list`."""

import inspect
import re
import textwrap
from collections import defaultdict

import click

from kgen.cli.errors import friendly
from kgen.cli.group import main
from kgen.cli.names import RECIPE
from kgen.cli.startup import load_libraries
from kgen.tables import shipped

WIDTH = 100  # Characters of a line.


@main.command(name="list")
@click.option(
    "--settings",
    "recipe",
    type=RECIPE,
    help="List the settings of this recipe for `kgen train --set`, with defaults.",
)
@friendly
def list_tables(recipe):
    """List recipes, data that needs no network, figures, formats, trained models."""
    load_libraries()
    from kgen import data, loggers, metrics, serving
    from kgen.recipes import RECIPES

    if recipe is not None:
        print_settings(recipe, RECIPES[recipe])
        return
    families = defaultdict(dict)
    for name, found in sorted(RECIPES.items()):
        families[family(found)][name] = found
    for title, recipes in sorted(families.items()):
        click.echo(f"{title}:")
        width = max(map(len, recipes))
        for name, found in recipes.items():
            click.echo(f"  {name:{width}} {found.summary} ({found.paper})")
        click.echo()
    echo("Data that needs no network", [*data.names(), "or a folder"])
    echo("Figures", sorted(metrics.FIGURES))
    echo("Figures of several runs", metrics.CONTESTS)
    echo("Export formats", sorted(serving.FORMATS))
    echo("Loggers", sorted(loggers.LOGGERS))
    echo("Trained models", [*shipped(), "or a place, hf://USER/NAME, https://..."])
    echo("Settings of a recipe", ["kgen list --settings NAME"])


def echo(title, names):
    """Prints names with commas between, in lines of `WIDTH` characters."""
    line = f"{title}: {', '.join(names)}"
    click.echo(textwrap.fill(line, WIDTH, subsequent_indent="  "))


def family(recipe):
    """The wing of a recipe's model, as a heading: `"Autoencoders"`."""
    package, _, rest = recipe.model.__module__.partition(".")
    return rest.partition(".")[0].capitalize() if package == "kgen" else "Others"


def print_settings(name, recipe):
    """Prints each setting of a recipe with its default and what it means.

    Args:
        name: Name of the recipe.
        recipe: The `kgen.core.recipe.Recipe`.
    """
    from kgen.core.recipe import STEPS
    from kgen.recipes import defaults_of, settings_of

    click.echo(f"{name}: {recipe.summary} ({recipe.paper})")
    meanings = {}
    for documented in (*reversed(recipe.model.__mro__), recipe.build):
        for setting, text in arguments(documented).items():
            # Words such as "See `VAE`." are replaced by those that they refer to.
            before = meanings.get(setting, text).rstrip(".")
            meanings[setting] = re.sub(
                r"^See `\w+`", lambda _, before=before: before, text
            )
    defaults = {**defaults_of(recipe), **recipe.defaults}
    for setting in settings_of(recipe):
        value = defaults.get(setting, inspect.Parameter.empty)
        shown = "" if value is inspect.Parameter.empty else f" = {as_text(value)}"
        click.echo(f"\n  {setting}{shown}")
        lines = textwrap.wrap(meanings.get(setting, ""), WIDTH - 6)
        click.echo("\n".join(f"      {line}" for line in lines), nl=bool(lines))
    for kind in STEPS:
        if kind in recipe.by_kind:
            given = ", ".join(
                f"{k}={as_text(v)}" for k, v in recipe.by_kind[kind].items()
            )
            click.echo(f"\nFor each {kind}: {given}")
    click.echo(f"\nGive them as: kgen train {name} --set NAME=VALUE")


def as_text(value):
    """A default as `--set` takes it, `64,32` for a tuple."""
    if isinstance(value, (tuple, list)) and value:
        return ",".join(map(str, value))
    return str(value)


def arguments(documented):
    """What a docstring says of each argument: the text of its section `Args:`.

    Args:
        documented: A class or a function.
    """
    section = re.search(
        r"^Args:\n(.*?)(?=^\S|\Z)",
        inspect.getdoc(documented) or "",
        re.DOTALL | re.MULTILINE,
    )
    entries = re.findall(
        r"^    (\w+): (.*(?:\n {8}.*|\n)*)", section[1] if section else "", re.MULTILINE
    )
    return {name: " ".join(text.split()) for name, text in entries}
