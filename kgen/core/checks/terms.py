"""The terms that an objective gives: the listed ones, with one value per example."""

import keras
import tensorflow as tf


def check_objective(model, terms):
    """`terms`, if they are those that a model lists, of the shape `(batch,)` each.

    A term with a metric of its own may have any shape.

    Args:
        model: A `GenerativeModel`.
        terms: The result of its `objective`.

    Raises:
        ValueError: for a term that is missing, not listed or of another shape.
    """
    who, listed = f"The objective of this {type(model).__name__}", list(model.trackers)
    if not isinstance(terms, dict) or set(terms) != set(listed):
        found = ", ".join(terms) if isinstance(terms, dict) else type(terms).__name__
        raise ValueError(
            f"{who} gave {found or 'no terms'}, but `terms` lists {', '.join(listed)}. "
            "Return a dictionary with just these, or change `terms`."
        )
    for name, value in terms.items():
        shape = tf.TensorShape(getattr(value, "shape", ()))
        averaged = type(model.trackers[name]) is keras.metrics.Mean
        if averaged and shape.rank not in (None, 1):
            raise ValueError(
                f"{who} gave the term {name!r} of shape {tuple(shape)}, but has to give"
                " one value per example, (batch,). Reduce over the axes of an example, "
                "and not over the batch: tf.reduce_sum(error, axis=[1, 2, 3])."
            )
    return terms
