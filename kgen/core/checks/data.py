"""What is wrong with the values of data: looked at once, where they come in.

`fit` looks at every batch of the first epoch; verbs say the same of what they take.
"""

import contextlib
import dataclasses
import re
from collections.abc import Callable

import keras
import tensorflow as tf

TRAINING_SLACK = 1e-3  # Images that were resized are off by a rounding.
MAX = tf.float32.max
# What tf.data makes of an error of Python's, where nobody remembers that error.
_RAISED = re.compile(r"\bValueError: (This \w+ was given .+)")
_REFUSED = re.compile(
    r"kgen refuses (\w+) in (\w+)\] \[(\S+)\] \[(\S+)\] \[(\d+)\] \[(\d+)\]"
)


@dataclasses.dataclass(frozen=True)
class Limits:
    """The values that are allowed, and what to say of others.

    `advise(low, high)` takes the minimum and the maximum found.
    """

    lower: float
    upper: float
    expected: str
    advise: Callable

    def allow(self, low, high):
        """Whether all values are allowed, from their minimum and maximum."""
        # A NaN makes both NaN, and no comparison is true of it.
        return (self.lower <= low) & (high <= self.upper)

    def sentence(self, given, low, high, bad, size):
        """What was passed, what is expected and what to do.

        Args:
            given: Who was given what: `"This VAE was given x"`.
            low: The minimum.
            high: The maximum.
            bad: Number of values that are NaN or infinite.
            size: Number of values.
        """
        if bad:
            found = f"with NaN or infinity in {bad} of {size} values"
            advice = "Leave out the examples that hold them, or repair them."
        else:
            found = f"from {low:g} to {high:g}"
            advice = self.advise(low, high)
        return f"{given} {found}, but expects {self.expected}. {advice}"


def extremes(values):
    """Minimum, maximum, number of values that are not finite, number of all."""
    values = tf.cast(values, tf.float32)
    bad = tf.math.count_nonzero(~tf.math.is_finite(values))
    return tf.reduce_min(values), tf.reduce_max(values), bad, tf.size(values)


def check_values(given, values, limits):
    """Raises a ValueError unless values keep within `Limits`; none always do."""
    low, high, bad, size = (number.numpy().item() for number in extremes(values))
    if size and not limits.allow(low, high):
        raise ValueError(limits.sentence(given, low, high, bad, size))


def limits_of(model):
    """The `Limits` of the parts of a model's training data, by name."""
    if model.num_data_codes is None:
        data = data_limits(model.data_range, TRAINING_SLACK)
    else:
        data = code_limits(model.num_data_codes)
    limits = {"x": data, "weights": WEIGHTS}
    if model.num_classes is not None:
        limits["labels"] = label_limits(model.num_classes)
    elif model.context_dim is not None:
        limits["labels"] = FINITE
    return limits


def data_limits(data_range, slack):
    """The `Limits` of x: finite, and at most `slack` outside a `data_range`."""
    if data_range is None:
        return FINITE
    lower, upper = data_range
    expected = f"values in [{lower:g}, {upper:g}]"
    return Limits(lower - slack, upper + slack, expected, _advise_on_data)


def label_limits(num_classes):
    """The `Limits` of labels."""
    expected = f"ints from 0 to {num_classes - 1}"
    advice = "Number the classes from 0, or build the model with more num_classes."
    return Limits(0, num_classes - 1, expected, lambda low, high: advice)


def code_limits(num_codes):
    """The `Limits` of codes."""
    advice = "Pass codes of this model's own `encode`, or of one with as many codes."
    expected = f"ints from 0 to {num_codes - 1}"
    return Limits(0, num_codes - 1, expected, lambda low, high: advice)


FINITE = Limits(-MAX, MAX, "finite values", lambda low, high: "Scale them down.")
WEIGHTS = Limits(
    0.0,
    MAX,
    "finite values, 0 or larger",
    lambda low, high: "To leave an example out, give it the weight 0.",
)


def of_checked_arrays(dataset):
    """The same data set, noted down to need no further check of its values."""
    dataset.is_checked = True
    return dataset


