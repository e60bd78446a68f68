"""A run of a model of two domains, from a folder with two sub-folders."""

import json

import numpy as np
import pytest
from PIL import Image

import kgen
from kgen import runs
from kgen.runs.run import DataSettings

pytestmark = pytest.mark.slow

TINY = {"filters": (4,), "discriminator_filters": (4, 4), "num_blocks": 1}


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for domain, low, count in (("bright", 128, 15), ("dark", 0, 10)):
        (tmp_path / "pictures" / domain).mkdir(parents=True)
        for index in range(count):
            pixels = rng.integers(low, low + 128, (6, 5, 3), dtype="uint8")
            Image.fromarray(pixels).save(
                tmp_path / "pictures" / domain / f"{index}.png"
            )
    return tmp_path / "pictures"


def test_the_sub_folders_are_the_domains(folder, tmp_path):
    data = DataSettings(str(folder), batch_size=4, image_size=[5, 6])
    run = tmp_path / "run"
    model, figures = runs.train("cyclegan", TINY, data, epochs=1, run_dir=run)
    assert [path.name for path in (run / "samples").iterdir()] == ["epoch-0001.png"]
    assert (run / "translations.png").exists()
    record = json.loads((run / "metrics.json").read_text())
    assert {"cycle_x", "cycle_y", "generator_loss"} <= record["held_out"].keys()
    assert runs.evaluate(run) == figures
    x = np.random.default_rng(0).random((3, 5, 6, 3))
    assert model.translate(x).shape == (3, 5, 6, 3)


def test_data_of_more_classes_is_refused(tmp_path, tfds_dir):
    with pytest.raises(ValueError, match="10 classes, but expects two.*sub-folders"):
        runs.train("cyclegan", TINY, epochs=1, run_dir=tmp_path)


def test_a_model_without_the_way_back_has_no_such_picture(tmp_path):
    gan = kgen.build("gan", (4, 4, 1), filters=(4,), latent_dim=2)
    x = np.zeros((2, 4, 4, 1))
    with pytest.raises(ValueError, match="translate_back"):
        kgen.plots.save_translations(gan, x, x, tmp_path / "both.png")
