"""Other TFDS sets, folders of pictures, and what goes wrong with them."""

import concurrent.futures
import time

import keras
import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

import kgen.data
from kgen.core.lock import in_turn

LEVELS = {"train": range(0, 250, 10), "test": range(5, 55, 10)}


class Tiny(tfds.core.GeneratorBasedBuilder):
    """Pictures of 6x4 pixels of one grey level each."""

    VERSION = tfds.core.Version("1.0.0")
    SHAPE = (6, 4, 3)
    EXTRA = {}

    def _info(self):
        image = tfds.features.Image(shape=self.SHAPE)
        features = tfds.features.FeaturesDict({"image": image, **self.EXTRA})
        return tfds.core.DatasetInfo(builder=self, features=features)

    def _split_generators(self, dl_manager):
        return {split: self._generate_examples(split) for split in LEVELS}

    def _generate_examples(self, split):
        for level in LEVELS[split]:
            height = self.SHAPE[0] or 6 + level % 3
            image = np.full((height, *self.SHAPE[1:]), level, dtype="uint8")
            yield level, {"image": image, **self.extra(level)}

    def extra(self, level):
        return {}


class TinyLabelled(Tiny):
    """`Tiny` with a label: the level divided by ten."""

    VERSION = tfds.core.Version("1.0.0")
    EXTRA = {"label": tfds.features.ClassLabel(num_classes=25)}

    def extra(self, level):
        return {"label": level // 10}


class TinyCaptioned(Tiny):
    """`Tiny` of different heights, with a label that is no class."""

    VERSION = tfds.core.Version("1.0.0")
    SHAPE = (None, 4, 3)
    EXTRA = {"label": tfds.features.Text()}

    def extra(self, level):
        return {"label": f"level {level}"}


class TinyCounted(Tiny):
    """`Tiny` with an integer for a label, which declares no number of classes."""

    VERSION = tfds.core.Version("1.0.0")
    EXTRA = {"label": tfds.features.Scalar(np.int64)}
    extra = TinyLabelled.extra


class TinyWords(Tiny):
    """Text without pictures."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self):
        features = tfds.features.FeaturesDict({"words": tfds.features.Text()})
        return tfds.core.DatasetInfo(builder=self, features=features)


def levels_and_labels(dataset):
    """The grey levels of pictures of one colour, and their labels."""
    x, y = (np.concatenate(part) for part in zip(*dataset, strict=True))
    assert np.all(np.ptp(x, axis=(1, 2, 3)) < 1e-6)
    np.testing.assert_allclose(x * 255, np.round(x * 255), atol=1e-4)
    return np.round(x[:, 0, 0, 0] * 255).astype(int), y


@pytest.mark.parametrize("name", ["tiny", "tiny_labelled"])
def test_tfds(name):
    for split, dataset in zip(LEVELS, kgen.data.load(name, batch_size=10), strict=True):
        assert dataset.element_spec[0].shape == (None, 6, 4, 3)
        levels, labels = levels_and_labels(dataset)
        assert sorted(levels) == list(LEVELS[split])
        np.testing.assert_array_equal(labels, levels // 10 if "_" in name else 0)
        assert labels.dtype == np.int32


def test_tfds_slice():
    first, last = (kgen.data.load("tiny", part) for part in ("test[:2]", "test[2:]"))
    levels = [*levels_and_labels(first)[0], *levels_and_labels(last)[0]]
    assert sorted(levels) == list(LEVELS["test"])


def test_tfds_of_different_sizes():
    with pytest.raises(ValueError, match="'tiny_captioned' differ in size.*image_size"):
        kgen.data.load("tiny_captioned")
    train = kgen.data.load("tiny_captioned", "train", image_size=3)
    assert train.element_spec[0].shape == (None, 3, 3, 3)
    levels, labels = levels_and_labels(train)
    assert sorted(levels) == list(LEVELS["train"])
    assert np.all(labels == 0)


def test_tfds_without_images():
    with pytest.raises(ValueError, match=r"not a set of images.*\['words'\]"):
        kgen.data.load("tiny_words")


@pytest.mark.parametrize("split", ["validation", "train[", "test[:0]"])
def test_tfds_split_that_is_none(split):
    with pytest.raises(ValueError) as info:
        kgen.data.load("tiny", split)
    assert f"has the splits ['train', 'test'], got {split!r}" in str(info.value)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("fashion_mnits", "Did you mean 'fashion_mnist'"),
        ("/no/such/folder", "nor a folder of that path"),
        ("digits:9.9.9", "only: 1.0.0"),
    ],
)
def test_unknown_name(name, hint):
    with pytest.raises(ValueError) as info:
        kgen.data.load(name)
    assert f"There is no data set {name!r}" in str(info.value)
    assert hint in str(info.value)
    assert "digits, faces, 8gaussians" in str(info.value)


def test_no_network(tmp_path, monkeypatch):
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    # Nothing listens there: as good as no network, for a machine that has one.
    for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("NO_PROXY", "")
    start = time.monotonic()
    with pytest.raises(ConnectionError) as info:
        kgen.data.load("mnist")
    assert time.monotonic() - start < 15
    assert "'mnist' could not be downloaded" in str(info.value)
    assert f"need no network: {', '.join(kgen.data.names())}" in str(info.value)
    assert "folder of pictures" in str(info.value)


def test_data_dir_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "file" / "folder"))
    with pytest.raises(OSError, match="'digits' could not be written.*TFDS_DATA_DIR"):
        kgen.data.load("digits")


def test_a_data_set_that_another_process_writes_is_waited_for(tmp_path, monkeypatch):
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    with concurrent.futures.ThreadPoolExecutor() as pool:
        with in_turn(tmp_path / "tiny"):  # As another process has it.
            waiting = pool.submit(kgen.data.load, "tiny", "test")
            with pytest.raises(TimeoutError):
                waiting.result(timeout=2)
            tfds.builder("tiny", data_dir=tmp_path).download_and_prepare()
            written = sorted(tmp_path.rglob("*"))
        assert len(waiting.result()) == 1
    assert sorted(tmp_path.rglob("*")) == written


def save_pictures(folder, levels):
    """Pictures of 4x4 pixels, all of colour (level, 0, 255 - level), as PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    for level in levels:
        image = np.full((4, 4, 3), (level, 0, 255 - level))
        keras.utils.save_img(folder / f"{level:03}.png", image, scale=False)
    return folder


def colours(dataset):
    """`(size, channels)` of pictures of one colour, in 0..255, and the labels."""
    x, y = (np.concatenate(part) for part in zip(*dataset, strict=True))
    assert x.dtype == np.float32 and y.dtype == np.int32
    assert x.min() >= 0 and x.max() <= 1
    return np.round(x[:, 0, 0] * 255).astype(int), y


def test_folder(tmp_path):
    levels = range(0, 250, 10)
    folder = save_pictures(tmp_path, levels)
    train, test = kgen.data.load(folder, image_size=(2, 3), batch_size=4)
    assert train.element_spec[0].shape == (None, 2, 3, 3)
    assert (len(train), len(test)) == (5, 2)
    (x, x_labels), (y, y_labels) = colours(train), colours(test)
    assert (len(x), len(y)) == (20, 5)
    both = np.concatenate([x, y])
    assert sorted(both[:, 0]) == list(levels)
    np.testing.assert_array_equal(both[:, 2], 255 - both[:, 0])
    assert not x_labels.any() and not y_labels.any()

    # The fifth is the same for another seed, or the models could not be compared.
    _, again = kgen.data.load(str(folder), image_size=2, seed=5)
    np.testing.assert_array_equal(colours(again)[0], y)


def test_folder_with_classes(tmp_path):
    save_pictures(tmp_path / "b", range(100, 200, 10))
    save_pictures(tmp_path / "a", range(0, 100, 10))
    (tmp_path / ".hidden").mkdir()
    for dataset in kgen.data.load(tmp_path, image_size=2):
        x, labels = colours(dataset)
        np.testing.assert_array_equal(labels, x[:, 0] >= 100)


def test_folder_in_gray(tmp_path):
    save_pictures(tmp_path, range(0, 250, 10))
    (tmp_path / ".hidden").mkdir()
    sets = kgen.data.load(tmp_path, image_size=2, color_mode="grayscale")
    x = np.concatenate([colours(dataset)[0] for dataset in sets])
    assert x.shape == (25, 1)
    # The weights of red, 0.2989, and blue, 0.1140, of ITU-R BT.601.
    expected = [0.2989 * k + 0.1140 * (255 - k) for k in range(0, 250, 10)]
    np.testing.assert_allclose(np.sort(x[:, 0]), expected, atol=1)


def test_pictures_are_averaged_where_they_shrink(tmp_path):
    pixels = np.random.default_rng(0).integers(256, size=(8, 8, 3))
    for i in range(5):
        keras.utils.save_img(tmp_path / f"{i}.png", pixels, scale=False)
    ((x, _),) = kgen.data.load(tmp_path, "test", image_size=2).as_numpy_iterator()
    expected = np.round(pixels.reshape(2, 4, 2, 4, 3).mean(axis=(1, 3)))
    np.testing.assert_allclose(x[0] * 255, expected, atol=1e-4)


def test_folder_that_cannot_be_read(tmp_path):
    with pytest.raises(ValueError, match="pass their new size.*image_size=64"):
        kgen.data.load(tmp_path)
    with pytest.raises(ValueError, match="splits 'train' and 'test', got 'all'"):
        kgen.data.load(tmp_path, "all", image_size=2)
    save_pictures(tmp_path, range(4))
    with pytest.raises(ValueError, match="is not readable.*at least five"):
        kgen.data.load(tmp_path, image_size=2)
    save_pictures(tmp_path, range(5))
    with pytest.raises(ValueError, match="color_mode='blue', but expects 'rgb' or"):
        kgen.data.load(tmp_path, image_size=2, color_mode="blue")


def text(file):
    file.write_text("download failed")


def empty(file):
    file.write_bytes(b"")


def cut(file):
    pixels = np.random.default_rng(0).integers(256, size=(32, 32, 3))
    keras.utils.save_img(file, pixels, scale=False)
    file.write_bytes(file.read_bytes()[:1000])


@pytest.mark.parametrize("name", ["7.png", "7.jpg"])
@pytest.mark.parametrize("damage", [text, empty, cut])
def test_broken_picture_is_named(tmp_path, damage, name):
    save_pictures(tmp_path, range(20))
    damage(tmp_path / name)
    with pytest.raises(ValueError, match=f"/{name}' cannot be read.*Replace or"):
        kgen.data.load(tmp_path, image_size=2)


def test_large_picture_is_named(tmp_path, monkeypatch):
    save_pictures(tmp_path, range(5))
    Image.new("1", (20_000, 20_000)).save(tmp_path / "large.png")
    with pytest.raises(ValueError, match=r"large.png' is too large: at most 89478485"):
        kgen.data.load(tmp_path, image_size=2)
    (tmp_path / "large.png").unlink()
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 16)
    kgen.data.load(tmp_path, image_size=2)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 15)
    with pytest.raises(ValueError, match="png' is too large: at most 15 pixels"):
        kgen.data.load(tmp_path, image_size=2)


