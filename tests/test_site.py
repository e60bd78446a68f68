"""The site of the documentation."""

import ast
import pathlib
import re
import subprocess
import sys

import pytest

import kgen
from docs.site import api, gallery, markup, pages, versions

ROOT = pathlib.Path(__file__).parents[1]


def test_docstrings_become_restructured_text():
    lines = [
        "`keras.Model`s with p(x | y), x* and z_. See [A,",
        "2019](https://a.org/b_c).",
        "",
        ">>> a * b | c  # `code`",
        "1",
        "",
        "    **kwargs: See `x`.",
    ]
    assert markup.to_rst(lines) == [
        r"``keras.Model``\ s with p(x \| y), x\* and z\_. See `A, 2019 <https://a.org/b_c>`__.",
        "",
        ">>> a * b | c  # `code`",
        "1",
        "",
        "    **kwargs: See ``x``.",
    ]


def test_links_lead_to_pages_of_the_site(tmp_path):
    pages.write(ROOT, tmp_path / "source")
    front = (tmp_path / "source" / "index.md").read_text()
    page = (tmp_path / "source" / "docs" / "methods" / "flows.md").read_text()
    assert "](../../examples/flows/realnvp.rst)" in page
    assert "docs/methods/flows.md" in front and "examples/index" in front
    for path in (tmp_path / "source").rglob("*.md"):
        for target, _ in pages.LINK.findall(path.read_text()):
            target = (path.parent / target).resolve()
            example = target.suffix == ".rst" and target.parts[-3] == "examples"
            original = ROOT / target.relative_to(tmp_path / "source")
            assert original.with_suffix(".py").exists() if example else target.exists()


def test_each_public_name_has_an_entry(tmp_path):
    api.write(tmp_path)
    text = "".join(path.read_text() for path in tmp_path.glob("*.rst"))
    entries = re.findall(r"^\.\. (?:auto|py:)\w+:: (\S+)$", text, re.M)
    assert len(set(entries)) == len(entries) > 300
    stub = ast.parse((ROOT / "kgen" / "__init__.pyi").read_text())
    imports = [node for node in stub.body if isinstance(node, ast.ImportFrom)]
    listed = {alias.asname for node in imports for alias in node.names}
    modules = set(api.modules())
    for name in listed:
        assert f"kgen.{name}" in {*entries, *modules}
    assert "kgen.metrics.frechet_distance" in entries
    assert kgen.VAE is api.objects()["kgen.VAE"]


def test_each_example_has_a_title(tmp_path):
    gallery.write(ROOT / "examples", tmp_path)
    scripts = sorted(tmp_path.glob("*/*.py"))
    names = {path.name for path in scripts} | {path.parent.name for path in scripts}
    assert names == set(gallery.order())
    for path in scripts:
        lines = ast.get_docstring(ast.parse(path.read_text())).split("\n")
        assert lines[0] and lines[1] == "=" * len(lines[0])
    assert {f"{name}.py" for name in gallery.QUICK} <= set(gallery.order())


def test_versions_are_listed_from_the_newest_on(tmp_path):
    for name in ("0.9.0", "0.10.0", "0.10.0rc1", "latest"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").touch()
    assert versions.write(tmp_path) == ["0.10.0", "0.10.0rc1", "0.9.0"]
    assert "url=0.10.0/index.html" in (tmp_path / "index.html").read_text()
    assert (tmp_path / "versions.html").read_text().count("<li>") == 3


@pytest.mark.slow
def test_the_site_is_built_without_a_warning(tmp_path):
    command = [sys.executable, "-m", "docs.site", "--output", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    html = tmp_path / "html" / kgen.__version__
    page = (html / "examples/inference/kl_divergence.html").read_text()
    assert "KL(P || Q) 0.0852" in page and ".png" in page and str(tmp_path) not in page
    assert list((html / "_downloads").glob("*/kl_divergence.ipynb"))
    for path, up in ((html / "index.html", ""), (html / "docs/data.html", "../")):
        assert f'href="{up}../versions.html"' in path.read_text()
    assert (
        f"{kgen.__version__}/index.html" in (tmp_path / "html/index.html").read_text()
    )
