"""Names that commands take: checked at once, and completed by the shell.

Names of recipes, figures and export formats are read from the source, as their modules
import TensorFlow, which takes seconds. Where these are imported already, by `--import`
for one, the tables themselves have the names.
"""

import ast
import pathlib
import sys

import click
from click.shell_completion import CompletionItem

from kgen.suggestions import unknown
from kgen.tables import recipe_files

ROOT = pathlib.Path(__file__).parents[1]


def recipes():
    """Names of all recipes."""
    if "kgen.recipes" in sys.modules:
        return list(sys.modules["kgen.recipes"].RECIPES)
    return [name for file in recipe_files() for name in _keys(file, "RECIPES")]


def figures():
    """Names of all figures, and of those that compare models."""
    if "kgen.metrics" in sys.modules:
        metrics = sys.modules["kgen.metrics"]
        return [*metrics.FIGURES, *metrics.CONTESTS]
    return _registered("metrics", "register", "contest")


def formats():
    """Names of all export formats."""
    if "kgen.serving" in sys.modules:
        return list(sys.modules["kgen.serving"].FORMATS)
    return _registered("serving", "register")


def loggers():
    """Names of all loggers."""
    if "kgen.loggers" in sys.modules:
        return list(sys.modules["kgen.loggers"].LOGGERS)
    return _registered("loggers", "register")


def _keys(file, table):
    """The keys of a dictionary that a file assigns to a name."""
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == table:
            return [ast.literal_eval(key) for key in node.value.keys]
    return []


def _registered(folder, *decorators):
    """First arguments of decorators in the files of a folder."""
    found = []
    for file in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.parse(file.read_text()).body:
            for call in getattr(node, "decorator_list", []):
                if isinstance(call, ast.Call) and ast.unparse(call.func) in decorators:
                    found.append(ast.literal_eval(call.args[0]))
    return found


class Name(click.ParamType):
    """A name of a table; an unknown one is refused before TensorFlow is imported.

    Args:
        kind: Kind of entry, for the error: `"recipe"`.
        known: Function that gives the names.
    """

    name = "name"

    def __init__(self, kind, known):
        self.kind = kind
        self.known = known

    def convert(self, value, param, ctx):
        """The name."""
        known = self.known()
        if value not in known:
            raise click.ClickException(unknown(self.kind, value, known))
        return value

    def shell_complete(self, ctx, param, incomplete):
        """The names that start with what is typed."""
        names = sorted(name for name in self.known() if name.startswith(incomplete))
        return [CompletionItem(name) for name in names]


class Names(Name):
    """Names with commas between, as a list; or the word `all`."""

    name = "names"

    def convert(self, value, param, ctx):
        """The list of names, or `"all"`."""
        if value == "all" or isinstance(value, list):
            return value
        names = [name.strip() for name in value.split(",")]
        return [super(Names, self).convert(name, param, ctx) for name in names]

    def shell_complete(self, ctx, param, incomplete):
        """Lists that end with a name that starts with what follows the last comma."""
        before, comma, last = incomplete.rpartition(",")
        found = super().shell_complete(ctx, param, last)
        return [CompletionItem(before + comma + item.value) for item in found]


class DataName(click.ParamType):
    """The name of a data set, or the path of a folder."""

    name = "name"

    def convert(self, value, param, ctx):
        """The name."""
        from kgen.data.naming import check_name

        try:
            check_name(value)
        except ValueError as error:
            raise click.ClickException(str(error)) from None
        return value

    def shell_complete(self, ctx, param, incomplete):
        """Names that need no network, and folders."""
        from kgen.data.sources import names

        known = [name for name in names() if name.startswith(incomplete)]
        found = [CompletionItem(name) for name in known]
        return [*found, CompletionItem(incomplete, type="dir")]


RECIPE = Name("recipe", recipes)
FIGURES = Names("figure", figures)
FORMAT = Name("export format", formats)
LOGGER = Name("logger", loggers)
DATA = DataName()
