"""Tables that a new file extends: a dictionary, and a function that adds to it.

Recipes, data sets, export formats and figures are such tables. A table imports all
files in its folder, so that their entries are registered.
"""

import importlib
import pathlib
import pkgutil
import re

# The name of a file or a model that stays inside its folder.
PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
SHIPPED = pathlib.Path(__file__).parent / "hub" / "models"


def add(kind, table, name, entry):
    """Adds an entry to a table, and returns it.

    Args:
        kind: Kind of the entries, for the error: `"figure"`.
        table: Dictionary from names to entries.
        name: Name of the new entry.
        entry: The new entry.

    Raises:
        ValueError: if the name is not a str, or is taken.
    """
    a_kind = f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"
    if not isinstance(name, str) or not name:
        raise ValueError(
            f"The name of {a_kind} was given as {name!r}, but expects a text, such as "
            f"'my_{kind.split()[-1]}'."
        )
    if name in table:
        raise ValueError(
            f"There is {a_kind} {name!r} already. Choose another name, or remove that "
            "one from its table first."
        )
    table[name] = entry
    return entry


def import_modules(package):
    """Imports all modules of a package, in the order of their names.

    Args:
        package: The package's `__name__`, for its `__init__.py` to call at its end.
    """
    module = importlib.import_module(package)
    for found in sorted(pkgutil.iter_modules(module.__path__), key=lambda m: m.name):
        importlib.import_module(f"{package}.{found.name}")


def recipe_files():
    """The file `recipes.py` of each wing, and of each folder in a wing."""
    return sorted(pathlib.Path(__file__).parent.glob("*/**/recipes.py"))


def shipped():
    """Names of the trained models that come with kgen."""
    return sorted(path.parent.name for path in SHIPPED.glob("*/model.keras"))
