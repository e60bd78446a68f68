"""The pages that users read, and the code on them."""

import pathlib
import re

ROOT = pathlib.Path(__file__).parents[1]
PATHS = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "CONTRIBUTING.md",
    ROOT / "examples" / "README.md",
]
# The text of each page, by its path from the root.
PAGES = {path.relative_to(ROOT).as_posix(): path.read_text() for path in PATHS}


def blocks(text, language):
    """The code blocks of a language in a page."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def without_blocks(text):
    """A page without its code blocks."""
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def rows(text):
    """The cells of each row of the tables in a page."""
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in without_blocks(text).splitlines()
        if line.startswith("|")
    ]
