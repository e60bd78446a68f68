"""Checks of the arguments of `fit`, `evaluate` and `predict` beside the data."""

import inspect
import reprlib
from collections.abc import Mapping

import keras
import numpy as np

from kgen.core.checks.calls import bind
from kgen.core.checks.values import check_count, is_int, is_number

# The smallest allowed value of each count.
COUNTS = {
    "batch_size": 1,
    "validation_batch_size": 1,
    "epochs": 0,
    "initial_epoch": 0,
    "steps_per_epoch": 1,
    "validation_steps": 1,
    "steps": 1,
}
MOST_CLASSES = 2**20
# The argument that tells Keras the number of batches of data that it cannot count.
STEPS = {"fit": "steps_per_epoch", "evaluate": "steps", "predict": "steps"}


def bound(model, method, args, kwargs):
    """The arguments of a call by name, without those that equal their default.

    Args:
        model: A `GenerativeModel`.
        method: `keras.Model.fit`, `evaluate` or `predict`.
        args: As the user gave them, without `self`.
        kwargs: As the user gave them.

    Raises:
        TypeError: for an argument that the method does not have.
        ValueError: for an invalid value.
    """
    signature = inspect.signature(method)
    known = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    signature = signature.replace(parameters=known)
    given = bind(method.__name__, signature, (model, *args), kwargs).arguments
    del given["self"]
    given = {
        name: value
        for name, value in given.items()
        if not _is_default(value, signature.parameters[name].default)
    }
    return check_call(method.__name__, given)


def check_call(name, given):
    """`given` with its counts as Python ints, if all its values are valid.

    Args:
        name: `"fit"`, `"evaluate"` or `"predict"`.
        given: Arguments by name.
    """
    given = dict(given)
    for key, fewest in COUNTS.items():
        if key in given:
            given[key] = check_count(name, key, given[key], fewest)
    for key, allowed, expected in (
        ("verbose", ("auto", 0, 1, 2, True, False), "0, 1, 2 or 'auto'"),
        ("shuffle", (True, False, "batch"), "True, False or 'batch'"),
        ("return_dict", (True, False), "True or False"),
    ):
        if key in given and not _is_one_of(given[key], allowed):
            raise _refused(name, key, given[key], expected)
    check_validation(name, given)
    check_callbacks(name, given.get("callbacks"))
    if "class_weight" in given:
        check_class_weight(name, given["class_weight"])
    return given


def check_validation(name, given):
    """Raises a ValueError unless the arguments about validation fit together."""
    split = given.get("validation_split", 0.0)
    if not is_number(split) or not 0 <= split < 1:
        expected = "a number from 0 to below 1, the share of x that is held out"
        raise _refused(name, "validation_split", split, expected)
    if split and given.get("validation_data") is not None:
        raise ValueError(
            f"`{name}` was given validation_split={split} beside validation_data, but "
            "expects one of them. Leave one out."
        )
    every = given.get("validation_freq", 1)
    epochs = every if isinstance(every, (list, tuple, set, range)) else [every]
    if not all(is_int(epoch) and epoch >= 1 for epoch in epochs):
        expected = "an int, 1 or larger, or a list of epochs"
        raise _refused(name, "validation_freq", every, expected)
    if split or given.get("validation_data") is not None:
        return
    for key in ("validation_steps", "validation_batch_size", "validation_freq"):
        if key in given:
            raise ValueError(
                f"`{name}` was given {key}={given[key]}, but no validation data. Pass "
                "validation_data or validation_split, or leave it out."
            )


def check_callbacks(name, callbacks):
    """Raises a ValueError unless all are callbacks of Keras 3."""
    if callbacks is None or isinstance(callbacks, keras.callbacks.CallbackList):
        return
    for callback in keras.tree.flatten(callbacks):
        if isinstance(callback, type) or not hasattr(callback, "set_model"):
            found = callback if isinstance(callback, type) else type(callback)
            raise ValueError(
                f"`{name}` was given {found.__name__} among its callbacks, but expects "
                "instances of keras.callbacks.Callback, such as "
                "keras.callbacks.EarlyStopping()."
            )


def check_class_weight(name, weights):
    """Raises a ValueError unless `weights` maps classes to weights, 0 or larger."""
    fits = isinstance(weights, Mapping) and all(
        is_int(key) and 0 <= key < MOST_CLASSES and is_number(value) and value >= 0
        for key, value in weights.items()
    )
    if not fits or not weights:
        expected = "a dict from classes, ints from 0 on, to weights, 0 or larger"
        raise _refused(name, "class_weight", weights, expected)


def refuse_beside(name, given, keys, kind):
    """Raises a ValueError for arguments that only arrays can have.

    Args:
        name: Name of the method.
        given: Its arguments.
        keys: Names of arguments that `kind` of data cannot have.
        kind: The kind of data, in words.
    """
    for key in keys:
        if given.get(key) is None or (key == "validation_split" and not given[key]):
            continue
        what = {
            "y": "Labels belong into its batches: (x, labels)",
            "sample_weight": "Weights belong into its batches: (x, labels, weight)",
            "validation_split": "Pass validation_data",
        }.get(key, "It has batches of its own: batch it as you want it")
        raise ValueError(
            f"`{name}` was given {key} beside {kind}, which has no use for it. {what}."
        )


def _refused(name, key, value, expected):
    found = reprlib.repr(value)
    return ValueError(f"`{name}` was given {key}={found}, but expects {expected}.")


def _is_default(value, default):
    return value is None if default is None else _is_one_of(value, (default,))


def _is_one_of(value, allowed):
    if isinstance(value, (np.bool_, np.number)):
        value = value.item()
    # True equals 1, but is no count.
    return any(type(value) is type(other) and value == other for other in allowed)
