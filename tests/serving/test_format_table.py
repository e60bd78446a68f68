"""The table of formats is true, and the runtimes give kgen's numbers."""

import pytest

from kgen.recipes import RECIPES
from tests.format_table import checked, row, rows

QUICK = ("nice",)  # Its graph is small.


def test_every_recipe_has_a_row():
    assert sorted(rows()) == sorted(RECIPES)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in QUICK else [pytest.mark.slow])
        for name in sorted(RECIPES)
    ],
)
def test_each_verb_is_where_the_table_has_it_and_right(name):
    assert row(name, checked) == rows()[name]
