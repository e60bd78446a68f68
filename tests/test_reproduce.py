"""The rows of `python -m benchmarks reproduce`."""

import dataclasses
import json
import re

import pytest

from benchmarks.reproduce import cells, rows
from benchmarks.reproduce.prior import Prior
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
    assert row.title
    # A published figure names its source.
    assert row.published is None or re.search(r"\(.+ \d{4}", row.published)


@pytest.mark.slow
def test_a_prior_is_trained_on_the_codes_and_its_figures_are_those_of_both(tmp_path):
    prior = Prior("gated-pixelcnn", 1, {"width": 4, "num_blocks": 1})
    sizes = {"filters": [4, 5], "latent_dim": 2, "num_codes": 4}
    row = dataclasses.replace(
        ROWS["vqvae_pixelcnn"], settings=sizes, prior=prior, figures=("sharpness",)
    )
    found = figures_of(row, tmp_path, "digits", epochs=1)
    assert found["figures"]["elbo"] < 0 and "sharpness" in found["figures"]
    assert found["prior"]["recipe"] == "gated-pixelcnn"
    assert (tmp_path / "two_stages.png").exists()
    again = figures_of(row, tmp_path, "digits", epochs=1)  # Both are trained already.
    assert again["figures"] == found["figures"]
    assert again["seconds_of_training"] == found["seconds_of_training"]
    other = dataclasses.replace(row, prior=dataclasses.replace(prior, batch_size=7))
    with pytest.raises(SystemExit, match="a prior of other settings"):
        figures_of(other, tmp_path, "digits", epochs=1)


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
