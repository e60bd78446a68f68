"""Rows that a served model cannot answer: said to be so, beside the others' answers.

A server answers many rows at once, and has no sentence for one of them. Where a verb
would raise an error in Python, its signature gives a row of NaN, of ints -1.
"""

import tensorflow as tf

from kgen.core.checks.data import (
    FINITE,
    TRAINING_SLACK,
    Limits,
    code_limits,
    data_limits,
    label_limits,
)

SEEDS = Limits(0, tf.int64.max, "ints, 0 or larger", lambda low, high: "")


def limits_of_inputs(model):
    """The `Limits` of what the verbs of a model take, by name."""
    codes, latent_codes = model.num_data_codes, model.num_latent_codes
    limits = {"seed": SEEDS, "context": FINITE, "z": FINITE}
    limits["x"] = data_limits(model.data_range, TRAINING_SLACK)
    if codes is not None:
        limits["x"] = code_limits(codes)
    if latent_codes is not None:
        limits["z"] = code_limits(latent_codes)
    if model.num_classes is not None:
        limits["labels"] = label_limits(model.num_classes)
    return limits


def answering(model, run, names):
    """`run` for any rows: none, and such as it was not made for.

    Args:
        model: A `GenerativeModel`.
        run: Function from tensors, named `names`, to a dictionary of tensors, all with
            a row for each example.
        names: What the tensors are: `x`, `z`, `labels`, `context`, `seed`.
    """
    limits = limits_of_inputs(model)

    def serve(*tensors):
        num_rows = tf.shape(tensors[0])[0]
        valid = tf.ones([num_rows], tf.bool)
        for name, tensor in zip(names, tensors, strict=True):
            allowed = limits[name].allow(tensor, tensor)
            valid &= tf.reduce_all(allowed, tf.range(1, tf.rank(allowed)))
        # Convolutions fail for no rows, and lookups for all of them if one is wrong.
        tensors = (_one_at_least(_where(valid, t, 0)) for t in tensors)
        outputs = run(*tensors)
        return {
            name: _where(valid, output[:num_rows], _missing(output.dtype))
            for name, output in outputs.items()
        }

    return serve


def _where(valid, values, other):
    """`values`, of rows that are not valid `other`."""
    valid = tf.reshape(valid, [-1] + [1] * (len(values.shape) - 1))
    return tf.where(valid, values, tf.constant(other, values.dtype))


def _one_at_least(values):
    """The same rows; where there are none, one of zeros."""
    missing = tf.maximum(1 - tf.shape(values)[0], 0)
    return tf.concat([values, tf.zeros([missing, *values.shape[1:]], values.dtype)], 0)


def _missing(dtype):
    return float("nan") if dtype.is_floating else -1
