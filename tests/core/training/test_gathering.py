"""Arrays as data sets of batches."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgen.core.training.gathering import batches

X = np.arange(10, dtype="float64").reshape(5, 2)
Y = np.arange(5)
W = np.linspace(0, 1, 5)


def read(dataset):
    return list(dataset.as_numpy_iterator())


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((X,), (X,)),
        ((X, Y), (X, Y)),
        ((X, Y, W), (X, Y, W)),
        ((tf.constant(X), tf.constant(Y)), (X, Y)),
    ],
)
def test_batches_are_the_arrays_in_order(arguments, expected):
    found = read(batches(arguments if len(arguments) > 1 else X, batch_size=2))
    assert len(found) == 3
    columns = [found] if len(expected) == 1 else zip(*found, strict=True)
    for column, array in zip(columns, expected, strict=True):
        np.testing.assert_allclose(np.concatenate(column), array, rtol=1e-6)


def test_floats_become_keras_floats_and_ints_stay():
    x, y = next(iter(batches((X, Y))))
    assert x.dtype == "float32" and y.dtype == "int64"


def test_shuffling_keeps_rows_together_and_changes_with_each_epoch():
    dataset = batches((X, Y), batch_size=5, shuffle=True)
    orders = [tuple(next(iter(dataset))[1].numpy()) for _ in range(8)]
    assert len(set(orders)) > 3
    assert all(sorted(order) == [0, 1, 2, 3, 4] for order in orders)
    x, y = next(iter(dataset))
    assert np.array_equal(X[y.numpy()], x)


def test_order_is_that_of_the_global_seed():
    def orders():
        keras.utils.set_random_seed(3)
        dataset = batches((X, Y), batch_size=5, shuffle=True)
        return [next(iter(dataset))[1].numpy().tolist() for _ in range(4)]

    assert orders() == orders()


def test_shuffled_batches_stay_together():
    dataset = batches((X, Y), batch_size=2, shuffle="batch")
    assert len(dataset) == 3
    orders = set()
    for _ in range(8):
        found = [tuple(labels.tolist()) for _, labels in read(dataset)]
        assert sorted(found) == [(0, 1), (2, 3), (4,)]
        orders.add(tuple(found))
    assert len(orders) > 1
