"""The state of training as plain values: variables and counts of callbacks."""

import inspect
import json
import warnings

import numpy as np

from kgen.core.checks.numbers import check_weights


def variables_of(model):
    """Variables of a compiled model, its optimizer and its running means."""
    return [*model.variables, *model.optimizer.variables, *model.metrics_variables]


def pack(model, callbacks, initial):
    """The state of training at this moment.

    Args:
        model: A compiled `GenerativeModel`.
        callbacks: List of callbacks.
        initial: `counts_of` each callback before the first step. Only counts that have
            changed since are packed, so that a user may resume with other settings.

    Returns:
        `(counts, arrays)`: for each callback its class and its counts as values of
        JSON, and `{name: array}`.

    Raises:
        FloatingPointError: if a weight is not finite.
    """
    named = [(v.path, as_array(v)) for v in variables_of(model)]
    check_weights(named)
    arrays = {f"variable/{i}": value for i, (_, value) in enumerate(named)}
    counts = []
    for i, (callback, before) in enumerate(zip(callbacks, initial, strict=True)):
        held = {}
        for name, value in counts_of(callback).items():
            if is_arrays(value):
                arrays |= {f"{i}/{name}/{j}": array for j, array in enumerate(value)}
                held[name] = {"num_arrays": len(value)}
            elif name not in before or before[name] != value:
                held[name] = value
        counts.append([type(callback).__name__, held])
    return counts, arrays


def restore_variables(model, arrays, source, kept=(), left_out=()):
    """Assigns to a model the variables that `pack` saved.

    Args:
        model: A `GenerativeModel`, compiled as the saved one.
        arrays: As `pack` returned them.
        source: The file of the arrays, for the error.
        kept: Indices of the model's variables that stay as they are.
        left_out: Indices of saved variables that are not used.

    Raises:
        ValueError: if they are not the variables of this model and optimizer.
    """
    variables = [v for i, v in enumerate(variables_of(model)) if i not in kept]
    count = sum(name.startswith("variable/") for name in arrays)
    saved = [arrays[f"variable/{i}"] for i in range(count) if i not in left_out]
    check_shapes([tuple(v.shape) for v in variables], [a.shape for a in saved], source)
    with model.distribute_strategy.scope():
        for variable, value in zip(variables, saved, strict=True):
            variable.assign(value)


def restore_counts(callbacks, counts, arrays, source):
    """Restores the counts of callbacks, matched by class and order.

    Only a count that a callback has itself is restored, with a value of the same kind:
    a file decides neither settings nor paths. A warning names each other count.

    Args:
        callbacks: List of callbacks.
        counts: As `pack` returned them.
        arrays: As `pack` returned them.
        source: The file of the counts, for the warning.
    """
    unused = [(i, kind, held) for i, (kind, held) in enumerate(counts)]
    for callback in callbacks:
        mine = [entry for entry in unused if entry[1] == type(callback).__name__]
        if not mine:
            continue  # A new callback starts as it is.
        unused.remove(mine[0])
        i, kind, held = mine[0]
        now = counts_of(callback)
        for name, value in held.items():
            if is_reference(value):
                value = [arrays[f"{i}/{name}/{j}"] for j in range(value["num_arrays"])]
            if name in now and same_kind(value, now[name]):
                setattr(callback, name, value)
            else:
                warnings.warn(
                    f"{source} has {name}={str(value)[:60]} for {kind}, which does not "
                    f"count that: its {name} stays as it is.",
                    stacklevel=2,
                )


def same_kind(value, other):
    """Whether a saved value may replace `other`, a callback's present value."""
    if other is None:
        return not has_text(value)  # The callback has not counted yet.
    numbers = all(type(v) in (int, float) for v in (value, other))
    return numbers or (type(value) is type(other) and not has_text(value))


def has_text(value):
    """Whether a value of JSON contains text: a path, or the name of a setting."""
    if isinstance(value, dict):
        return any(has_text(item) for item in value.values())
    return isinstance(value, str) or (
        isinstance(value, list) and any(has_text(item) for item in value)
    )


def is_reference(value):
    """Whether a saved count stands for arrays."""
    return isinstance(value, dict) and value.keys() == {"num_arrays"}


def check_shapes(shapes, saved, source):
    """Raises a ValueError unless a checkpoint has the shapes of a model's variables."""
    if shapes == saved:
        return
    differ = [pair for pair in zip(shapes, saved, strict=False) if pair[0] != pair[1]]
    shape, found = differ[0] if differ else ("none", "more")
    raise ValueError(
        f"{source} belongs to another model or optimizer: it holds {len(saved)} "
        f"variables where this one has {len(shapes)}, the first that differs of shape "
        f"{found} instead of {shape}. Build and compile the model as before, or choose "
        "another folder."
    )


def as_array(variable):
    """A variable's value in a type that NumPy can write: bfloat16 fits float32."""
    value = np.asarray(variable)
    return value.astype("float32") if value.dtype.kind == "V" else value


def counts_of(callback):
    """Copies of a callback's attributes that are values of JSON or lists of arrays.

    Settings of Keras' and kgen's callbacks, named like an argument of the constructor,
    are left out: some change their sign at first use. Text is always left out: no text
    of a file may become a path.
    """
    own = ("keras.", "kgen.")
    classes = [c for c in type(callback).__mro__ if c.__module__.startswith(own)]
    settings = {name for c in classes for name in inspect.signature(c).parameters}
    counts = {}
    for name, value in vars(callback).items():
        if name in settings or name in ("params", "_model"):
            continue
        if is_arrays(value):
            counts[name] = list(value)
            continue
        try:
            plain = json.loads(json.dumps(value, default=number))
        except (TypeError, ValueError):
            continue  # An object: a file, a model, a function.
        if plain == value and not has_text(plain):
            counts[name] = plain
    return counts


def is_arrays(value):
    """Whether a value is a list of arrays, such as the best weights so far."""
    return (
        isinstance(value, list)
        and len(value) > 0
        and all(isinstance(item, np.ndarray) for item in value)
    )


def number(value):
    """A NumPy number as a Python number, for `json.dumps`."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} is not a number.")
