"""What editors and type checkers see of kgen."""

import ast
import json
import subprocess
import sys

import jedi

import kgen
from kgen import recipes
from tests.pages import PAGES, ROOT, blocks


def test_code_of_the_pages_has_no_type_errors(tmp_path):
    """A file for each page, checked as an editor does, without running kgen."""
    for page, text in PAGES.items():
        code = "\n".join(blocks(text, "python"))
        (tmp_path / page.replace("/", "_").replace(".md", ".py")).write_text(code)
    settings = {"typeCheckingMode": "basic", "extraPaths": [str(ROOT)]}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "basedpyright", "--outputjson"]
    command += ["--pythonpath", sys.executable, "-p", str(tmp_path)]
    process = subprocess.run(command, capture_output=True, text=True)
    report = json.loads(process.stdout)
    assert report["summary"]["filesAnalyzed"] >= len(PAGES)
    assert [
        f"{found['file']}:{found['range']['start']['line'] + 1}: {found['message']}"
        for found in report["generalDiagnostics"]
        if found["severity"] == "error"
    ] == []


def completions(code):
    """Names that an editor offers at the end of some code."""
    project = jedi.Project(ROOT, environment_path=sys.prefix)
    lines = code.splitlines()
    script = jedi.Script(code, project=project)
    return {found.name for found in script.complete(len(lines), len(lines[-1]))}


def test_public_names_are_completed():
    assert set(kgen.__all__) <= completions("import kgen\nkgen.")
    assert {"load", "density", "names"} <= completions("import kgen\nkgen.data.")


def test_methods_and_verbs_of_a_model_are_completed():
    built = "import kgen\nmodel = kgen.build('vae', data_shape=(8, 8, 1))\nmodel."
    assert {"fit", "save"} <= completions(built)
    assert {"fit", "save", "sample", "elbo"} <= completions("import kgen\nkgen.VAE.")


def test_the_stub_knows_the_model_of_a_recipe():
    """A recipe may be missing there, and is then a `GenerativeModel`."""
    stub = ast.parse((ROOT / "kgen" / "recipes.pyi").read_text())
    names = {node.name for node in stub.body if isinstance(node, ast.FunctionDef)}
    assert names <= set(dir(recipes))
    for overload in stub.body:
        if getattr(overload, "name", None) == "build":
            known = ast.walk(overload.args.posonlyargs[0].annotation)
            for node in known:
                if isinstance(node, ast.Constant):
                    model = recipes.RECIPES[node.value].model
                    assert model.__name__ == overload.returns.id, node.value
