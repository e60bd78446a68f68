"""Pages keep their word: their Python runs, their commands, links and names exist."""

import importlib.util
import json
import pkgutil
import re
import shlex
from collections import Counter

import numpy as np
import pytest
import tensorflow as tf
from click.testing import CliRunner

import kgen
from benchmarks.__main__ import FAMILIES
from kgen.cli import main
from kgen.flows import ReverseKL
from kgen.recipes import RECIPES
from tests.pages import PAGES, ROOT, blocks, rows, without_blocks

LONGEST = 150  # Characters of a cell, as it is read.


def run(page, folder, patch):
    """Runs a page's Python in an empty folder, one epoch of each `fit`."""
    namespace = {"__name__": page}
    patch.chdir(folder)
    for block in blocks(PAGES[page], "python"):
        exec(re.sub(r"epochs=\d+", "epochs=1", block), namespace)
    return namespace


# The code of the other page is files of their own: see `test_adding`.
RUN = [p for p, text in PAGES.items() if blocks(text, "python") and "adding" not in p]


# They trace many networks.
SLOW = (
    *("adversarial.md", "augmentation.md", "autoencoders.md", "autoregressive.md"),
    *("data.md", "diffusion.md", "energy.md", "evaluation.md", "flows.md"),
    "formats.md",
    *("hybrids.md", "inference.md"),
    *("image_translation.md", "latent.md", "lectures.md", "music.md", "two_stage.md"),
    *("progressive_growing.md", "restoration.md", "serving.md"),
    *("style_based_gans.md", "text_to_image.md", "training.md"),
    "translation_of_text.md",
)


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=[pytest.mark.slow] if page.endswith(SLOW) else [])
        for page in RUN
    ],
)
def test_python_runs(page, tmp_path, monkeypatch, tfds_dir):
    namespace = run(page, tmp_path, monkeypatch)
    if page == "README.md":
        assert (tmp_path / "manifold.png").exists()
        assert np.array_equal(namespace["images"], namespace["same"])
    if page == "docs/serving.md":
        check_rest_requests(PAGES[page], tmp_path / "saved_models")


def check_rest_requests(text, folder):
    """Rows and columns of a page's requests fit the model, as a server feeds them."""
    requests = re.findall(r"/models/(\w+):predict[\s\\]+-d '(.*?)'", text, re.DOTALL)
    assert len(requests) == text.count("curl ") == 6
    models = {
        name: tf.saved_model.load(str(folder / name / "1")) for name, _ in requests
    }
    shapes = {"vae": (8, 8, 1), "ddpm": (2,), "flow": (2,)}
    for name, request in requests:
        request = json.loads(request)
        signature = request.get("signature_name", "serving_default")
        function = models[name].signatures[signature]
        columns = request.get("inputs") or {
            name: [row[name] for row in request["instances"]]
            for name in request["instances"][0]
        }
        specs = function.structured_input_signature[1]
        assert set(columns) == set(specs)
        inputs = {k: tf.constant(v, specs[k].dtype) for k, v in columns.items()}
        found = function(**inputs)["x"]
        assert found.shape == (len(next(iter(columns.values()))), *shapes[name])


def commands():
    """Each command of the pages, in blocks and in the text, with its page."""
    for page, text in PAGES.items():
        in_text = re.findall(r"`([^`\n]+)`", without_blocks(text))
        for line in [*"\n".join(blocks(text, "sh")).splitlines(), *in_text]:
            for part in line.split("&&"):
                yield page, part.strip()


def test_commands_and_their_options_exist():
    found = Counter()
    for page, command in commands():
        if not re.match(r"kgen [a-z]+( |$)", command):
            continue
        name, *arguments = shlex.split(command)[1:]
        result = CliRunner().invoke(main, [name, "--help"])
        assert result.exit_code == 0, f"{page}: {command}"
        for option in (word for word in arguments if word.startswith("-")):
            assert re.search(rf"(^|\s){option}\b", result.output), f"{page}: {command}"
        if name == "train" and arguments and not arguments[0].startswith("-"):
            assert arguments[0] in {*RECIPES, "NAME"}, f"{page}: {command}"
        found[name] += 1
    assert found.keys() == main.commands.keys()


