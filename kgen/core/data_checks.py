"""What is wrong with the values of data: looked at once, where they come in.

Where all is well it costs a minimum and a maximum; else `fit` and verbs say the same.
"""

import contextlib
import dataclasses
import re
from collections.abc import Callable

import keras
import tensorflow as tf

TRAINING_SLACK = 1e-3  # Images that were resized are off by a rounding.
MAX = tf.float32.max
_MARKED = re.compile("kgen> (.*?) <kgen", re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Limits:
    """The values that are allowed, and what to say of others.

    `advise(low, high)` takes the minimum and the maximum found, scalar tensors.
    """

    lower: float
    upper: float
    expected: str
    advise: Callable

    def allow(self, values):
        """Whether all values are allowed, for an array as for a tensor."""
        if tf.is_tensor(values):
            low, high = tf.reduce_min(values), tf.reduce_max(values)
        else:
            low, high = values.min(initial=MAX), values.max(initial=-MAX)
        # A NaN has made both NaN, and no comparison is true of it.
        return (self.lower <= low) & (high <= self.upper)

    def sentence(self, given, values):
        """What was passed, what is expected and what to do, a string tensor.

        Args:
            given: Who was given what: `"This VAE was given x"`.
            values: float32 tensor that is not allowed.
        """
        finite = tf.boolean_mask(values, tf.math.is_finite(values))
        low, high = tf.reduce_min(finite), tf.reduce_max(finite)
        bad = tf.size(values) - tf.size(finite)
        found = tf.where(
            bad > 0,
            _text(" with NaN or infinity in ", bad, " of ", tf.size(values), " values"),
            _text(" from ", low, " to ", high),
        )
        repair = "Leave out the examples that hold them, or repair them."
        advice = tf.where(bad > 0, repair, self.advise(low, high))
        return _text(given, found, f", but expects {self.expected}. ", advice)


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


FINITE = Limits(-MAX, MAX, "finite values", lambda low, high: "Scale them down.")
WEIGHTS = Limits(
    0.0,
    MAX,
    "finite values, 0 or larger",
    lambda low, high: "To leave an example out, give it the weight 0.",
)


def checked(model, dataset, argument="x"):
    """The same data set, which refuses a batch whose values make no sense.

    Data must be finite and in `model.data_range`, the labels of a conditional model
    its classes, weights finite and not negative. Reading a bad batch
    raises an error of TensorFlow's, in which `data_error` finds the sentence.

    Args:
        model: A `GenerativeModel`.
        dataset: `tf.data.Dataset` of batches that have passed `check_data`.
        argument: The argument of `fit` or `evaluate` that it was passed as.
    """
    limits = {"x": data_limits(model.data_range, TRAINING_SLACK), "weights": WEIGHTS}
    if model.num_classes is not None:
        limits["labels"] = label_limits(model.num_classes)
    origin = "" if argument == "x" else f" in {argument}"

    def check(*batch):
        data = batch if type(dataset.element_spec) is tuple else batch[0]
        parts = keras.utils.unpack_x_y_sample_weight(data)
        for name, values in zip(("x", "labels", "weights"), parts, strict=True):
            if name in limits and values is not None:
                given = f"This {type(model).__name__} was given {name}{origin}"
                _assert_allowed(given, tf.cast(values, tf.float32), limits[name])
        return data

    return dataset.map(check)


@contextlib.contextmanager
def data_errors():
    """Inside, an error of a data set is raised as the `ValueError` that it means."""
    try:
        yield
    except tf.errors.InvalidArgumentError as error:
        meant = data_error(error)
        if meant is None:
            raise
        raise meant from None


def data_error(error):
    """The `ValueError` that an error of a `checked` data set means, or `None`."""
    found = _MARKED.search(str(error))
    return found and ValueError(found[1])


def check_not_empty(dataset, argument="x"):
    """Raises a ValueError if a data set, passed as `argument`, surely has no batch."""
    if dataset.cardinality() == 0:
        raise ValueError(
            f"The data set passed as {argument} has no batch, but at least one is "
            "expected. `drop_remainder=True` with a batch_size above the number of "
            "examples gives none: lower the batch_size, or keep the remainder."
        )


def _assert_allowed(given, values, limits):
    def refuse():
        marked = _text("kgen> ", limits.sentence(given, values), " <kgen")
        return tf.debugging.Assert(False, [marked])

    tf.cond(limits.allow(values), tf.no_op, refuse)


def _advise_on_data(low, high):
    signed = (low >= -1.001) & (low < 0.0) & (high <= 1.001)
    levels = (low >= 0.0) & (high > 2.0) & (high <= 255.0)
    advice = tf.where(levels, "Divide x by 255.", "Scale x to that range.")
    return tf.where(signed, "Rescale x from [-1, 1]: (x + 1) / 2.", advice)


def _text(*words):
    def text(word):
        number = tf.is_tensor(word) and word.dtype != tf.string
        return tf.as_string(word, shortest=word.dtype.is_floating) if number else word

    return tf.strings.join([text(word) for word in words])
