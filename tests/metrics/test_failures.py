"""Each failure of samples is seen by the figures that the page names, and no others."""

import pathlib

import pytest

from benchmarks.studies.failures import FAILURES, LEFT_OUT, verdicts
from kgen.metrics import FIGURES

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "evaluation.md"
QUICK = ["frechet_distance", "precision_recall", "memorization", "image_statistics"]


def printed():
    """`{number: {failure: mark}}` of the page's table."""
    text = PAGE.read_text().split("## Which figure sees which failure")[1]
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    head, *rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    assert head[1:] == list(FAILURES)
    return {
        cells[0].strip("`"): dict(zip(FAILURES, cells[1:], strict=True))
        for cells in rows
        if len(cells) == len(head) and not cells[0].startswith("---")
    }


@pytest.mark.slow
def test_figures_that_are_quick_to_compute_see_what_the_page_says():
    page = printed()
    for name, marks in verdicts(QUICK).items():
        assert page[name] == marks, name


@pytest.mark.slow
def test_all_figures_see_what_the_page_says():
    names = [name for name in sorted(FIGURES) if name not in LEFT_OUT]
    assert printed() == verdicts(names)
