"""Checks of the values of data, once for each value.

`fit` checks every batch of the first epoch. Verbs raise the same errors.
"""

import contextlib
import re

import tensorflow as tf

from kgen.core.checks.limits import check_values, extremes
from kgen.core.parts import parts_of, subject

# The text of a Python error inside an error of tf.data.
_RAISED = re.compile(r"\bValueError: (This \w+ was given .+)")
_REFUSED = re.compile(
    r"kgen refuses (\w+) in (\w+)\] \[(\S+)\] \[(\S+)\] \[(\d+)\] \[(\d+)\]"
)


def of_checked_arrays(dataset):
    """The same data set, marked to need no further check of its values."""
    dataset.is_checked = True
    return dataset


def with_value_checks(model, dataset, argument="x"):
    """The same data set, which refuses a batch with invalid values.

    Each part must keep within the limits in `model.data_specs`. Reading a bad batch
    raises a TensorFlow error, and `data_error` turns it into a sentence: writing the
    sentence in the graph would take as long as tracing a small model.

    Args:
        model: A `GenerativeModel`.
        dataset: `tf.data.Dataset` of batches that have passed `check_parts`.
        argument: Name of the argument of `fit` or `evaluate` that holds the data.
    """
    if getattr(dataset, "is_checked", False):
        return dataset
    specs = model.data_specs

    def check(*batch):
        data = batch if type(dataset.element_spec) is tuple else batch[0]
        for name, values in parts_of(model, data, argument).items():
            if name in specs and values is not None and specs[name].dtype != "bool":
                low, high, *counts = extremes(values)
                tf.raw_ops.Assert(
                    # The minimum of no values is infinite, and allowed.
                    condition=specs[name].limits.allow(low, high) | (low > high),
                    data=[f"kgen refuses {name} in {argument}", low, high, *counts],
                )
        return data

    # Check ahead of time: otherwise each step waits for the check.
    return dataset.map(check).prefetch(1)


@contextlib.contextmanager
def data_errors(model):
    """Context in which a data set's TensorFlow error is raised as kgen's own error."""
    vars(model).pop("_batch_error", None)  # An earlier call may have left it.
    try:
        yield
    except UnboundLocalError as error:
        if "batch_outputs" not in str(error):
            raise
        raise ValueError(f"`predict` was given {NO_BATCH}") from None  # Keras' loop.
    except tf.errors.OpError as error:
        meant = data_error(model, error)
        if meant is None:
            raise
        raise meant from None


def data_error(model, error):
    """kgen's error behind an error of TensorFlow, or `None`."""
    remembered = vars(model).pop("_batch_error", None)
    if remembered is not None:
        return remembered  # Python made the batch, and raised the error.
    found = _REFUSED.search(str(error))
    if found is None:
        found = _RAISED.search(str(error))
        return ValueError(found[1]) if found else None
    name, argument, low, high, bad, size = found.groups()
    numbers = float(low), float(high), int(bad), int(size)
    limits = model.data_specs[name].limits
    return ValueError(limits.sentence(subject(model, name, argument), *numbers))


def check_arrays(model, parts, argument="x"):
    """Raises a ValueError for arrays with invalid values, or without rows.

    Args:
        model: A `GenerativeModel`.
        parts: Arrays or `None`, by name.
        argument: Name of the argument that holds them.
    """
    for name, spec in model.data_specs.items():
        values = parts[name]
        if values is None:
            continue
        who = subject(model, name, argument)
        if 0 in values.shape:
            raise ValueError(f"{who} with no rows: there has to be an example.")
        dtype = tf.as_dtype(values.dtype)
        if dtype.is_floating or dtype.is_integer:
            check_values(who, values, spec.limits)


NO_BATCH = (
    "a data set without a single batch, but expects one at least. Check its filters "
    "and drop_remainder."
)


def check_not_empty(dataset, argument="x"):
    """Raises a ValueError if a data set, passed as `argument`, is known to be empty."""
    if dataset.cardinality() == 0:
        raise ValueError(
            f"The data set passed as {argument} has no batch, but at least one is "
            "expected. `drop_remainder=True` with a batch_size above the number of "
            "examples gives none: lower the batch_size, or keep the remainder."
        )
