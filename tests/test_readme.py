"""README keeps its word: its Python runs, its commands exist, its table is complete."""

import json
import pathlib
import re
import shlex

import numpy as np
import pytest
import tensorflow as tf
from click.testing import CliRunner

import kgen
from kgen.cli import main
from kgen.recipes import RECIPES

README = (pathlib.Path(__file__).parents[1] / "README.md").read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def served(tmp_path_factory, tfds_dir):
    """Runs README's Python in an empty folder; gives the exported model's folder."""
    folder = tmp_path_factory.mktemp("readme")
    namespace = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for block in blocks("python"):
            exec(block.replace("epochs=20", "epochs=1"), namespace)
    assert (folder / "manifold.png").exists()
    assert np.array_equal(namespace["images"], namespace["same"])
    return folder / "saved_models" / "vae"


def test_rest_requests_fit_the_signatures(served):
    """The rows and columns of README's requests, as a server would feed them."""
    signatures = tf.saved_model.load(str(served / "1")).signatures
    requests = [json.loads(text) for text in re.findall(r"-d '(.*?)'", README)]
    assert len(requests) == 2
    for request in requests:
        function = signatures[request.get("signature_name", "serving_default")]
        columns = request.get("inputs") or {
            name: [row[name] for row in request["instances"]]
            for name in request["instances"][0]
        }
        specs = function.structured_input_signature[1]
        assert set(columns) == set(specs)
        inputs = {k: tf.constant(v, specs[k].dtype) for k, v in columns.items()}
        images = function(**inputs)["x"]
        assert images.shape == (len(next(iter(columns.values()))), 8, 8, 1)


def test_commands_and_their_options_exist():
    commands = [
        shlex.split(part)
        for block in blocks("sh")
        for line in block.splitlines()
        for part in line.split("&&")
        if part.strip().startswith("kgen ")
    ]
    assert len(commands) >= 6
    for _, name, *arguments in commands:
        help_text = CliRunner().invoke(main, [name, "--help"]).output
        for option in (word for word in arguments if word.startswith("-")):
            assert re.search(rf"(^|\s){option}\b", help_text), f"{name} {option}"


def test_every_recipe_verb_and_density_is_in_the_tables():
    for name, recipe in RECIPES.items():
        assert f"| `{name}` |" in README
        assert recipe.paper in README
    for verb in ("sample", "encode", "decode", "reconstruct", "elbo", "iwae_bound"):
        assert f"`{verb}(" in README
    for name in kgen.data.names():
        assert f"`{name}`" in README