@pytest.mark.parametrize("classes", [False, True])
def test_files_that_are_left_out_are_said(tmp_path, classes):
    folder = save_pictures(tmp_path / "a" if classes else tmp_path, range(5))
    (tmp_path / ".hidden").touch()
    kgen.data.load(tmp_path, image_size=2)
    for name in ("a.webp", "b.tiff", "c.txt", "d.txt"):
        (folder / name).touch()
    if classes:
        save_pictures(tmp_path, [0])
    first = "000.png, a/a.webp, a/b.tiff" if classes else "a.webp, b.tiff, c.txt"
    message = rf"that are left out \({4 + classes}\): {first}, .... Only .png"
    with pytest.warns(UserWarning, match=message):
        kgen.data.load(tmp_path, "test", image_size=2)


@pytest.mark.parametrize(
    ("name", "options", "levels", "num_classes"),
    [
        ("digits", {}, 17, 10),
        ("digits", {"image_size": 5}, None, 10),
        ("digits", {"image_size": 5, "binarize": True}, 2, 10),
        ("moons", {}, None, 2),
        ("checkerboard", {}, None, 8),
        ("ring", {}, None, 1),
        ("tiny", {}, 256, 1),
        ("tiny", {"image_size": 5}, 256, 1),
        ("tiny_labelled", {}, 256, 25),
        ("tiny_counted", {}, 256, None),
        ("noise", {"image_size": 5}, 256, 3),
        ("noise/a", {"image_size": 7, "color_mode": "grayscale"}, 256, 1),
        ("noise/a", {"image_size": 7, "binarize": True}, 2, 1),
    ],
)
def test_declared_levels_and_classes(tmp_path, name, options, levels, num_classes):
    if name.startswith("noise"):
        for i in range(15):
            folder = tmp_path / "noise" / "abc"[i % 3]
            folder.mkdir(parents=True, exist_ok=True)
            pixels = np.random.default_rng(i).integers(256, size=(8, 8, 3))
            keras.utils.save_img(folder / f"{i}.png", pixels, scale=False)
        name = tmp_path / name
    sets = kgen.data.load(name, **options)
    for dataset in sets:
        assert (dataset.levels, dataset.num_classes) == (levels, num_classes)
    x, y = (
        np.concatenate(part) for part in zip(*sets[0].concatenate(sets[1]), strict=True)
    )
    if levels is not None:
        levels_of_x = x * (levels - 1)
        np.testing.assert_allclose(levels_of_x, np.round(levels_of_x), atol=1e-4)
    if num_classes is not None:
        assert set(y) == set(range(num_classes))
