"""The table of `docs/formats.md`: which verbs of a recipe each export format carries.

`python -m tests.format_table` measures it and prints the page.
"""

import pathlib
import tempfile
import warnings

from kgen.core.verbs import verbs
from kgen.recipes import RECIPES
from kgen.serving.endpoints import FROM_NOISE
from kgen.serving.exporting import export
from kgen.testing.runtimes import RUNTIMES, check_runtime
from tests.test_contract import make

PAGE = pathlib.Path(__file__).parent.parent / "docs" / "formats.md"
HEAD = """\
| recipe | both | only `litert` | only `onnx` | neither |
|---|---|---|---|---|
"""


def row(name, measure):
    """The row of a recipe: the verbs that its exports to LiteRT and ONNX have.

    Args:
        name: Name of the recipe.
        measure: Function `(model, x, labels, format) -> names of the verbs` that raises
            a ValueError if there is none.
    """
    model, x, labels = make(name, 3 if RECIPES[name].conditional else None)
    carried = []
    for format in RUNTIMES:
        try:
            carried.append(measure(model, x, labels, format))
        except ValueError as error:
            assert "can carry no verb of this" in str(error), error
            carried.append(set())
    every = set(verbs(model))
    names = {"sample": FROM_NOISE} if any(FROM_NOISE in c for c in carried) else {}
    every = {names.get(verb, verb) for verb in every}
    return line(name, every, *carried)


def line(name, every, litert, onnx):
    """A row, of the names of all verbs, and of those in either format."""
    cells = (litert & onnx, litert - onnx, onnx - litert, every - litert - onnx)
    listed = (" ".join(f"`{verb}`" for verb in sorted(cell)) for cell in cells)
    return f"| {' | '.join([f'`{name}`', *listed])} |"


def exported(model, x, labels, format):
    """Names of the verbs in an export of a model."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The export format .* cannot carry all")
        path = export(model, folder, format=format)
        return {file.stem for file in path.glob(f"*.{RUNTIMES[format][0]}")}


def checked(model, x, labels, format):
    """The same, after a check of all numbers in the format's own runtime."""
    with tempfile.TemporaryDirectory() as folder:
        return set(check_runtime(model, x, labels, folder, format))


def rows():
    """The rows of the page, `{recipe: row}`."""
    found = PAGE.read_text().partition(HEAD)[2].splitlines()
    return {text.split("`")[1]: text for text in found}


if __name__ == "__main__":
    text = PAGE.read_text()
    print(text[: text.index(HEAD)] + HEAD, end="")
    for name in sorted(RECIPES):
        print(row(name, exported), flush=True)
