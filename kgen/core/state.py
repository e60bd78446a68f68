"""All that training depends on, as plain values: variables and counts of callbacks."""

import inspect
import json

import numpy as np

from kgen.core.finite import check_weights


def variables_of(model):
    """Variables of a compiled model, its optimizer and its running means."""
    return [*model.variables, *model.optimizer.variables, *model.metrics_variables]


def pack(model, callbacks, initial):
    """What training depends on at this moment.

    Args:
        model: A compiled `GenerativeModel`.
        callbacks: List of callbacks.
        initial: What `counts_of` gave for each of them before the first step: only what
            has changed since is kept, so that a user may resume with other settings.

    Returns:
        `(counts, arrays)`: for each callback its class and what it counts, as JSON can
        hold it, and `{name: array}`.

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


def restore_variables(model, arrays, source):
    """Assigns to a model the variables that `pack` found.

    Args:
        model: A `GenerativeModel`, compiled as the one that was saved.
        arrays: As `pack` returned them.
        source: The file that they come from, for the error.

    Raises:
        ValueError: if they are not the variables of this model and optimizer.
    """
    variables = variables_of(model)
    saved = [arrays[name] for name in arrays if name.startswith("variable/")]
    check_shapes([tuple(v.shape) for v in variables], [a.shape for a in saved], source)
    with model.distribute_strategy.scope():
        for variable, value in zip(variables, saved, strict=True):
            variable.assign(value)


def restore_counts(callbacks, counts, arrays):
    """Gives callbacks what `pack` found one of their class to count, in turn."""
    unused = [(i, kind, held) for i, (kind, held) in enumerate(counts)]
    for callback in callbacks:
        mine = [entry for entry in unused if entry[1] == type(callback).__name__]
        if not mine:
            continue  # It is new, and starts as it is.
        unused.remove(mine[0])
        i, _, held = mine[0]
        for name, value in held.items():
            if isinstance(value, dict) and "num_arrays" in value:
                value = [arrays[f"{i}/{name}/{j}"] for j in range(value["num_arrays"])]
            setattr(callback, name, value)


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
    """A callback's attributes that JSON or a list of arrays can hold, copied.

    Of Keras' own callbacks those named like an argument of the constructor are left
    out: settings, of which some change their sign when they are used first.
    """
    classes = [c for c in type(callback).__mro__ if c.__module__.startswith("keras.")]
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
        if plain == value:
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
    """A NumPy number as one of Python, for `json.dumps`."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} is not a number.")
