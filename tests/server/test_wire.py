"""TensorFlow Serving's JSON, both forms, and what is refused."""

import json

import numpy as np
import pytest
import tensorflow as tf

from kgen.server import wire

SPECS = {
    "seed": tf.TensorSpec((None,), tf.int64),
    "x": tf.TensorSpec((None, 2), tf.float32),
}
ONE = {"x": SPECS["x"]}


def columns(request, specs=SPECS):
    name, values, by_rows = wire.read(json.dumps(request).encode())
    return wire.columns(values, by_rows, specs)


def test_rows_and_columns_are_the_same_request():
    rows = [{"seed": 1, "x": [0, 1]}, {"seed": 2**53 - 1, "x": [2.5, 3]}]
    by_rows = columns({"instances": rows})
    by_columns = columns({"inputs": {"seed": [1, 2**53 - 1], "x": [[0, 1], [2.5, 3]]}})
    for name, spec in SPECS.items():
        np.testing.assert_array_equal(by_rows[name], by_columns[name])
        assert by_rows[name].dtype == spec.dtype.as_numpy_dtype
    assert by_rows["seed"][1] == 2**53 - 1
    alone = columns({"instances": [[0, 1]]}, ONE), columns({"inputs": [[0, 1]]}, ONE)
    for found in alone:
        np.testing.assert_array_equal(found["x"], [[0.0, 1.0]])
    assert columns({"inputs": [], "signature_name": ""}, ONE)["x"].shape == (0, 2)
    flags = {"known": tf.TensorSpec((None,), tf.bool)}
    found = columns({"inputs": [True, False]}, flags)["known"]
    np.testing.assert_array_equal(found, [True, False])


def test_answers_have_the_form_of_their_request():
    x, n = np.array([[0.5], [np.nan]], "float32"), np.array([1, 2])
    assert json.loads(wire.answer({"n": n}, True)) == {"predictions": [1, 2]}
    assert json.loads(wire.answer({"n": n}, False)) == {"outputs": [1, 2]}
    assert b"NaN" in wire.answer({"x": x}, True)
    both = json.loads(wire.answer({"n": n, "x": x[[0, 0]]}, True))
    rows = [{"n": 1, "x": [0.5]}, {"n": 2, "x": [0.5]}]
    assert both == {"predictions": rows}
    both = json.loads(wire.answer({"n": n, "x": x[[0, 0]]}, False))
    assert both == {"outputs": {"n": [1, 2], "x": [[0.5], [0.5]]}}


@pytest.mark.parametrize(
    ("request_", "specs", "message"),
    [
        ([1], SPECS, "no JSON object"),
        ({}, SPECS, "one of 'instances'.*and 'inputs'"),
        ({"instances": [1], "inputs": [1]}, ONE, "one of 'instances'.*and 'inputs'"),
        ({"instances": [], "rows": 1}, SPECS, "has rows, but may have signature_name"),
        ({"instances": [], "signature_name": 3}, SPECS, "signature_name is 3"),
        ({"instances": []}, ONE, "list of one row"),
        ({"instances": {"x": [1]}}, ONE, "list of one row"),
        ({"instances": [[1, 2]]}, SPECS, "takes seed, x"),
        ({"instances": [{"x": [1, 2]}, [1, 2]]}, ONE, "Some rows are objects"),
        ({"instances": [{"x": [1, 2]}]}, SPECS, "Row 0 has x, but.*takes seed, x"),
        ({"inputs": {"y": [1]}}, ONE, "inputs y, but the signature takes x"),
        ({"inputs": {"seed": [1], "x": [[1, 2], [1, 2]]}}, SPECS, "different numbers"),
        ({"inputs": [[1, 2], [1]]}, ONE, "rows of x have different shapes"),
        ({"inputs": [[1, 2, 3]]}, ONE, r"shape \(1, 3\), but the model takes \(n, 2\)"),
        ({"inputs": 1}, ONE, r"shape \(\), but the model takes \(n, 2\)"),
        ({"inputs": [["a", "b"]]}, ONE, "x has a str among its values.*float32"),
        ({"inputs": [[None, 1]]}, ONE, "x has a NoneType among its values"),
        ({"inputs": [[1.5, True]]}, ONE, "x has a bool among its values"),
        ({"inputs": {"seed": [0.5], "x": [[1, 2]]}}, SPECS, "seed has a float among"),
        ({"inputs": {"seed": [2**64], "x": [[1, 2]]}}, SPECS, "too large for int64"),
        ({"inputs": [[1e39, 0]]}, ONE, "too large for float32"),
        ({"inputs": [[10**400, 0]]}, ONE, "too large for float32"),
        ({"inputs": ["a" * 500_000] + [""] * 100_000}, ONE, "has a str among"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(request_, specs, message):
    with pytest.raises(wire.RequestError, match=message) as error:
        columns(request_, specs)
    assert error.value.status == 400


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_refused(body):
    with pytest.raises(wire.RequestError, match="no JSON"):
        wire.read(body)
