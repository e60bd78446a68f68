"""Two data sets beside each other: all of the longer in each epoch, in known order."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import kgen
from kgen.core.training.gathering import batches


def numbers(start, count):
    return np.arange(start, start + count, dtype="float32")[:, None]


def plain(values, batch_size):
    return tf.data.Dataset.from_tensor_slices(values).batch(batch_size)


def parts(dataset):
    """Both parts of all batches, and the number of rows of each batch."""
    found = list(dataset.as_numpy_iterator())
    assert all(len(x) == len(y) for x, y in found)
    x, y = (np.concatenate(part)[:, 0] for part in zip(*found, strict=True))
    return x, y, [len(x) for x, _ in found]


@pytest.mark.parametrize("swapped", [False, True])
def test_an_epoch_has_all_of_the_longer(swapped):
    sides = [plain(numbers(0, 11), 4), plain(numbers(100, 5), 3)]
    found = kgen.data.unpaired(*(sides[::-1] if swapped else sides))
    assert found.cardinality() == 3
    longer, shorter, rows = parts(found)
    if swapped:
        longer, shorter = shorter, longer
    np.testing.assert_array_equal(longer, np.arange(11))
    np.testing.assert_array_equal(shorter, 100 + np.arange(11) % 5)
    assert rows == [4, 4, 3]


def test_single_examples_and_labels():
    one = tf.data.Dataset.from_tensor_slices((numbers(0, 7), np.zeros(7, "int32")))
    other = tf.data.Dataset.from_tensor_slices(numbers(50, 7))
    found = kgen.data.unpaired(one, other, batch_size=5)
    x, y, rows = parts(found)
    np.testing.assert_array_equal(y - x, np.full(7, 50.0))
    assert rows == [5, 2] and len(found) == 2


def test_each_side_is_shuffled_on_its_own_and_in_the_same_way_again():
    def both():
        sides = (numbers(0, 40), numbers(0, 40))
        sides = (batches(s, 8, True, seed) for seed, s in enumerate(sides))
        data = kgen.data.unpaired(*sides)
        return [parts(data)[:2] for _ in range(2)]

    first, again = both(), both()
    np.testing.assert_array_equal(first, again)
    (x, y), (later, _) = first
    assert sorted(x) == sorted(y) == sorted(later) == list(range(40))
    assert np.mean(x == y) < 0.3 and np.mean(x == later) < 0.3


def test_the_two_classes_are_the_two_domains():
    labels = np.array([0, 1, 1, 0, 1, 1, 1], "int32")
    one, other = kgen.data.by_class(plain((numbers(0, 7), labels), 3))
    x, y, rows = parts(kgen.data.unpaired(one, other))
    np.testing.assert_array_equal(x, [0, 3, 0, 3, 0])
    np.testing.assert_array_equal(y, [1, 2, 4, 5, 6])
    assert rows == [3, 2]


def test_a_folder_with_two_sub_folders(tmp_path):
    for domain, value, count in (("paintings", 250, 10), ("photos", 10, 5)):
        (tmp_path / domain).mkdir()
        for index in range(count):
            picture = Image.new("RGB", (6, 5), (value, index, 0))
            picture.save(tmp_path / domain / f"{index}.png")
    train, test = kgen.data.load_unpaired(tmp_path, image_size=(5, 6), batch_size=4)
    for data in (train, test):
        x, y = (np.concatenate(part) for part in zip(*data, strict=True))
        assert x.shape == y.shape and x.shape[1:] == (5, 6, 3)
        assert np.all(x[..., 0] > 0.9) and np.all(y[..., 0] < 0.1)
    of_two = (tmp_path / "paintings", tmp_path / "photos")
    train, _ = kgen.data.load_unpaired(*of_two, image_size=8, batch_size=4)
    x, y = next(iter(train))
    assert np.all(x[..., 0] > 0.9) and np.all(y[..., 0] < 0.1)


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (numbers(0, 3), "one as a ndarray.*`fit` itself takes arrays"),
        (plain(numbers(0, 3), 2).repeat(), "without end as one.*take"),
        (plain(numbers(0, 3), 2).take(0), "empty data set as one"),
        (plain({"x": numbers(0, 3)}, 2), "expects x or .x, labels.*map"),
    ],
)
def test_what_is_refused(one, message):
    with pytest.raises(ValueError, match=message):
        kgen.data.unpaired(one, plain(numbers(0, 3), 2))


def test_more_than_two_classes_are_refused():
    train = kgen.data.load("digits", "train")
    with pytest.raises(ValueError, match="10 classes, but expects two.*sub-folders"):
        kgen.data.by_class(train)
    with pytest.raises(ValueError, match="a label 2, but expects 0 and 1"):
        kgen.data.by_class(plain((numbers(0, 4), np.array([1, 2, 1, 2])), 2))
    with pytest.raises(ValueError, match="batches .x, labels."):
        kgen.data.by_class(plain(numbers(0, 3), 2))
