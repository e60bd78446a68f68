"""The table of `docs/formats.md`: which verbs of a recipe each export format carries.

`python -m tests.format_table` measures it and prints the page.
"""

import pathlib
import tempfile
import warnings

import numpy as np

from kgen.core.verbs import verbs
from kgen.recipes import RECIPES
from kgen.serving.endpoints import FROM_NOISE
from kgen.serving.exporting import export
from kgen.testing.runtimes import RUNTIMES, check_runtime, numbers, run_litert
from tests.test_contract import make

PAGE = pathlib.Path(__file__).parent.parent / "docs" / "formats.md"
HEAD = """\
| recipe | both | only `litert` | only `onnx` | neither | `litert_int8` |
|---|---|---|---|---|---|
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
    rounded = rounded_weights(model, x, labels) if carried[0] else set()
    return line(name, every, *carried, rounded)


def line(name, every, litert, onnx, rounded):
    """A row, of the names of all verbs, and of those in each format."""
    cells = (litert & onnx, litert - onnx, onnx - litert, every - litert - onnx)
    listed = (" ".join(f"`{verb}`" for verb in sorted(cell)) for cell in cells)
    assert rounded <= litert, f"only `litert_int8` has {rounded - litert}"
    return f"| {' | '.join([f'`{name}`', *listed, unlike(litert, rounded)])} |"


def unlike(litert, rounded):
    """The cell of `litert_int8`: what it lacks of the verbs of `litert`."""
    lacking = " ".join(f"`{verb}`" for verb in sorted(litert - rounded))
    if not rounded:
        return ""
    return f"without {lacking}" if lacking else "as `litert`"


def rounded_weights(model, x, labels):
    """Names of the verbs that an export with weights as int8 has and runs.

    The numbers are near: the mean difference is at most a tenth of how much results
    vary. In a tiny network most weights are too few to be rounded.
    """
    found = set()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The export format .* cannot carry all")
        for file in export(model, folder, format="litert_int8").glob("*.tflite"):
            given, expected = numbers(model, file.stem, x, labels)
            results = run_litert(file, file.stem, given)
            assert results.keys() == expected.keys()
            for key, value in expected.items():
                error = np.mean(np.abs(results[key] - value))
                assert error <= 0.1 * np.std(value) + 1e-5, (file.stem, key, error)
            found.add(file.stem)
    return found


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