def with_value_checks(model, dataset, argument="x"):
    """The same data set, which refuses a batch whose values make no sense.

    Data must be finite and in `model.data_range`, the labels of a conditional model
    its classes, weights finite and not negative. Reading a bad batch raises an error
    of TensorFlow's, from which `data_error` makes the sentence: to write it in the
    graph would take as long as tracing the graph of a small model.

    Args:
        model: A `GenerativeModel`.
        dataset: `tf.data.Dataset` of batches that have passed `check_data`.
        argument: The argument of `fit` or `evaluate` that it was passed as.
    """
    if getattr(dataset, "is_checked", False):
        return dataset
    limits = limits_of(model)

    def check(*batch):
        data = batch if type(dataset.element_spec) is tuple else batch[0]
        parts = keras.utils.unpack_x_y_sample_weight(data)
        for name, values in zip(("x", "labels", "weights"), parts, strict=True):
            if name in limits and values is not None:
                low, high, *counts = extremes(values)
                tf.raw_ops.Assert(
                    # Of no values the minimum is infinite, and so allowed.
                    condition=limits[name].allow(low, high) | (low > high),
                    data=[f"kgen refuses {name} in {argument}", low, high, *counts],
                )
        return data

    # Ahead of time: else each step waits for it.
    return dataset.map(check).prefetch(1)


@contextlib.contextmanager
def data_errors(model):
    """Inside, an error of a data set is raised as the error that it stands for."""
    vars(model).pop("_batch_error", None)  # Of an earlier call.
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
    """The error that one of TensorFlow's stands for, or `None`."""
    remembered = vars(model).pop("_batch_error", None)
    if remembered is not None:
        return remembered  # Of a batch that Python made.
    found = _REFUSED.search(str(error))
    if found is None:
        found = _RAISED.search(str(error))
        return ValueError(found[1]) if found else None
    name, argument, low, high, bad, size = found.groups()
    numbers = float(low), float(high), int(bad), int(size)
    who = subject(model, name, argument)
    return ValueError(limits_of(model)[name].sentence(who, *numbers))


def subject(model, name, argument="x"):
    """The start of a sentence: which model was given what, and where."""
    if name == "labels" and model.condition == "context":
        name = "context"
    origin = "" if argument == "x" else f" in {argument}"
    return f"This {type(model).__name__} was given {name}{origin}"


def check_arrays(model, arrays, argument="x"):
    """Raises a ValueError for arrays whose values make no sense, or for none of them.

    Args:
        model: A `GenerativeModel`.
        arrays: `x`, labels or context, and weights, arrays or `None`.
        argument: What they were passed as.
    """
    limits = limits_of(model)
    for name, values in zip(("x", "labels", "weights"), arrays, strict=True):
        if values is None or name not in limits:
            continue
        who = subject(model, name, argument)
        if 0 in values.shape:
            raise ValueError(f"{who} with no rows: there has to be an example.")
        if (
            tf.as_dtype(values.dtype).is_floating
            or tf.as_dtype(values.dtype).is_integer
        ):
            check_values(who, values, limits[name])


NO_BATCH = (
    "a data set without a single batch, but expects one at least. Look at what filters "
    "it, or at drop_remainder."
)


def check_not_empty(dataset, argument="x"):
    """Raises a ValueError if a data set, passed as `argument`, surely has no batch."""
    if dataset.cardinality() == 0:
        raise ValueError(
            f"The data set passed as {argument} has no batch, but at least one is "
            "expected. `drop_remainder=True` with a batch_size above the number of "
            "examples gives none: lower the batch_size, or keep the remainder."
        )


def _advise_on_data(low, high):
    if -0.1 < low and high < 1.1:
        return "Clip x to that range, as with np.clip."
    if -1.001 <= low < 0.0 and high <= 1.001:
        return "Rescale x from [-1, 1]: (x + 1) / 2."
    if low >= 0.0 and 128.0 < high <= 255.0:
        return "Divide x by 255."
    if low >= 0.0 and high > 2.0:
        return "Divide x by the largest value that it can take."
    return "Scale x to that range."
