"""Parts that are no pairs: each is shuffled on its own, and has its own length."""

import random

import keras
import numpy as np
import pytest

import kgen
from kgen.core.specs import Real
from kgen.core.training.datasets import as_datasets

X = np.arange(7, dtype="float32")[:, None]
Y = 100 + np.arange(11, dtype="float32")[:, None]


class TwoDomains(kgen.GenerativeModel):
    """It learns the mean of y."""

    data_shape = (1,)

    def __init__(self, network, **kwargs):
        super().__init__(**kwargs)
        self.network = network

    @property
    def data_specs(self):
        x, weights = super().data_specs.values()
        return {"x": x, "y": Real((1,), paired=False), "weights": weights}

    def objective(self, x, y, labels=None, training=False):
        return {"loss": (self.network(0 * x)[:, 0] - y[:, 0]) ** 2}


@pytest.fixture
def model():
    x = keras.Input((1,), name="x")
    model = TwoDomains(keras.Model(x, keras.layers.Dense(1)(x)), seed=0)
    model.compile(keras.optimizers.SGD(0.1))
    return model


def rows(data):
    """All rows of an epoch, one array for each part."""
    batches = data.as_numpy_iterator()
    return [np.concatenate(part) for part in zip(*batches, strict=True)]


def dataset(model, *args, **kwargs):
    return as_datasets(model, keras.Model.fit, *args, **kwargs)["x"]


def test_an_epoch_has_all_rows_of_the_longer_part_once(model):
    for pair in ((X, Y), (Y, X)):
        data = dataset(model, *pair, batch_size=4)
        assert int(data.cardinality()) == 3
        found = rows(data)
        for part, given in zip(found, pair, strict=True):
            assert len(part) == 11
            counts = [np.sum(part == value) for value in given]
            assert set(counts) <= ({1} if len(given) == 11 else {1, 2})


def test_each_part_has_an_order_of_its_own(model):
    """Also with equal lengths, where x[i] would meet y[i] by chance alone."""
    size = 200
    x = np.arange(size, dtype="float32")[:, None]
    found = rows(dataset(model, x, x + 0))
    assert np.mean(found[0] == found[1]) < 0.1
    assert all(np.mean(part == x) < 0.1 for part in found)


def test_each_epoch_has_a_new_order_that_a_seed_fixes(model):
    random.seed(3)
    data = dataset(model, X, Y)
    first, second = rows(data), rows(data)
    assert all(np.any(a != b) for a, b in zip(first, second, strict=True))
    random.seed(3)
    again = rows(dataset(model, X, Y))
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_weights_stay_with_x(model):
    weights = np.arange(7, dtype="float32")
    x, _, found = rows(dataset(model, X, Y, sample_weight=weights))
    np.testing.assert_array_equal(x[:, 0], found)


def test_without_shuffling_the_shorter_part_comes_again(model):
    x, y = rows(dataset(model, X, Y, shuffle=False))
    np.testing.assert_array_equal(x, np.concatenate([X, X[:4]]))
    np.testing.assert_array_equal(y, Y)


def test_held_out_parts_may_differ_in_number(model):
    given = as_datasets(model, keras.Model.fit, X, Y, validation_data=(X[:2], Y[:3]))
    assert [len(part) for part in rows(given["validation_data"])] == [3, 3]
    given = as_datasets(model, keras.Model.fit, X, Y, validation_split=0.4)
    x, y = rows(given["validation_data"])
    assert set(x[:, 0]) == {4, 5, 6}
    assert set(y[:, 0]) == {106, 107, 108, 109, 110}
    assert set(rows(given["x"])[1][:, 0]) == {100, 101, 102, 103, 104, 105}


def test_fit_learns_from_both(model):
    history = model.fit(X, Y, epochs=60, batch_size=11, verbose=0)
    assert history.params["steps"] == 1
    np.testing.assert_allclose(model.network(X * 0)[0, 0], Y.mean(), atol=0.1)


def test_a_batch_needs_equal_numbers(model):
    with pytest.raises(ValueError, match="7 rows of x, 11 rows of y"):
        model.train_on_batch(X, Y)


def test_batches_that_are_shuffled_whole_are_refused(model):
    with pytest.raises(ValueError, match="shuffle='batch' for a TwoDomains"):
        model.fit(X, Y, shuffle="batch")


def test_a_part_that_is_too_short_to_split_is_named(model):
    with pytest.raises(ValueError, match="of 1 examples: 0 to train on"):
        model.fit(X, Y[:1], validation_split=0.5)
