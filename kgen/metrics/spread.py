"""Standard errors of figures: by rows where each has a value, else by splits."""

import numpy as np

from kgen.metrics.results import Estimate, as_dictionary

SMALLEST = 100  # Rows of a split.


def standard_errors(name, figure, given, needed, splits):
    """The standard error of each number of a figure, by name.

    A mean over rows has the deviation of the rows over `sqrt(n)`. Any other figure is
    computed for each of several splits of its sets, and has the deviation of these over
    `sqrt(splits)`. A split has 100 rows or more, and as many as the figure demands, or
    there is no error.

    Args:
        name: Name of the figure.
        figure: The `Figure`.
        given: Result of its function.
        needed: Dictionary of its ingredients, in their order.
        splits: Number of splits; 0 for none.
    """
    found, given = {}, as_dictionary(name, given)
    for key, value in given.items():
        if isinstance(value, Estimate):
            found[key] = value.error
        elif np.ndim(value) == 1 and len(value) > 1 and np.isfinite(value).all():
            found[key] = float(np.std(value, ddof=1) / np.sqrt(len(value)))
    rows = number_of_rows(needed)
    means = any(np.ndim(value) == 1 for value in given.values())
    if found or means or not splits or rows is None or rows < splits * SMALLEST:
        return found
    try:
        parts = [
            as_dictionary(name, figure.function(*split(needed, start, splits)))
            for start in range(splits)
        ]
    except ValueError:  # A split is too small for it, as the whole set was not.
        return found
    for key, first in parts[0].items():
        if isinstance(first, str):
            continue
        values = np.array([np.mean(part[key]) for part in parts])
        if np.isfinite(values).all():  # A support may be infinite.
            found[key] = float(np.std(values, ddof=1) / np.sqrt(splits))
    return found


def number_of_rows(needed):
    """The smallest number of rows among the sets of a figure, or `None`."""
    sizes = [len(value) for name, value in needed.items() if is_set(name, value)]
    return min(sizes, default=None)


def split(needed, start, splits):
    """One split of the sets: every `splits`-th row, so that pairs stay pairs."""
    return [
        value[start::splits] if is_set(name, value) else value
        for name, value in needed.items()
    ]


def is_set(name, value):
    """Whether an ingredient has one row for each example or sample.

    Training data is what a model has learned from. It stays as a whole.
    """
    return isinstance(value, np.ndarray) and not name.startswith("training")
