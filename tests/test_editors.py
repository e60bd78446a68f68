"""What editors and type checkers see of kgen."""

import json
import subprocess
import sys

import jedi

import kgen
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


def test_a_built_model_is_completed():
    built = "import kgen\nmodel = kgen.build('vae', data_shape=(8, 8, 1))\nmodel."
    assert {"fit", "save", "sample", "elbo"} <= completions(built)
