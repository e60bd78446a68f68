"""Runs on data of ints, which the models of codes take from the data."""

import numpy as np
import pytest
from PIL import Image

import kgen
from kgen import runs
from kgen.data.sources import SOURCES, register
from kgen.runs.run import DataSettings


@pytest.fixture
def tunes():
    """Scales up and down, as a data set of codes."""

    @register("tunes", kind="melodies", num_codes=6)
    def load(split):
        start = np.arange(40 if split == "train" else 10)[:, None] % 4
        return np.abs((start + np.arange(6)) % 10 - 5)

    yield DataSettings("tunes", batch_size=20)
    del SOURCES["tunes"]


@pytest.mark.parametrize(
    ("recipe", "settings"),
    [
        ("lstm", {"width": 4}),
        pytest.param("transformer", {"width": 4}, marks=pytest.mark.slow),
        pytest.param(
            "music-vae", {"width": 4, "latent_dim": 2}, marks=pytest.mark.slow
        ),
    ],
)
def test_a_run_takes_the_number_of_codes(tunes, tmp_path, recipe, settings):
    model, figures = runs.train(recipe, settings, tunes, epochs=1, run_dir=tmp_path)
    assert model.num_data_codes == 6 and model.data_shape == (6,)
    assert figures["bits_per_dimension"] > 0
    with Image.open(tmp_path / "samples.png") as picture:
        assert picture.mode == "L" and min(picture.size) > 20
    path = kgen.plots.save_samples(model.sample(4, seed=0), tmp_path / "four.png")
    assert path.exists()


def test_models_of_real_numbers_are_refused(tunes, tmp_path):
    with pytest.raises(ValueError, match=r"6 codes, but 'vae'.*lstm, music-vae"):
        runs.train("vae", {}, tunes, epochs=1, run_dir=tmp_path)


def test_a_vq_vae_has_codes_of_its_own(tunes, tmp_path):
    with pytest.raises(ValueError, match="'vq-vae' is for real"):
        runs.train("vq-vae", {}, tunes, epochs=1, run_dir=tmp_path)


@pytest.mark.parametrize("x", [[[0, 6]], [[-1, 0]], [[0.5, 1.0]]])
def test_data_that_are_no_codes(x):
    register("wrong", kind="tokens", num_codes=6)(lambda split: np.array(x))
    try:
        with pytest.raises(ValueError, match="'wrong' gives.*ints from 0 to 5"):
            kgen.data.load("wrong")
    finally:
        del SOURCES["wrong"]


def test_codes_are_no_images():
    with pytest.raises(ValueError, match="num_codes=6 for images"):
        register("wrong", num_codes=6)(lambda split: [[0]])
