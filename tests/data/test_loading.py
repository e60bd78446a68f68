"""What `load` promises for every data set: range, order, seeds, size of batches."""

import contextlib

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.datasets import load_digits

import kgen.data
from kgen.data import loading
from kgen.testing.resume_checks import Interruption, interrupt
from kgen.testing.tools import AtStep
from tests import choice


@pytest.fixture(params=["memory", "disk"])
def storage(request, monkeypatch):
    """Runs a test for sets that fit in memory and for those that do not."""
    if request.param == "disk":
        monkeypatch.setattr(loading, "MEMORY_LIMIT", 0)


def arrays(dataset):
    """One epoch, as two arrays."""
    x, y = zip(*dataset, strict=True)
    return np.concatenate(x), np.concatenate(y)


def same(a, b):
    """Whether two epochs have the same examples in the same order."""
    return all(np.array_equal(i, j) for i, j in zip(a, b, strict=True))


def test_digits(storage):
    train, test = kgen.data.load("digits", batch_size=100)
    for dataset, size in (train, 1437), (test, 360):
        x, y = arrays(dataset)
        assert x.shape == (size, 8, 8, 1) and x.dtype == np.float32
        assert y.shape == (size,) and y.dtype == np.int32
        assert x.min() == 0 and x.max() == 1
        assert len(dataset) == -(-size // 100)
        assert [len(y) for _, y in dataset][:-1] == [100] * (size // 100)
    rows = np.random.RandomState(0).permutation(1797)[1437:]
    data, target = load_digits(return_X_y=True)
    x, y = arrays(test)
    np.testing.assert_array_equal(x.reshape(-1, 64) * 16, data[rows])
    np.testing.assert_array_equal(y, target[rows])


@pytest.mark.parametrize("name", ["digits", "moons"])
def test_epochs(storage, name):
    train, test = kgen.data.load(name, seed=3)
    first, second = arrays(train), arrays(train)
    assert not same(first, second)
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(np.sort(a, axis=0), np.sort(b, axis=0))
    again = kgen.data.load(name, "train", seed=3)
    assert same(arrays(again), first)
    assert same(arrays(again), second)
    assert not same(arrays(kgen.data.load(name, "train", seed=4)), first)

    held_out = arrays(test)
    assert same(arrays(test), held_out)
    assert same(arrays(kgen.data.load(name, "test", seed=4)), held_out)


def test_labels_stay_with_their_images(storage):
    data, target = load_digits(return_X_y=True)
    labels = {x.tobytes(): y for x, y in zip(data.astype("uint8"), target, strict=True)}
    x, y = arrays(kgen.data.load("digits", "train"))
    images = (16 * x).astype("uint8")
    assert [labels[image.tobytes()] for image in images] == y.tolist()


def test_points_are_samples_of_the_density():
    density = kgen.data.density("checkerboard")
    train, test = (arrays(part) for part in kgen.data.load("checkerboard", seed=7))
    assert (len(train[0]), len(test[0])) == (20_000, 5_000)
    for x, y in train, test:
        assert x.dtype == np.float32 and y.dtype == np.int32
        assert np.all(density.log_prob(x) == -density.entropy)
    assert same(test, density.sample(5_000, seed=1, return_labels=True))
    assert not set(map(bytes, train[0])) & set(map(bytes, test[0]))


def test_binarize(storage):
    x, y = arrays(kgen.data.load("digits", "test"))
    binary, labels = arrays(kgen.data.load("digits", "test", binarize=True))
    assert binary.dtype == np.float32
    np.testing.assert_array_equal(binary, x >= 0.5)
    np.testing.assert_array_equal(labels, y)


def test_static_draws_are_one_data_set_whose_mean_is_the_image(storage):
    x, y = arrays(kgen.data.load("digits", "test"))
    static = kgen.data.load("digits", "test", binarize="static")
    assert static.levels == 2
    draws, labels = arrays(static)
    np.testing.assert_array_equal(arrays(static)[0], draws)
    np.testing.assert_array_equal(labels, y)
    assert set(np.unique(draws)) == {0, 1} and draws.dtype == np.float32
    for value in (0.0, 0.25, 0.5, 1.0):
        there = draws[x == value]
        error = np.sqrt(value * (1 - value) / len(there))
        assert abs(there.mean() - value) <= 4 * error
    train = {"split": "train", "binarize": "static", "batch_size": 2000}
    one, other = (arrays(kgen.data.load("digits", **train, seed=s)) for s in (0, 1))
    assert not np.array_equal(one[0], other[0])  # Two orders of the same images.
    assert sorted(map(bytes, one[0])) == sorted(map(bytes, other[0]))


def test_dynamic_draws_are_new_in_each_epoch_and_known_by_the_seed(storage):
    def epochs(seed):
        train, test = kgen.data.load("digits", binarize="dynamic", seed=seed)
        return [arrays(train)[0] for _ in range(2)], arrays(test)[0]

    (first, second), test = epochs(0)
    assert sorted(map(bytes, first)) != sorted(map(bytes, second))
    for one, other in zip((first, second), epochs(0)[0], strict=True):
        np.testing.assert_array_equal(one, other)
    static, _ = arrays(kgen.data.load("digits", "test", binarize="static"))
    np.testing.assert_array_equal(test, static)
    images, _ = arrays(kgen.data.load("digits", "train"))
    assert abs(first.mean() - images.mean()) < 4 * 0.5 / np.sqrt(first.size)


@choice.parametrize("storage", ["memory", "disk"], 1, indirect=True)
def test_a_run_on_dynamic_draws_resumes_bit_by_bit(storage, tmp_path):
    def fit(folder, *stop):
        keras.utils.set_random_seed(1)
        train, _ = kgen.data.load("digits", batch_size=128, binarize="dynamic", seed=3)
        vae = kgen.build("vae", (8, 8, 1), latent_dim=2, hidden=(4,), seed=0)
        callbacks = [kgen.callbacks.Checkpoint(folder, every_steps=5), *stop]
        with contextlib.suppress(Interruption):
            vae.fit(train, epochs=3, callbacks=callbacks, verbose=0)
        return vae.get_weights()

    fit(tmp_path / "parts", AtStep(18, interrupt))
    parts, whole = fit(tmp_path / "parts"), fit(tmp_path / "whole")
    for one, other in zip(parts, whole, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("size", [2, np.int64(2), (2, 2)])
def test_shrinking_averages(size):
    x, _ = arrays(kgen.data.load("digits", "test"))
    small, _ = arrays(kgen.data.load("digits", "test", image_size=size))
    assert small.shape == (360, 2, 2, 1)
    assert small.min() >= 0 and small.max() <= 1
    quarters = x.reshape(360, 2, 4, 2, 4, 1).mean(axis=(2, 4))
    # 0.04 because the windows of the average overlap; 0.14 if pixels were skipped.
    assert np.mean(abs(small - quarters)) < 0.06


def test_enlarging():
    test = kgen.data.load("digits", "test", image_size=(16, 12), batch_size=7)
    assert test.element_spec[0].shape == (None, 16, 12, 1)
    x, _ = arrays(test)
    assert x.min() >= 0 and x.max() <= 1


def test_autotune_is_off(storage):
    for dataset in kgen.data.load("8ring"):
        assert dataset.options().autotune.enabled is False
        assert dataset.options().deterministic is True
        assert dataset.cardinality() > 0


def test_fit_shuffles_anew_in_each_epoch():
    orders = []

    class Record(keras.Model):
        def train_step(self, data):
            tf.py_function(lambda y: orders.append(y.numpy()), [data[1]], [])
            return {"loss": tf.constant(0.0)}

    model = Record()
    model.compile(run_eagerly=True)
    train = kgen.data.load("digits", "train", batch_size=1437)
    model.fit(train, epochs=2, shuffle=False, verbose=0)
    first, second = orders
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(np.sort(first), np.sort(second))


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("digits", {"batch_size": 0}, "batch_size=0, but expects an int, 1 or larger"),
        ("digits", {"batch_size": 1.5}, "batch_size=1.5, but expects an int"),
        ("digits", {"batch_size": "8"}, "batch_size='8', but expects an int"),
        ("digits", {"image_size": 0}, "image_size=0, but expects an int, 1 or larger"),
        ("digits", {"image_size": (8, -8)}, "image_size=-8, but expects an int"),
        ("digits", {"image_size": 8.5}, "image_size=8.5, but expects an int"),
        ("digits", {"image_size": (8, 8, 1)}, r"image_size=\(8, 8, 1\).*without chann"),
        ("digits", {"image_size": "big"}, "image_size='big', but expects an int"),
        ("digits", {"split": 3}, "split=3, but expects a name such as 'train'"),
        ("digits", {"seed": -1}, "seed=-1, but expects an int, 0 or larger"),
        ("digits", {"seed": 1.5}, "seed=1.5, but expects an int, 0 or larger"),
        ("digits", {"binarize": "yes"}, "binarize='yes', but expects .* 'dynamic'"),
        ("digits", {"color_mode": "cmyk"}, "'cmyk', but expects 'rgb' or 'grayscale'"),
        ("moons", {"image_size": 8}, "'moons' is a set of points.*image_size"),
        ("moons", {"binarize": True}, "'moons' is a set of points.*binarize"),
        ("moons", {"split": "train[:1%]"}, r"got 'train\[:1%\]'"),
        ("digits", {"color_mode": "grayscale"}, "'grayscale' is for a folder"),
    ],
)
def test_options_that_do_not_suit(name, options, message):
    with pytest.raises(ValueError, match=message):
        kgen.data.load(name, **options)
