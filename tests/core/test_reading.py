"""Reading: what users pass to `fit` means what it means to Keras, without the stall."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.core.reading import batches, untuned, without_stall
from kgen.networks import mlp_decoder, mlp_encoder

X = np.arange(10, dtype="float64").reshape(5, 2)
Y = np.arange(5)
W = np.linspace(0, 1, 5)
FIT = keras.Model.fit
MODEL = kgen.Autoencoder(mlp_encoder((2,), 1), mlp_decoder(1, (2,)))


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
    found = read(batches(*arguments, batch_size=2))
    assert len(found) == 3
    columns = [found] if len(expected) == 1 else zip(*found, strict=True)
    for column, array in zip(columns, expected, strict=True):
        np.testing.assert_allclose(np.concatenate(column), array, rtol=1e-6)


def test_floats_become_keras_floats_and_ints_stay():
    x, y = next(iter(batches(X, Y)))
    assert x.dtype == "float32" and y.dtype == "int64"


def test_shuffling_keeps_rows_together_and_changes_with_each_epoch():
    dataset = batches(X, Y, batch_size=5, shuffle=True)
    orders = [tuple(next(iter(dataset))[1].numpy()) for _ in range(8)]
    assert len(set(orders)) > 3
    assert all(sorted(order) == [0, 1, 2, 3, 4] for order in orders)
    x, y = next(iter(dataset))
    assert np.array_equal(X[y.numpy()], x)


def test_order_is_that_of_the_global_seed():
    def orders():
        keras.utils.set_random_seed(3)
        dataset = batches(X, Y, batch_size=5, shuffle=True)
        return [next(iter(dataset))[1].numpy().tolist() for _ in range(4)]

    assert orders() == orders()


def test_arrays_become_a_data_set_that_does_not_tune():
    given = without_stall(MODEL, FIT, X, Y, 2, 7, shuffle=False, validation_data=(X, Y))
    assert set(given) == {
        *("x", "epochs", "shuffle", "validation_data", "validation_batch_size")
    }
    assert given["epochs"] == 7
    assert len(given["x"]) == 3 and len(given["validation_data"]) == 3
    for dataset in (given["x"], given["validation_data"]):
        assert dataset.options().autotune.enabled is False


def test_a_users_own_option_is_kept():
    options = tf.data.Options()
    options.autotune.enabled = True
    dataset = tf.data.Dataset.from_tensors(X).with_options(options)
    assert untuned(dataset).options().autotune.enabled is True
    plain = tf.data.Dataset.from_tensors(X)
    given = without_stall(MODEL, FIT, plain, validation_data=plain)
    assert given["x"].options().autotune.enabled is False
    assert given["validation_data"].options().autotune.enabled is False


@pytest.mark.parametrize(
    "kwargs",
    [
        {"x": X, "y": Y, "validation_split": 0.4},
        {"x": X, "y": Y, "class_weight": {0: 1.0}},
        {"x": {"a": X}},
        {"x": iter([X])},
        {"x": None},
        {"x": X, "y": Y[:3]},
        {"x": X, "y": Y, "sample_weight": W[:3]},
        {"x": X, "y": Y.tolist()},
        {"x": X, "shuffle": "batch"},
    ],
)
def test_the_rest_is_left_to_keras(kwargs):
    assert without_stall(MODEL, FIT, **kwargs) == kwargs


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"x": X[:0]}, "no rows"),
        ({"x": X * np.nan, "y": Y, "validation_split": 0.4}, "NaN"),
        ({"x": X * np.nan, "y": Y, "class_weight": {0: 1.0}}, "NaN"),
        ({"x": X, "sample_weight": W - 1e3}, "weights from"),
    ],
)
def test_arrays_are_checked_whoever_reads_them(kwargs, message):
    with pytest.raises(ValueError, match=message):
        without_stall(MODEL, FIT, **kwargs)


def test_weights_without_labels_are_kept():
    given = without_stall(MODEL, FIT, X, sample_weight=W, shuffle=False, batch_size=9)
    ((x, labels, weights),) = given["x"].as_numpy_iterator()
    assert labels is None and len(x) == len(X)
    assert np.array_equal(weights, W)


def test_evaluate_and_predict_keep_the_order():
    for method in (keras.Model.evaluate, keras.Model.predict):
        given = without_stall(MODEL, method, X, batch_size=2, verbose=0)
        assert set(given) == {"x", "verbose"}
        assert np.array_equal(np.concatenate(read(given["x"])), X)
