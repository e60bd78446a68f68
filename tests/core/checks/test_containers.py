"""Containers: whatever holds rows of numbers becomes one array, or is named."""

import decimal

import numpy as np
import pytest
import tensorflow as tf

from kgen.core.checks.containers import as_array

X = np.arange(6.0).reshape(3, 2)
pandas = pytest.importorskip("pandas")
sparse = pytest.importorskip("scipy.sparse")


class OfAnotherLibrary:
    """Converts itself, as tensors of PyTorch and JAX do."""

    def __array__(self, dtype=None, copy=None):
        return X


class OnAnotherDevice:
    def __array__(self, dtype=None, copy=None):
        raise TypeError("can't convert a tensor of another device")


@pytest.mark.parametrize(
    "values",
    [
        X,
        tf.constant(X),
        tf.Variable(X),
        X.tolist(),
        tuple(map(tuple, X)),
        list(X),
        [tf.constant(row) for row in X],
        pandas.DataFrame(X),
        pandas.DataFrame(X).astype("Float64"),
        X.astype(object),
        X.astype("longdouble"),
        np.ma.masked_array(X, mask=False),
        [[decimal.Decimal(int(v)) for v in row] for row in X],
        OfAnotherLibrary(),
    ],
    ids=lambda values: type(values).__name__,
)
def test_each_gives_the_same_numbers(values):
    found = np.asarray(as_array("It was given x", values))
    assert found.dtype.kind == "f" and found.dtype.itemsize <= 8
    np.testing.assert_array_equal(found, X)


def test_series_ints_and_bools_keep_their_kind():
    assert as_array("", pandas.Series([1, 2])).dtype.kind == "i"
    assert as_array("", [True, False]).dtype == bool
    assert as_array("", np.float16([1])).dtype == "float16"
    assert as_array("", tf.constant([1], "bfloat16")).dtype == tf.bfloat16


def test_what_is_missing_becomes_nan():
    for values in ([1.0, None], pandas.Series([1, None], dtype="Int64")):
        np.testing.assert_array_equal(as_array("", values), [1.0, np.nan])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.ma.masked_array(X, mask=X > 3), "2 of 6 values masked.*filled"),
        (tf.ragged.constant([[1.0], [2.0, 3.0]]), "RaggedTensor.*to_tensor"),
        (tf.sparse.from_dense(X), "SparseTensor.*to_dense"),
        (sparse.csr_matrix(X), "csr_matrix.*toarray"),
        ([[1.0], [2.0, 3.0]], "as a list of.*no one array"),
        ((X, np.ones(3)), "as a tuple of.*sample_weight"),
        (["a", "b"], "of type str.*real numbers"),
        ("digits", "of type str.*an array"),
        ({"a": X}, "of type dict.*an array"),
        ({1.0, 2.0}, "of type set"),
        (3.0, "of type float.*an array"),
        (None, "of type None,"),
        (np.ndarray, "of type type"),
        (pandas.DataFrame({"a": [1.0], "b": ["c"]}), "values of type str.*Encode"),
        (np.array(["2020-01-01"], "datetime64[D]"), "datetime64.*real numbers"),
        (np.zeros(2, [("a", "f4")]), "expects real numbers"),
        ([object()], "values of type object"),
        (OnAnotherDevice(), "OnAnotherDevice.*cannot be read .TypeError"),
    ],
)
def test_what_holds_no_numbers_is_named(values, message):
    with pytest.raises(ValueError, match=f"^It was given x.*{message}"):
        as_array("It was given x", values)
