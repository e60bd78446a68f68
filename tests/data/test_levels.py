"""Data sets say how many levels and classes they have, and it is true."""

import numpy as np
import pytest
from PIL import Image

import kgen


def folder_of(tmp_path, classes=("a", "b"), number=6):
    rng = np.random.default_rng(0)
    for name in classes:
        (tmp_path / name).mkdir(exist_ok=True)
        for i in range(number):
            pixels = rng.integers(256, size=(5, 7, 3), dtype="uint8")
            Image.fromarray(pixels).save(tmp_path / name / f"{i}.png")
    return tmp_path


def check_levels(dataset):
    top = dataset.levels - 1
    values = np.concatenate([x.reshape(-1) for x, _ in dataset.as_numpy_iterator()])
    np.testing.assert_allclose(values * top, np.round(values * top), atol=1e-3)


@pytest.mark.parametrize(
    ("options", "levels"),
    [({}, 17), ({"binarize": True}, 2), ({"image_size": 5}, 256)],
)
def test_digits(options, levels):
    for dataset in kgen.data.load("digits", **options):
        assert (dataset.levels, dataset.num_classes) == (levels, 10)
        check_levels(dataset)


def test_points_have_no_levels():
    train, _ = kgen.data.load("8ring")
    assert train.levels is None and train.num_classes == 8


def test_folders(tmp_path):
    for dataset in kgen.data.load(folder_of(tmp_path), image_size=4):
        assert (dataset.levels, dataset.num_classes) == (256, 2)
        check_levels(dataset)
    flat, _ = kgen.data.load(folder_of(tmp_path) / "a", image_size=4)
    assert flat.num_classes is None


BROKEN = {
    "not a picture": b"download failed",
    "empty": b"",
    "cut off": None,
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_a_broken_picture_is_named(tmp_path, content, ending):
    folder = folder_of(tmp_path)
    path = folder / "b" / f"broken.{ending}"
    if content is None:
        pixels = np.random.default_rng(1).integers(256, size=(40, 40, 3), dtype="uint8")
        Image.fromarray(pixels).save(path)
        content = path.read_bytes()[: path.stat().st_size // 3]
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"broken.{ending} (is empty|cannot be read)"):
        kgen.data.load(folder, image_size=4)


def test_a_picture_of_too_many_pixels_is_named(tmp_path):
    folder = folder_of(tmp_path)
    Image.new("1", (10_000, 10_000)).save(folder / "a" / "huge.png")
    with pytest.raises(ValueError, match="huge.png has 10000 x 10000 pixels"):
        kgen.data.load(folder, image_size=4)


def test_files_that_are_left_out_are_said(tmp_path):
    folder = folder_of(tmp_path)
    Image.new("RGB", (4, 4)).save(folder / "a" / "other.webp")
    (folder / "a" / ".hidden.txt").write_text("")
    with pytest.warns(UserWarning, match="^1 files .* left out.*a/other.webp. Convert"):
        kgen.data.load(folder, "train", image_size=4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 0}, "batch_size=0"),
        ({"batch_size": 1.5}, "batch_size=1.5"),
        ({"batch_size": "8"}, "batch_size='8'"),
        ({"split": 3}, "split=3"),
        ({"seed": -1}, "seed=-1"),
        ({"seed": 1.5}, "seed=1.5"),
        ({"binarize": "yes"}, "binarize='yes'"),
        ({"image_size": 0}, "image_size=0"),
        ({"image_size": -8}, "image_size=-8"),
        ({"image_size": 8.5}, "image_size=8.5"),
        ({"image_size": (8, 8, 1)}, "image_size=.8, 8, 1."),
    ],
)
def test_options_of_no_sense_are_refused(options, message):
    with pytest.raises(ValueError, match=f"^`load` was given {message}"):
        kgen.data.load("digits", **options)
