"""Registered data sets are loaded, listed, trained on, and refused if they are bad."""

import numpy as np
import pytest
import tensorflow as tf
from click.testing import CliRunner

import kgen.data
from kgen.cli import main
from kgen.data.sources import SOURCES, Source, register

LEVELS = np.random.default_rng(0).integers(0, 3, (12, 4, 4, 1)) / 2


@pytest.fixture
def registered():
    """Registers data sets for one test."""
    added = []

    def add(name, load, **settings):
        register(name, **settings)(load)
        added.append(name)

    yield add
    for name in added:
        del SOURCES[name]


def stripes(split):
    x = LEVELS[:8] if split == "train" else LEVELS[8:]
    return x, np.arange(len(x)) % 2


def arrays(dataset):
    x, labels = zip(*dataset.as_numpy_iterator(), strict=True)
    return np.concatenate(x), np.concatenate(labels)


def test_arrays_with_labels(registered):
    registered("stripes", stripes, levels=3)
    train, test = kgen.data.load("stripes", batch_size=3)
    assert (
        (train.levels, train.num_classes) == (3, 2) == (test.levels, test.num_classes)
    )
    assert (len(train), len(test)) == (3, 2)
    x, labels = arrays(test)
    np.testing.assert_array_equal(x, LEVELS[8:].astype("float32"))
    np.testing.assert_array_equal(labels, [0, 1, 0, 1])
    assert kgen.data.names()[-1] == "stripes"


def test_images_are_resized_and_binarized_by_load(registered):
    registered("stripes", stripes, levels=3)
    small = kgen.data.load("stripes", "test", image_size=2)
    assert small.levels is None and small.element_spec[0].shape == (None, 2, 2, 1)
    x, _ = arrays(kgen.data.load("stripes", "test", binarize=True))
    np.testing.assert_array_equal(x, LEVELS[8:] >= 0.5)
    registered("bytes", lambda split: np.round(255 * LEVELS) / 255, levels=256)
    small = kgen.data.load("bytes", "test", image_size=3)
    x, _ = arrays(small)
    assert small.levels == 256 and np.allclose(255 * x, np.round(255 * x), atol=1e-4)


def test_points_without_labels_and_data_sets_of_examples(registered):
    rows = np.arange(20.0).reshape(10, 2)
    registered("rows", lambda split: rows, kind="points", splits=("all",))
    x, labels = arrays(kgen.data.load("rows", "all"))
    np.testing.assert_array_equal(x, rows)
    assert x.dtype == np.float32 and labels.dtype == np.int32 and not labels.any()
    with pytest.raises(ValueError, match="'rows' has the splits 'all', got 'train'"):
        kgen.data.load("rows")
    with pytest.raises(ValueError, match="'rows' is a set of points: image_size"):
        kgen.data.load("rows", "all", image_size=2)

    dataset = tf.data.Dataset.from_tensor_slices((rows, np.arange(10)))
    registered("examples", lambda split: dataset, kind="vectors", num_classes=10)
    found = kgen.data.load("examples", "test")
    assert found.num_classes == 10
    np.testing.assert_array_equal(arrays(found)[1], np.arange(10))
    registered("endless", lambda split: dataset.repeat(), kind="vectors")
    with pytest.raises(ValueError, match="'endless' has no end"):
        kgen.data.load("endless", "test")


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (255 * LEVELS, r"'bad' gives images of shape \(12, 4, 4, 1\) from 0 to 255"),
        (LEVELS[..., 0], r"shape \(12, 4, 4\).*but expects \(n, height"),
        ((LEVELS, np.arange(5)), r"12 examples and labels of shape \(5,\)"),
        (LEVELS * np.nan, "NaN"),
        ("text", "load.'bad'."),
    ],
)
def test_what_cannot_be_trained_on_is_refused_by_name(registered, found, message):
    registered("bad", lambda split: found)
    with pytest.raises(ValueError, match=message):
        kgen.data.load("bad", "train")


def test_double_names_are_refused():
    with pytest.raises(ValueError, match="data set 'moons' already. Choose"):
        register("moons")(stripes)
    with pytest.raises(ValueError, match="name of a data set was given as 3, but"):
        register(3)(stripes)
    assert 3 not in SOURCES and isinstance(SOURCES["moons"], Source)


def test_the_command_line_lists_it_and_trains_on_it(registered, tmp_path):
    registered("stripes", stripes, levels=3)
    assert "s_curve, stripes, or a folder" in CliRunner().invoke(main, ["list"]).output
    command = ["train", "autoencoder", "--data", "stripes", "--epochs", "1"]
    command += ["--run-dir", str(tmp_path), "--latent-dim", "2"]
    result = CliRunner().invoke(main, command)
    assert "Held-out stripes, 4 examples:" in result.output, result.output
    result = CliRunner().invoke(main, ["evaluate", str(tmp_path)])
    assert "Held-out stripes, 4 examples:" in result.output, result.output


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ((LEVELS, np.arange(12) / 2), "labels of shape .12,. and type float64"),
        ((LEVELS, np.arange(12)), "labels from 0 to 11, but expects ints from 0 to 3"),
        ((LEVELS, np.arange(12), 1), "gives 3 parts"),
    ],
)
def test_labels_that_are_no_classes_are_refused(registered, found, message):
    registered("wrong", lambda split: found, num_classes=4)
    with pytest.raises(ValueError, match=message):
        kgen.data.load("wrong", "train")


def test_an_option_that_load_does_not_have_is_refused():
    with pytest.raises(ValueError, match="image_sise.*mean 'image_size'"):
        register("wrong", takes=("image_sise",))(stripes)
