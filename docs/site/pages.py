"""The written pages: copied, with links that lead to pages of the site."""

import os
import pathlib
import re
import shutil

# Pages at the top of the repository; the first is the front page.
TOP = {
    "README.md": "index.md",
    "CHANGELOG.md": "CHANGELOG.md",
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "SECURITY.md": "SECURITY.md",
    "examples/README.md": "examples/README.md",
    "benchmarks/README.md": "benchmarks/README.md",
}
LINK = re.compile(r"(?<!\\)\]\((?!https?://|#|mailto:)([^)\s#]+)(#[^)\s]*)?\)")
TOCTREE = (
    "\n```{{toctree}}\n:hidden:\n:titlesonly:\n:caption: {caption}\n\n{entries}\n```\n"
)


def write(root, source):
    """Copies all pages and their pictures below `source`, as they lie in `root`.

    Args:
        root: Folder of the repository.
        source: Folder for the sources of Sphinx; it is made anew.
    """
    shutil.rmtree(source, ignore_errors=True)
    pages = {root / name: source / new for name, new in TOP.items()}
    for path in sorted((root / "docs").rglob("*.md")):
        pages[path] = source / path.relative_to(root)
    for path, copy in pages.items():
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(with_links(path, copy, pages, root, source))
    with (source / "index.md").open("a") as front:
        front.write(contents(source))


def with_links(path, copy, pages, root, source):
    """The text of a page whose links lead to copies.

    A link to an example leads to its page in the gallery, one to a folder to the page
    of that folder, and one to another file to that file, to download.
    """

    def new(match):
        target = (path.parent / match[1]).resolve()
        if target.is_dir():
            target = target / "README.md"
        if target in pages:
            found = pages[target]
        elif target.suffix == ".py" and target.parent.parent == root / "examples":
            found = (source / target.relative_to(root)).with_suffix(".rst")
        else:
            found = source / target.relative_to(root)
            found.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(target, found)
        return f"]({os.path.relpath(found, copy.parent)}{match[2] or ''})"

    return LINK.sub(new, path.read_text())


def contents(source):
    """The lists of pages beside each page, in the order of `docs/README.md`."""
    text = pathlib.Path(source, "docs", "README.md").read_text()
    found, seen = [], set()
    for section in text.split("\n## ")[1:]:
        caption = section.partition("\n")[0].lstrip("0123456789. ")
        entries = []
        for name, _ in LINK.findall(section):
            page = os.path.normpath(os.path.join("docs", name))
            if page.endswith(".md") and page not in {*seen, "index.md"}:
                entries.append(page)
                seen.add(page)
        found.append(TOCTREE.format(caption=caption, entries="\n".join(entries)))
    others = ["docs/README.md", "examples/index", "api/index", "benchmarks/README.md"]
    found.append(TOCTREE.format(caption="Reference", entries="\n".join(others)))
    return "".join(found)
