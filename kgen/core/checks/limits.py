"""The values that data may have, and the error for other values."""

import dataclasses
from collections.abc import Callable

import numpy as np
import tensorflow as tf

TRAINING_SLACK = 1e-3  # Resized images exceed the range by rounding.
MAX = tf.float32.max


@dataclasses.dataclass(frozen=True)
class Limits:
    """The allowed values, and the words of the error for others.

    `advise(low, high)` returns advice for values from `low` to `high`.
    """

    lower: float
    upper: float
    expected: str
    advise: Callable

    def allow(self, low, high):
        """Whether all values are allowed, from their minimum and maximum."""
        # With a NaN among the values, both are NaN, and no comparison holds.
        return (self.lower <= low) & (high <= self.upper)

    def sentence(self, given, low, high, bad, size):
        """The error's sentence: what was passed, what is expected and what to do.

        Args:
            given: Start of the sentence: `"This VAE was given x"`.
            low: Minimum of the values.
            high: Maximum of the values.
            bad: Number of values that are NaN or infinite.
            size: Number of values.
        """
        if bad:
            found = f"with NaN or infinity in {bad} of {size} values"
            advice = "Leave out the examples that hold them, or repair them."
        else:
            found = f"from {low:g} to {high:g}"
            advice = self.advise(low, high)
        return f"{given} {found}, but expects {self.expected}. {advice}".rstrip()


def extremes(values):
    """Minimum, maximum, number of values that are not finite, number of values."""
    values = tf.cast(values, tf.float32)
    bad = tf.math.count_nonzero(~tf.math.is_finite(values))
    return tf.reduce_min(values), tf.reduce_max(values), bad, tf.size(values)


def check_values(given, values, limits):
    """Raises a ValueError unless values keep within `Limits`; an empty array passes."""
    low, high, bad, size = (number.numpy().item() for number in extremes(values))
    if size and not limits.allow(low, high):
        raise ValueError(limits.sentence(given, low, high, bad, size))


def data_limits(data_range, slack):
    """The `Limits` of x: finite, and at most `slack` outside a `data_range`."""
    if data_range is None:
        return FINITE
    lower, upper = data_range
    expected = f"values in [{lower:g}, {upper:g}]"
    return Limits(lower - slack, upper + slack, expected, _advise_on_data)


def label_limits(num_classes):
    """The `Limits` of labels of `num_classes` classes."""
    expected = f"ints from 0 to {num_classes - 1}"
    advice = "Number the classes from 0, or build the model with more num_classes."
    return Limits(0, num_classes - 1, expected, lambda low, high: advice)


def code_limits(num_codes, lowest=0, several=True):
    """The `Limits` of codes, `lowest` to `num_codes - 1`.

    Args:
        num_codes: One more than the largest code.
        lowest: The smallest code.
        several: Whether an example has many codes, such as words of a sentence.
    """
    advice = (
        "Pass codes of this model's own `encode`, or of one with as many codes; number "
        f"tokens from {lowest}."
        if several
        else ""
    )
    expected = f"ints from {lowest} to {num_codes - 1}"
    return Limits(lowest, num_codes - 1, expected, lambda low, high: advice)


FINITE = Limits(-MAX, MAX, "finite values", lambda low, high: "Scale them down.")
WEIGHTS = Limits(
    0.0,
    MAX,
    "finite values, 0 or larger",
    lambda low, high: "To leave an example out, give it the weight 0.",
)
ABOVE_0 = Limits(
    float(np.finfo("float32").tiny), MAX, "finite numbers above 0", lambda low, high: ""
)
FROM_0 = Limits(0.0, MAX, "finite numbers, 0 or larger", lambda low, high: "")
SEEDS = Limits(0, tf.int64.max, "ints, 0 or larger", lambda low, high: "")


def row_limits(data_range):
    """The `Limits` of a verb's rows: those of training data.

    A model's own output may exceed them, if its last layer has no bounds.
    """
    limits = data_limits(data_range, TRAINING_SLACK)
    if data_range is None:
        return limits
    lower, upper = data_range

    def advise(low, high):
        advice = limits.advise(low, high)
        if 2 * lower - upper <= low and high <= 2 * upper - lower:
            clip = f"np.clip(x, {lower:g}, {upper:g})"
            advice += f" A model's own output beyond is clipped by {clip}."
        return advice

    return dataclasses.replace(limits, advise=advise)


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
