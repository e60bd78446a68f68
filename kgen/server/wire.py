"""Requests and answers in TensorFlow Serving's JSON: by rows and by columns.

Reference: [RESTful API](https://www.tensorflow.org/tfx/serving/api_rest).
"""

import json

import numpy as np

KEYS = ("signature_name", "instances", "inputs")


class RequestError(Exception):
    """A request that is answered with a status and a sentence.

    Args:
        status: Of HTTP, such as 400.
        message: What was sent, and what is expected.
    """

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def read(body):
    """The signature's name, the rows or columns, and whether they are rows.

    Args:
        body: Bytes of a request.

    Raises:
        RequestError: if they are not such JSON.
    """
    try:
        request = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RequestError(400, f"The body is no JSON: {error}.") from error
    if not isinstance(request, dict):
        raise RequestError(400, "The body is no JSON object with 'instances'.")
    if unknown := sorted(set(request) - {*KEYS}):
        raise RequestError(
            400, f"The body has {', '.join(unknown)}, but may have {', '.join(KEYS)}."
        )
    if ("instances" in request) == ("inputs" in request):
        raise RequestError(
            400, "The body has one of 'instances', for rows, and 'inputs', for columns."
        )
    name = request.get("signature_name", "")
    if not isinstance(name, str):
        raise RequestError(400, f"signature_name is {name!r}, but is to be a string.")
    name = name or "serving_default"
    by_rows = "instances" in request
    return name, request["instances" if by_rows else "inputs"], by_rows


def columns(values, by_rows, specs):
    """The arrays of a signature's inputs, `{name: array}`.

    Args:
        values: Rows or columns, from `read`.
        by_rows: Whether they are rows.
        specs: `{name: TensorSpec}` of the signature.

    Raises:
        RequestError: for missing or unknown inputs, shapes or types that do not fit.
    """
    if by_rows:
        values = _turned(values, specs)
    elif not isinstance(values, dict):
        values = {_only(specs): values}
    if values.keys() != specs.keys():
        raise RequestError(
            400,
            f"The request has the inputs {', '.join(values) or 'none'}, but the "
            f"signature takes {', '.join(specs)}.",
        )
    found = {name: array(name, values[name], spec) for name, spec in specs.items()}
    lengths = {name: len(value) for name, value in found.items()}
    if len(set(lengths.values())) > 1:
        raise RequestError(
            400, f"The inputs have different numbers of rows: {lengths}."
        )
    return found


def _turned(rows, specs):
    """Columns of rows."""
    if not isinstance(rows, list) or not rows:
        raise RequestError(400, "'instances' is to be a list of one row or more.")
    if not all(isinstance(row, dict) for row in rows):
        if any(isinstance(row, dict) for row in rows):
            raise RequestError(400, "Some rows are objects and others are none.")
        return {_only(specs): rows}
    for number, row in enumerate(rows):
        if row.keys() != specs.keys():
            raise RequestError(
                400,
                f"Row {number} has {', '.join(row) or 'nothing'}, but the signature "
                f"takes {', '.join(specs)}.",
            )
    return {name: [row[name] for row in rows] for name in specs}


def _only(specs):
    if len(specs) != 1:
        raise RequestError(
            400, f"Name the inputs: the signature takes {', '.join(specs)}."
        )
    return next(iter(specs))


def array(name, values, spec):
    """The array of an input.

    Args:
        name: Name of the input.
        values: Nested lists of JSON.
        spec: Its `TensorSpec`; the first axis is that of rows.

    Raises:
        RequestError: if they do not fit the spec.
    """
    dtype = np.dtype(spec.dtype.as_numpy_dtype)
    sides = list(spec.shape[1:])
    if values == [] and None not in sides:
        return np.zeros((0, *sides), dtype)
    check_leaves(name, values, dtype)
    try:
        found = np.array(values)
    except ValueError as error:
        raise RequestError(400, f"The rows of {name} have different shapes.") from error
    wanted = [None, *sides]
    pairs = zip(found.shape, wanted, strict=False)
    fits = all(side in (None, size) for size, side in pairs)
    if found.ndim != len(wanted) or not fits:
        shape = ", ".join("n" if side is None else str(side) for side in wanted)
        raise RequestError(
            400, f"{name} has the shape {found.shape}, but the model takes ({shape})."
        )
    return converted(name, found, dtype)


def check_leaves(name, values, dtype):
    """Raises a RequestError for what is no number, or no bool where bools are taken.

    It comes before any array: NumPy makes all strings of an array as long as the
    longest.
    """
    kinds = {"b": (bool,), "f": (int, float)}.get(dtype.kind, (int,))
    waiting = [values]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        elif type(value) not in kinds:
            raise RequestError(
                400,
                f"{name} has a {type(value).__name__} among its values, but takes "
                f"{dtype.name}.",
            )


def converted(name, found, dtype):
    """The array in the type of an input.

    Raises:
        RequestError: for numbers that are too large for it.
    """
    if dtype.kind == "f":
        with np.errstate(over="ignore"):
            cast = found.astype(dtype) if found.dtype != object else None
        if cast is not None and np.array_equal(np.isfinite(found), np.isfinite(cast)):
            return cast
    elif dtype.kind == "b" or not found.size:
        return found.astype(dtype)
    elif found.dtype.kind in "iu":
        limits = np.iinfo(dtype)
        if found.min() >= limits.min and found.max() <= limits.max:
            return found.astype(dtype)
    raise RequestError(400, f"{name} has numbers that are too large for {dtype.name}.")


def answer(outputs, by_rows):
    """The bytes of an answer; NaN is written as TensorFlow Serving writes it, `NaN`.

    Args:
        outputs: `{name: array}`.
        by_rows: Whether the request came by rows.
    """
    values = {name: value.tolist() for name, value in outputs.items()}
    if by_rows:
        rows = [
            dict(zip(values, row, strict=True))
            for row in zip(*values.values(), strict=True)
        ]
        found = {"predictions": rows if len(values) > 1 else [*values.values()][0]}
    else:
        found = {"outputs": values if len(values) > 1 else [*values.values()][0]}
    return json.dumps(found).encode()
