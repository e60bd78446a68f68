"""The digits: what TFDS gives is what scikit-learn has, and two known likelihoods."""

import numpy as np
import pytest
import tensorflow_datasets as tfds
from sklearn.datasets import load_digits

import kgen.data.digits


@pytest.fixture(scope="module")
def digits(tfds_dir):
    """Images `(size, 64)` and labels `(size,)` of both splits, as TFDS gives them."""
    sets = tfds.load("digits", data_dir=tfds_dir, as_supervised=True, batch_size=-1)
    return {
        split: (x.numpy().reshape(-1, 64), y.numpy()) for split, (x, y) in sets.items()
    }


def test_builder_is_registered():
    assert type(tfds.builder("digits")) is kgen.data.digits.Digits


def test_images_and_labels_are_those_of_scikit_learn(digits):
    order = np.random.RandomState(0).permutation(1797)
    data, target = load_digits(return_X_y=True)
    for split, rows in ("train", order[:1437]), ("test", order[1437:]):
        x, y = digits[split]
        assert x.dtype == np.float32
        np.testing.assert_array_equal(x * 16, data[rows])
        np.testing.assert_array_equal(y, target[rows])


def held_out_nats(digits, num_levels, levels):
    """Nats per image of independent pixels, with one added to each count."""
    train, test = levels(digits["train"][0]), levels(digits["test"][0])
    values = np.arange(num_levels)[:, None, None]
    counts = np.sum(train == values, axis=1) + 1
    log_prob = np.log(counts / (len(train) + num_levels))
    return -np.mean(np.sum(log_prob[test, np.arange(64)], axis=1))


def test_factorised_categorical(digits):
    nats = held_out_nats(digits, 17, lambda x: (16 * x).astype(int))
    assert f"{nats:.2f}" == "107.41"


def test_factorised_bernoulli(digits):
    nats = held_out_nats(digits, 2, lambda x: (x >= 0.5).astype(int))
    assert f"{nats:.2f}" == "25.06"
