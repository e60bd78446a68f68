"""A user's arguments of a verb as the tensors, numbers and options of its graph."""

import numpy as np
import tensorflow as tf

from kgen.core.checks.arguments import check_temperature, count_rows, dense
from kgen.core.checks.forms import check_shape
from kgen.core.checks.values import check_count
from kgen.core.random import row_keys, row_seeds


def prepare(model, name, arguments):
    """Splits a verb's arguments into checked tensors, scalars and plain options.

    Args:
        model: A `GenerativeModel`; its `argument_specs` describe the tensors.
        name: Name of the verb.
        arguments: The user's arguments and the defaults of others, by name.
    """
    tensors, scalars, options = {}, {}, dict(arguments)
    if (count := options.get("num_samples")) is not None:
        options["num_samples"] = check_count(name, "num_samples", count)
    if "temperature" in options:
        scalars["temperature"] = check_temperature(name, options.pop("temperature"))
    if options.get("guidance") is not None:
        model.check_guidance(options["guidance"])
        if options["guidance"] not in (0, 1):  # 0 and 1 take one pass, another graph.
            scalars["guidance"] = float(options.pop("guidance"))
    if "given" in options:
        tensors = check_given(model, name, options)
    specs = model.argument_specs
    refuse_conditions(model, name, options, specs)
    taken = {key: spec for key, spec in specs.items() if key in options}
    refuse_undeclared(model, name, {k: v for k, v in options.items() if k not in taken})
    for key, spec in taken.items():
        if not spec.broadcasts and (options[key] is not None or not spec.optional):
            tensor = spec.argument(model, name, key, options[key], None)
            check_rows_agree(name, key, tensor, tensors, options)
            tensors[key] = tensor
    if "num_samples" in options and tensors and not {"x", "z"} & taken.keys():
        options["num_samples"] = None  # The number of rows is known from the tensors.
    num_rows = next((t.shape[0] for t in tensors.values()), None)
    if num_rows is None:
        num_rows = count_rows(
            name, options, [key for key, spec in taken.items() if spec.broadcasts]
        )
    for key, spec in taken.items():
        if spec.broadcasts:
            tensors[key] = spec.argument(model, name, key, options[key], num_rows)
    options = {key: value for key, value in options.items() if key not in taken}
    return tensors, scalars, options


def refuse_conditions(model, name, options, specs):
    """Removes conditions that a model does not have from `options`, if they are `None`.

    Raises:
        ValueError: for a condition that the model does not have, and for a missing
            context.
    """
    if "labels" not in specs and options.pop("labels", None) is not None:
        raise ValueError(
            f"`{name}` was given labels, but the model has no classes. Leave them "
            "out, or build the model with num_classes. Pass vectors as context."
        )
    wrong = None
    if "context" not in specs and options.pop("context", None) is not None:
        wrong = "a"
    elif "context" in specs and options.get("context", ()) is None:
        wrong = "no"
    if wrong is not None:
        raise ValueError(
            f"`{name}` was given {wrong} context, but the model was built with "
            f"context_shape={model.context_shape}. Pass context if, and only if, it "
            "has one: an array of that shape for each row, (batch, *context_shape)."
        )


def condition_of(model, name, labels, context, num_rows):
    """The checked condition of some rows, labels or context; `None` without one.

    Args:
        model: A `GenerativeModel`.
        name: Name of the method that takes them, for the error.
        labels: Class of each row, if the model has classes.
        context: Context of each row, if the model has one.
        num_rows: Number of rows.
    """
    given = {"labels": labels, "context": context}
    refuse_conditions(model, name, given, model.argument_specs)
    if model.condition is None:
        return None
    spec, value = model.argument_specs[model.condition], given[model.condition]
    return spec.argument(model, name, model.condition, value, num_rows)


