"""Folders of pictures: every file is read, refused or named, and every class too."""

import io
import os

import numpy as np
import pytest
from PIL import Image

import kgen.data


def encoded(kind, mode="RGB"):
    """A picture of noise as the bytes of a file."""
    pixels = np.random.default_rng(1).integers(256, size=(8, 8, 3), dtype="uint8")
    file = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(file, kind)
    return file.getvalue()


@pytest.fixture
def folder(tmp_path):
    """Six pictures of each of two classes."""
    for name in "a", "b":
        (tmp_path / name).mkdir()
        for i in range(6):
            (tmp_path / name / f"{i}.png").write_bytes(encoded("PNG"))
    return tmp_path


@pytest.mark.parametrize(
    ("name", "content", "color_mode"),
    [
        ("tiff.jpg", encoded("TIFF"), "rgb"),
        # Pillow reads them, TensorFlow does not.
        ("bits.bmp", encoded("BMP", "1"), "rgb"),
        ("colour.bmp", encoded("BMP"), "grayscale"),
        # Keras reads what begins with a dot, as macOS leaves it beside pictures.
        ("._photo.png", b"Mac OS X", "rgb"),
    ],
)
def test_what_tensorflow_cannot_decode_is_named(folder, name, content, color_mode):
    (folder / "b" / name).write_bytes(content)
    with pytest.raises(ValueError, match=f"b/{name}' cannot be read"):
        kgen.data.load(folder, image_size=4, color_mode=color_mode)


def test_what_tensorflow_decodes_is_read(folder):
    files = {
        "cmyk.jpg": encoded("JPEG", "CMYK"),
        "more.jpg": encoded("JPEG") + bytes(100),
        "grey.bmp": encoded("BMP", "L"),
        "palette.png": encoded("PNG", "P"),
        "film.gif": encoded("GIF"),
        "other.png": encoded("WEBP"),
    }
    for name, content in files.items():
        (folder / "a" / name).write_bytes(content)
    sets = kgen.data.load(folder, image_size=4)
    assert sum(len(x) for batches in sets for x, _ in batches) == 12 + len(files)


def test_links_that_are_not_followed_are_said(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for i in range(3):
        (elsewhere / f"{i}.png").write_bytes(encoded("PNG"))
    os.symlink(elsewhere, folder / "c")
    os.symlink(elsewhere, folder / "a" / "link")
    with pytest.warns(UserWarning, match="left out .1.: a/link. "):
        train, test = kgen.data.load(folder, image_size=4)
    assert sum(len(x) for batches in (train, test) for x, _ in batches) == 15
    assert train.num_classes == 3


def test_classes_without_a_picture_are_said(folder):
    (folder / "c").mkdir()
    with pytest.warns(UserWarning, match="these have no picture: c. Remove"):
        train, _ = kgen.data.load(folder, image_size=4)
    assert train.num_classes == 3


@pytest.mark.parametrize("name", [3, None, ["digits"], b"digits"])
def test_names_that_are_none_are_refused(name):
    with pytest.raises(ValueError, match="^`load` was given name="):
        kgen.data.load(name)


def test_a_pipe_is_no_picture(folder):
    os.mkfifo(folder / "a.png")
    with pytest.raises(ValueError, match="a.png.*pipe"):
        kgen.data.load(str(folder), image_size=4)