def test_examples_and_benchmarks_exist():
    for page, command in commands():
        match = re.match(r"python -m ([\w.]+) ?(\w*)", command)
        if match and match[1].split(".")[0] in ("examples", "benchmarks"):
            assert importlib.util.find_spec(match[1]), f"{page}: {command}"
            if match[1] == "benchmarks":
                assert match[2] in {*FAMILIES, "FAMILY", "all"}, f"{page}: {command}"


def headings(text):
    """Names that a link may have after `#`, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", without_blocks(text), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", title.lower()) for title in titles)
    return {title.replace(" ", "-") for title in plain}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)\s]+)\)", without_blocks(PAGES[page])):
        if link.startswith("https://"):
            continue
        path, _, heading = link.partition("#")
        target = ((ROOT / page).parent / path).resolve() if path else ROOT / page
        assert target.exists(), link
        if heading:
            assert heading in headings(target.read_text()), link


@pytest.mark.parametrize("page", PAGES)
def test_names_of_kgen_exist(page):
    for name in re.findall(r"`kgen\.([\w.]*\w)", without_blocks(PAGES[page])):
        if (ROOT / "kgen" / name).exists() or name == "cli":
            continue
        pkgutil.resolve_name(f"kgen.{name}")


@pytest.mark.parametrize("page", PAGES)
def test_cells_are_short(page):
    for cells in rows(PAGES[page]):
        for cell in cells:
            read = re.sub(r"\]\([^)]*\)+", "]", cell)
            assert len(read) <= LONGEST, read


def test_blocks_have_a_language():
    for page, text in PAGES.items():
        assert set(re.findall(r"^```(.*)\n", text, re.MULTILINE)) <= {
            *("", "python", "sh", "text")
        }, page


def test_the_index_has_every_page():
    links = re.findall(r"\]\(([^)#\s]+)", PAGES["docs/README.md"])
    found = {(ROOT / "docs" / link).resolve() for link in links}
    assert found >= {ROOT / page for page in PAGES if page != "docs/README.md"}


def test_readme_is_short():
    assert len(PAGES["README.md"].encode()) <= 8192


def test_the_citation_names_this_version():
    citation = (ROOT / "CITATION.cff").read_text()
    assert f"\nversion: {kgen.__version__}\n" in citation


def test_readme_has_the_command_that_ci_runs():
    """`.ci/run` takes it from there."""
    assert re.search("^pip install .* && pytest", PAGES["README.md"], re.MULTILINE)


def test_every_recipe_is_in_one_table():
    tables = [rows(text) for page, text in PAGES.items() if "docs/methods/" in page]
    cells = Counter(
        (first[0], re.search(r"\((\S+)\)$", first[1])[1])
        for table in tables
        for first in table
        if first[0].strip("`") in RECIPES
    )
    expected = {(f"`{name}`", recipe.paper) for name, recipe in RECIPES.items()}
    assert cells == Counter(expected)


def test_every_verb_is_in_one_table():
    """README has those of many models, `docs/verbs.md` those of some."""
    classes = [getattr(kgen, name) for name in kgen.__all__]
    models = [c for c in classes if isinstance(c, type) and hasattr(c, "objective")]
    verbs = {
        name
        for model in (*models, ReverseKL)
        for name in dir(model)
        if getattr(getattr(model, name), "exported", False)
    }
    cells = [r[0] for page in ("README.md", "docs/verbs.md") for r in rows(PAGES[page])]
    listed = [re.match(r"`(\w+)\(", cell) for cell in cells]
    assert sorted(match[1] for match in listed if match) == sorted(verbs)


def test_every_data_set_is_in_the_table():
    listed = {cells[0] for cells in rows(PAGES["docs/data.md"])}
    assert {f"`{name}`" for name in kgen.data.names()} <= listed
