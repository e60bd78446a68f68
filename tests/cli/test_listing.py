"""`kgen list`: recipes by family, and the settings of one."""

import pytest
from click.testing import CliRunner

from kgen.cli import main
from kgen.cli.listing import arguments, as_text
from kgen.recipes import RECIPES, build, settings_of


def listed(*options):
    result = CliRunner().invoke(main, ["list", *options])
    assert result.exit_code == 0, result.output
    return result.output


def test_recipes_are_grouped_by_family():
    groups = {}
    for line in listed().splitlines():
        if line.endswith(":"):
            group = groups.setdefault(line[:-1], [])
        elif line.startswith("  "):
            group.append(line.split()[0])
    assert [*groups] == [
        *("Adversarial", "Autoencoders", "Autoregressive", "Diffusion", "Energy"),
        "Flows",
    ]
    assert "wgan-gp" in groups["Adversarial"] and "cvae" in groups["Autoencoders"]
    assert "lstm" in groups["Autoregressive"] and "glow" in groups["Flows"]
    assert sum(name in RECIPES for group in groups.values() for name in group) == len(
        RECIPES
    )


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_setting_of_a_recipe_is_listed(recipe):
    lines = listed("--settings", recipe).splitlines()
    names = [line.split()[0] for line in lines if line[:2] == "  " and line[2] != " "]
    assert names == settings_of(RECIPES[recipe])


def test_a_setting_has_its_default_and_its_meaning():
    text = listed("--settings", "beta-vae")
    assert "  beta = 4.0\n      Weight of the KL term" in text
    assert "  filters = 32,64\n      Filters of the encoder's" in text
    # The recipe refers to the class, whose words are shown.
    assert "  covariance = diagonal\n      See" not in text
    assert "For each small image: beta=2.0" in text
    assert as_text((64, 32)) == "64,32" and as_text(()) == "()"


def test_arguments_of_a_docstring():
    found = arguments(build)
    assert found["name"] == 'Name of a recipe, `"vae"`; `kgen list` shows them all.'
    assert "data_shape" in found and "Returns" not in " ".join(found)