def refuse_undeclared(model, name, options):
    """Raises a ValueError for an array that is no argument of `argument_specs`."""
    for key, value in options.items():
        if len(getattr(value, "shape", ())):
            raise ValueError(
                f"`{name}` was given {key} as an array of shape {tuple(value.shape)}, "
                "but takes one value for all rows. Pass a number. (For a value of each "
                "row, a class has it in its argument_specs: {**super().argument_specs, "
                f"{key!r}: kgen.core.specs.Real(shape)}}.)"
            )


def check_given(model, name, options):
    """Removes `given` and `known` from `options`; returns their tensors, if any.

    Both have shape `(batch, *data_shape)`. Values that are not known become 0.
    """
    given, known = options.pop("given"), options.pop("known")
    if given is None and known is None:
        return {}
    if given is None or known is None:
        raise ValueError(
            f"`{name}` was given only one of given and known. Pass both: data of shape "
            f"(batch, {', '.join(map(str, model.data_shape))}), and bools that mark "
            "its known values."
        )
    given = np.asarray(dense(f"`{name}` was given given", given))
    known = np.asarray(dense(f"`{name}` was given known", known))
    check_shape(
        f"`{name}` was given given", tf.TensorShape(given.shape), model.data_shape
    )
    try:
        fits = np.broadcast_shapes(known.shape, given.shape) == given.shape
    except ValueError:
        fits = False
    if not fits or known.dtype != bool:
        raise ValueError(
            f"`{name}` was given known of shape {known.shape} and type {known.dtype}, "
            f"but expects bools that broadcast to the shape of given, {given.shape}. "
            "A mask of pixels needs its last axis: [..., None]."
        )
    known = np.broadcast_to(known, given.shape)
    given = np.where(known, given, np.zeros_like(given))
    spec = model.argument_specs["given"]
    given = spec.argument(model, name, "given", given, None)
    count = options.get("num_samples")
    if count not in (None, len(given)):
        raise ValueError(
            f"`{name}` was given num_samples={count}, but {len(given)} rows in given. "
            "Leave num_samples out."
        )
    options["num_samples"] = None
    return {"given": given, "known": tf.constant(known)}


def check_rows_agree(name, key, tensor, tensors, options):
    """Raises a ValueError unless a tensor has the number of rows of those before it."""
    wanted = next((t.shape[0] for t in tensors.values()), None)
    if wanted is None and key not in ("x", "z"):  # There it counts draws for each row.
        wanted = options.get("num_samples")
    if wanted not in (None, tensor.shape[0]):
        raise ValueError(
            f"`{name}` was given {tensor.shape[0]} rows of {key} for {wanted} rows. "
            f"Pass one {key} for each row."
        )


def with_keys(model, name, arguments):
    """`arguments` of a call inside a graph, with keys in place of a user's seed."""
    if "seed" not in arguments:
        return arguments
    if tf.is_tensor(arguments["seed"]):
        seed = arguments["seed"]
        if seed.shape.rank == 2 and seed.dtype == tf.int32:
            return arguments  # Another verb has passed keys.
        if seed.shape.rank != 1 or not seed.dtype.is_integer:
            raise ValueError(
                f"In a graph `{name}` was given a tensor seed of shape "
                f"{seed.shape} and type {seed.dtype.name}, but expects a vector of "
                "ints, one for each row: kgen.core.random.row_seeds(seed, num_rows) "
                "makes it from an int."
            )
        return {**arguments, "seed": row_keys(seed)}
    seed = arguments["seed"]
    if np.ndim(seed) == 0:
        rows = [arguments.get(key) for key in model.argument_specs if key != "seed"]
        counts = [np.shape(row)[0] for row in rows if np.ndim(row)]
        num_rows = counts[0] if counts else arguments.get("num_samples")
        if seed is None or not isinstance(num_rows, int):
            raise ValueError(
                f"In a graph `{name}` needs to know its seeds: pass seed, a vector of "
                "ints, one for each row, or an int where the number of rows is fixed."
            )
        seed = row_seeds(seed, num_rows)
    return {**arguments, "seed": row_keys(seed)}
