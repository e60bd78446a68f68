"""The number of examples in the whole data, which a model of batches is told."""

import warnings

import numpy as np

from kgen.core.parts import parts_of
from kgen.core.training.datasets import is_batched


def warn_of_size(model, key, given):
    """Warns if the arrays of a `fit` are not as many examples as a model was told.

    Weighted examples count by their weights.

    Args:
        model: A `GenerativeModel`.
        key: Name of its attribute that holds the number.
        given: Arguments of `keras.Model.fit` by name.
    """
    if is_batched(given.get("x")) or given.get("validation_split"):
        return
    data = tuple(given.get(name) for name in ("x", "y", "sample_weight"))
    parts, expected = parts_of(model, data), getattr(model, key)
    if parts["weights"] is not None:
        found, what = float(np.sum(parts["weights"])), "examples by their weights"
    else:
        found, what = (*np.shape(parts["x"])[:1], None)[0], "examples"
    if found is not None and not np.isclose(found, expected):
        warnings.warn(
            f"`fit` was given {found:g} {what}, but {key} of this "
            f"{type(model).__name__} is {expected}: the likelihood counts as that of "
            f"{expected} examples. Build the model with {key}={found:g}, unless this "
            "is meant.",
            stacklevel=3,
        )
