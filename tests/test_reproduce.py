"""The rows of `python -m benchmarks reproduce`."""

import dataclasses
import json

import pytest

from benchmarks.reproduce import cells, rows
from benchmarks.reproduce.row import figures_of
from kgen.metrics.figures import FIGURES
from kgen.recipes import find

ROWS = rows()


@pytest.mark.parametrize("name", ROWS)
def test_a_row_names_a_recipe_its_settings_and_figures(name):
    row = ROWS[name]
    recipe = find(row.recipe, row.settings)
    assert row.conditional >= recipe.conditional
    assert set(row.figures or ()) <= set(FIGURES)
    assert row.title and row.published


def test_a_row_is_trained_once_and_its_figures_are_written(tmp_path):
    tiny = {"filters": [4, 5], "latent_dim": 2}
    row = dataclasses.replace(ROWS["vae"], settings=tiny, figures=("sharpness",))
    folder = tmp_path / "vae"
    found = figures_of(row, folder, "digits", epochs=1)
    figures = found["figures"]
    assert figures["elbo"] < figures["iwae_bound"] < 0 < figures["num_examples"]
    assert "sharpness" in figures
    assert found["data"]["binarize"] == "dynamic" and found["settings"] == tiny
    machine = found["machine"]
    assert machine["cores"] > 0 and machine["memory_gb"] > 1 and machine["processor"]
    assert found["seconds_of_training"] > 0
    trained = (folder / "model.keras").stat().st_mtime_ns
    again = figures_of(row, folder, "digits", epochs=1)
    assert again["figures"] == figures
    assert (folder / "model.keras").stat().st_mtime_ns == trained
    with pytest.raises(SystemExit, match="another data than this row"):
        figures_of(row, folder, "moons", epochs=1)
    record = json.loads((folder / "metrics.json").read_text())
    (folder / "metrics.json").write_text(json.dumps({**record, "interrupted": True}))
    more = figures_of(row, folder, "digits", epochs=2)  # It goes on.
    assert more["epochs"] == 2 and more["since_resumed"]
    text, minutes = cells(json.loads((folder / "figures.json").read_text()))
    assert "iwae_bound" in text and minutes == "0"
    assert cells(None) == ("", "")
