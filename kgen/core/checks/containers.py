"""Containers of numbers: each becomes one array, or is refused by name.

Arrays, tensors of any library, lists, DataFrames and Series are accepted.
"""

import numpy as np
import tensorflow as tf

WANTED = "an array or tensor of numbers, a list of rows, a DataFrame or a Series"


def as_array(given, values, text=False):
    """`values` as a dense array of numbers.

    Args:
        given: Start of the error's sentence: `"This VAE was given x"`.
        values: The user's argument.
        text: Whether an array of strings is allowed, too.

    Returns:
        `np.ndarray` of bools, ints, floats or complex numbers, or a dense `tf.Tensor`.

    Raises:
        ValueError: if it holds no numbers, or not as one rectangular array.
    """
    if isinstance(values, tf.Variable):
        values = tf.convert_to_tensor(values)
    if isinstance(values, tf.Tensor):
        return values
    refuse_sparse(given, values)
    if isinstance(values, np.ma.MaskedArray):
        return as_array(given, _unmasked(given, values))
    if isinstance(values, (list, tuple)):
        values = _stacked(given, values)
    elif hasattr(values, "to_numpy"):  # Tables of pandas, polars, ...
        values = values.to_numpy()
    elif hasattr(values, "__array__") and not isinstance(values, type):
        values = _converted(given, values)
    else:
        kind = "None" if values is None else type(values).__name__
        raise ValueError(f"{given} of type {kind}, but expects {WANTED}.")
    is_text = isinstance(values, np.ndarray) and values.dtype.kind in "SU"
    return values if text and is_text else _numbers(given, values)


def numbers(name, key, values, axes=1, finite=True, rows=0):
    """`values` in any container as a NumPy array, for functions on codes and samples.

    Args:
        name: Name of the function that takes them, for the error.
        key: Name of the argument: `"codes"`.
        values: The user's argument.
        axes: Smallest number of axes.
        finite: Whether all values must be finite.
        rows: Smallest number of rows.

    Raises:
        ValueError: if they are no real numbers, or break one of these conditions.
    """
    given = f"`{name}` was given {key}"
    one = axes == 0 and isinstance(values, (int, float))
    array = np.asarray(values if one else as_array(given, values))
    if array.dtype.kind == "c" or array.ndim < axes:
        raise ValueError(
            f"{given} of shape {array.shape} and type {array.dtype}, but expects an "
            f"array of real numbers with at least {axes} axes."
        )
    if rows and (0 in array.shape or len(array) < rows):
        raise ValueError(
            f"{given} of shape {array.shape}, but expects {rows} or more rows of at "
            "least one number."
        )
    if finite and array.dtype.kind == "f" and not np.isfinite(array).all():
        bad = np.count_nonzero(~np.isfinite(array))
        raise ValueError(
            f"{given} with NaN or infinity in {bad} of {array.size} values, but "
            "expects finite values. Leave out the rows that hold them."
        )
    return array


def refuse_sparse(given, values):
    """Raises a ValueError for containers that leave values out."""
    kind = type(values)
    advice = {
        tf.RaggedTensor: "Its rows are ragged: pad them, as with .to_tensor()",
        tf.SparseTensor: "Make it dense: tf.sparse.to_dense(x)",
    }.get(kind)
    if advice is None and kind.__module__.startswith("scipy.sparse"):
        advice = "Make it dense: x.toarray()"
    if advice is not None:
        raise ValueError(
            f"{given} of type {kind.__name__}, but expects a dense array. {advice}."
        )


def count_rows(values):
    """Number of rows of an array or tensor; `None` for one number."""
    return values.shape[0] if len(values.shape) else None


def _unmasked(given, values):
    masked = int(np.ma.count_masked(values))
    if masked:
        raise ValueError(
            f"{given} with {masked} of {values.size} values masked, but expects a "
            f"number in each place. Fill in the {masked} masked values, as with "
            "x.filled(0.0), or leave out their examples."
        )
    return values.data


def _stacked(given, values):
    """A list of rows as an array."""
    rows = [as_array(given, v) if _is_array(v) else v for v in values]
    try:
        return np.asarray([np.asarray(r) if _is_array(r) else r for r in rows])
    except ValueError:
        shapes = sorted({np.shape(r) for r in rows if _is_array(r)})[:3]
        found, advice = "rows of many lengths", "Give all rows the same lengths."
        if shapes:
            found = f"arrays of the shapes {shapes}"
            advice = (
                "Pass x, labels and weights as arguments of their own: fit(x, labels, "
                "sample_weight=weights)."
            )
        raise ValueError(
            f"{given} as a {type(values).__name__} of {found}, which make no one array."
            f" {advice}"
        ) from None


def _is_array(value):
    return hasattr(value, "shape")


def _converted(given, values):
    try:
        return np.asarray(values)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"{given} of type {type(values).__name__}, whose values cannot be read "
            f"({type(error).__name__}). Pass {WANTED}."
        ) from error


def _numbers(given, values):
    if values.dtype == object:
        values = _from_objects(given, values)
    if values.dtype.kind in "biuf" and values.dtype.itemsize > 8:
        return values.astype("float64")
    # NumPy's kind "V" is bfloat16 or structured rows.
    if values.dtype.kind in "biufc" or values.dtype.name == "bfloat16":
        return values
    raise ValueError(
        f"{given} of type {_name(values.dtype)}, but expects real numbers."
    )


def _from_objects(given, values):
    """An array of Python objects as floats; `None` and a table's NA become NaN."""
    flat = values.reshape(-1).tolist()
    kinds = {type(value).__name__ for value in flat if not _is_number(value)}
    if kinds:
        raise ValueError(
            f"{given} with values of type {', '.join(sorted(kinds)[:3])}, but expects "
            "real numbers. Encode other values as numbers, or leave them out."
        )
    floats = [np.nan if _is_missing(value) else float(value) for value in flat]
    return np.asarray(floats, "float64").reshape(values.shape)


def _is_missing(value):
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def _is_number(value):
    return _is_missing(value) or (
        hasattr(value, "__float__") and np.ndim(value) == 0 and np.isrealobj(value)
    )


def _name(dtype):
    return {"S": "string", "U": "str"}.get(dtype.kind, dtype.name)
