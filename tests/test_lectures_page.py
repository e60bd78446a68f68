"""Each idea of the lectures has a row on the page, and its line of code is right."""

import ast
import builtins
import inspect
import re
import typing

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_probability import distributions as tfd

import kgen
from kgen.recipes import RECIPES, settings_of
from tests.pages import PAGES, blocks, rows

TEXT = PAGES["docs/lectures.md"]
ROWS = [cells for cells in rows(TEXT) if not set(cells[0]) <= {"", "-"}]
NUMBERED = {cells[0]: cells for cells in ROWS if cells[0].isdigit()}
# Cells of lines, by the first cell of their row.
LINES = {cells[0]: cells[-3] for cells in ROWS if cells[0] != "named in the lectures"}
WITHOUT_A_LINE = ("Not offered: ", "No code: ")
KNOWN = {"kgen": kgen, "np": np, "tf": tf, "tfd": tfd}


def built(call):
    """The recipe that `kgen.build("name", ...)` names, or `None` for other calls."""
    if ast.unparse(call.func) != "kgen.build":
        return None
    return RECIPES[ast.literal_eval(call.args[0])]


def names_of_the_block():
    """What the page's block defines: models as their classes, others as `None`."""
    found = dict(KNOWN)
    for node in ast.parse(blocks(TEXT, "python")[0]).body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = None
        for target in getattr(node, "targets", ()):
            value = node.value
            recipe = built(value) if isinstance(value, ast.Call) else None
            for name in ast.walk(target):
                if isinstance(name, ast.Name):
                    found[name.id] = recipe and recipe.model
    return found


NAMES = names_of_the_block()


class Checker(ast.NodeVisitor):
    """Finds each name, attribute and argument of a line; nothing is called.

    `visit` gives the object that an expression is: for an instance its class, and
    `None` where that cannot be known.
    """

    def __init__(self):
        self.local = set()

    def visit_Expression(self, node):
        return self.visit(node.body)

    def visit_Lambda(self, node):
        self.local |= {argument.arg for argument in node.args.args}
        self.visit(node.body)

    def visit_Name(self, node):
        if node.id in self.local or hasattr(builtins, node.id):
            return None
        assert node.id in NAMES, f"the block does not define {node.id}"
        return NAMES[node.id]

    def visit_Attribute(self, node):
        owner = self.visit(node.value)
        if owner is None:
            return None
        if inspect.isclass(owner) and not hasattr(owner, node.attr):
            # An argument of the constructor, under its own name.
            assert node.attr in inspect.signature(owner).parameters, ast.unparse(node)
            return None
        found = getattr(owner, node.attr)
        return None if isinstance(found, property) else found

    def visit_Call(self, node):
        function = self.visit(node.func)
        for value in (*node.args, *(keyword.value for keyword in node.keywords)):
            self.visit(value)
        keywords = {keyword.arg for keyword in node.keywords}
        if recipe := built(node):
            settings = {*settings_of(recipe), "data_shape", "num_classes"}
            assert keywords <= settings, f"{ast.unparse(node)}: {keywords - settings}"
            assert len(node.args) <= 3
            return recipe.model
        if function is None or inspect.getmodule(function) in (np, tf):
            return None
        called = getattr(function, "__wrapped__", function)  # A verb is wrapped.
        signature = inspect.signature(called)
        of_class = isinstance(node.func, ast.Attribute) and inspect.isclass(
            self.visit(node.func.value)
        )
        places = [None] * (len(node.args) + (of_class and not inspect.isclass(called)))
        signature.bind(*places, **dict.fromkeys(keywords))
        if inspect.isclass(function):
            return function
        try:
            result = typing.get_type_hints(called).get("return")
        except NameError:  # It names a type that is imported for type checkers only.
            result = None
        return result if inspect.isclass(result) else None


def lines(cell):
    """The expressions in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def test_each_idea_has_one_row():
    numbers = [int(cells[0]) for cells in ROWS if cells[0].isdigit()]
    assert sorted(numbers) == list(range(1, 126))


@pytest.mark.parametrize("name", LINES)
def test_names_and_arguments_of_lines_exist(name):
    for line in lines(LINES[name]):
        Checker().visit(ast.parse(line, mode="eval"))


def test_a_row_has_a_line_or_says_why_not():
    for name, cell in LINES.items():
        if cell.startswith(WITHOUT_A_LINE):
            assert cell.endswith("."), name
        else:
            assert re.fullmatch("`[^`]+`", cell), name


def test_rows_without_a_line():
    """A row that gets a line leaves this list, and a lost line is noticed."""
    without = {n for n in NUMBERED if NUMBERED[n][2].startswith(WITHOUT_A_LINE)}
    assert without == {"30", "95", "105", "123", "125"}


def test_a_row_has_an_idea_a_page_and_an_example():
    for number, (_, idea, _, page, example) in NUMBERED.items():
        assert idea.endswith((".", "?")), number
        assert "](" in page or page == "its docstring", number
        files = re.findall(r"\[`(\w+\.py)`\]\(\.\./examples/\w+/(\w+\.py)\)", example)
        assert all(shown == file for shown, file in files), number
        others = example == "none" or example.startswith("`python -m ")
        assert files or others, number


def test_a_wrong_line_is_found():
    for line in (
        "kgen.metrics.sharpnes(x)",
        'kgen.build("vea", (8, 8, 1))',
        'kgen.build("vae", (8, 8, 1), betta=4.0)',
        "vae.iwae_bound(x, num_draws=200)",
        "vae.log_prob(x)",
        'kgen.build("gan", (8, 8, 1)).elbo(x)',
        "kgen.latent.nearest(z)",
        "flow.trace(points, 1, 2, 3)",
        "kgen.networks.AdaIN(sharpness=undefined)",
    ):
        with pytest.raises((AssertionError, AttributeError, KeyError, TypeError)):
            Checker().visit(ast.parse(line, mode="eval"))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Models here have learned next to nothing.
def test_every_line_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "lectures"}
    exec(re.sub(r"epochs=\d+", "epochs=1", blocks(TEXT, "python")[0]), namespace)
    for line in (line for cell in LINES.values() for line in lines(cell)):
        if "mnist" not in line:  # It is downloaded.
            eval(re.sub(r"epochs=\d+", "epochs=1", line), namespace)
