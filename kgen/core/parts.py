"""A batch of training data as parts by name, from any structure.

Data is `x`, `(x, second)` or `(x, second, weights)`, as in Keras. A dictionary of
parts, by the names in `model.data_specs`, may replace `x` or all three. `second` is the
first part beside x that is required, in most models the condition.
"""

import keras
import tensorflow as tf

from kgen.core.checks.forms import check_ignored
from kgen.suggestions import suggest


def subject(model, name, argument="x"):
    """The start of an error's sentence: `"This VAE was given labels in x"`, say.

    Args:
        model: A `GenerativeModel`.
        name: Name of a part, or other words for the data.
        argument: Argument of `fit` that held it; `"x"` is not named.
    """
    spec = model.data_specs.get(name)
    name = (spec.called if spec else None) or name
    origin = "" if argument == "x" else f" in {argument}"
    return f"This {type(model).__name__} was given {name}{origin}"


def as_condition(model, given):
    """The condition of some rows as an argument of a verb, by its name.

    Args:
        model: A `GenerativeModel`.
        given: Labels or context, or `None`. A model without a condition refuses them
            as labels.
    """
    return {} if given is None else {model.condition or "labels": given}


def second_part(model):
    """Name of the part that comes after x in a tuple: the first one that is required.

    Without one it is `"labels"`: a model without a condition ignores those of a data
    set. Optional parts, such as a mask, are passed by name.
    """
    required = (name for name, spec in model.data_specs.items() if not spec.optional)
    return next((name for name in required if name != "x"), "labels")


def parts_of(model, data, argument="x"):
    """Data as a dictionary of all parts that a model takes; absent parts are `None`.

    It has labels that the model ignores only if the data has them.

    Args:
        model: A `GenerativeModel`.
        data: Arrays, tensors or their specs, in one of the structures above.
        argument: Name of the argument that holds the data, for the error.

    Raises:
        ValueError: for another structure, or a part that the model does not take.
    """
    data = tuple(data) if isinstance(data, list) else data
    if isinstance(data, tuple) and not 1 <= len(data) <= 3:
        second = second_part(model)
        raise ValueError(
            f"{subject(model, 'data', argument)} of {len(data)} parts, but expects x, "
            f"(x, {second}) or (x, {second}, weight)."
        )
    x, *others = keras.utils.unpack_x_y_sample_weight(data)
    given = dict(x) if isinstance(x, dict) else {"x": x}
    for name, part in zip((second_part(model), "weights"), others, strict=True):
        if part is None or isinstance(part, tf.NoneTensorSpec):
            continue
        if given.get(name) is not None:
            raise ValueError(
                f"{subject(model, name, argument)} twice, in the dictionary and "
                "beside it. Pass one of them."
            )
        given[name] = part
    known = model.data_specs
    unknown = [name for name in given if name not in (*known, second_part(model))]
    if unknown:
        raise ValueError(
            f"{subject(model, 'data', argument)} with the part {unknown[0]!r}, but "
            f"takes {', '.join(known)}.{suggest(unknown[0], known)} Rename it, or "
            "leave it out."
        )
    return {**dict.fromkeys(known), **given}


def check_parts(model, parts, argument="x"):
    """Raises a ValueError unless parts have the types and shapes that a model takes.

    Args:
        model: A `GenerativeModel`.
        parts: Tensors or their specs by name, as `parts_of` returns them.
        argument: Name of the argument that holds them.
    """
    for name, part in parts.items():
        if part is not None and not isinstance(part, (tf.Tensor, tf.TensorSpec)):
            raise ValueError(
                f"{subject(model, name, argument)} of type {type(part).__name__}, but "
                "expects one dense tensor."
            )
    for name, part in parts.items():
        spec = model.data_specs.get(name)
        if part is None and spec is not None and not spec.optional:
            raise ValueError(
                f"{subject(model, f'data with no {spec.called or name}', argument)}, "
                f"{spec.missing(name)}"
            )
        if part is not None and spec is None:
            others = [n for n, s in model.data_specs.items() if s.optional]
            check_ignored(subject(model, name, argument), part.shape, others)
        elif part is not None:
            spec.check_form(subject(model, name, argument), part)


def packed(model, parts):
    """Parts as `x`, `(x, second)` or `(x, second, weights)`; others as a dictionary."""
    second = second_part(model)
    given = {name: part for name, part in parts.items() if part is not None}
    if not given.keys() <= {"x", second, "weights"}:
        return given
    x, y, weights = (given.get(name) for name in ("x", second, "weights"))
    if y is None and weights is not None:
        return x, None, weights  # Keras would drop the weights.
    return keras.utils.pack_x_y_sample_weight(x, y, weights)


def verb_parts(model, verb, parts):
    """The parts that a verb takes, by name, those left out that are absent.

    Args:
        model: A `GenerativeModel`.
        verb: One of its verbs.
        parts: Parts by name, as of `parts_of`.
    """
    names = (name for name in model.data_specs if name in verb.arguments)
    return {name: parts[name] for name in names if parts[name] is not None}


def tensors_of(model, data):
    """A batch as checked tensors of the model's types, by name, as in `data_specs`.

    Args:
        model: A `GenerativeModel`.
        data: Arrays or tensors, in one of the structures above.
    """
    data = keras.tree.map_structure(tf.convert_to_tensor, data, none_is_leaf=False)
    parts = parts_of(model, data)
    check_parts(model, parts)
    return {
        name: None if parts[name] is None else spec.cast(parts[name])
        for name, spec in model.data_specs.items()
    }
