"""Verbs: methods that validate their inputs, run as one graph and export themselves."""

import functools
import inspect
import threading

import numpy as np
import tensorflow as tf

from kgen.core.checks.arguments import (
    check_codes,
    check_context,
    check_given,
    check_labels,
    check_options,
    check_rows,
    check_seeds,
    check_temperature,
    count_rows,
)
from kgen.core.checks.calls import bind
from kgen.core.checks.values import check_count
from kgen.core.pieces import in_pieces, is_dataset, over_dataset
from kgen.core.random import row_keys, row_seeds
from kgen.core.settings import changes
from kgen.core.traced import forget_traced

# A graph takes 6 to 28 MB. Each sampler, count of draws or changed part has one of
# its own, of which the last are kept: two for each verb of a model with eight.
KEPT_GRAPHS = 16
_LOCK = threading.Lock()


def verb(method=None, *, returns=None, available_if=None, exported=True):
    """Makes a method of a `GenerativeModel` a verb.

    The names of the arguments are the contract. `x` is data `(batch, *data_shape)`
    in [0, 1], `z` latents `(batch, *latent_shape)`, `labels` int32 `(batch,)`,
    `context` float32 `(batch, context_dim)`, `seed` what makes a random verb
    repeatable, `num_samples` a count. Called by a user, a verb turns these into
    tensors, says what is wrong with them, and runs as one compiled graph, traced once.
    Inside another verb it is the plain method. A pair that may be left out, and is when
    the verb is exported: `given`, data of which only a part counts, and the mask
    `known` that says which. `labels` may be one int, the class of all rows.

    Every verb takes `batch_size`, too: so many rows are run at a time, and the results
    put together. Without it all rows are one batch. In the place of `x` it takes a
    data set (`tf.data.Dataset` or `keras.utils.PyDataset`), which is run batch by
    batch; the second part of its batches are the labels, or the context, of a model
    that has these. A model keeps the graphs of its last `KEPT_GRAPHS` kinds of calls.

    A method that takes `labels` and no `context` may be called with `context`, too, if
    the model has a `context_dim`. In the body that is then `labels`, as in `objective`.

    In the body `seed` is a tensor of keys `(batch, 2)`, one for each row: see
    `kgen.core.random.normal_rows`. Outside it may be an int, from which each row
    gets a seed (`kgen.core.random.row_seeds`); a vector of ints, one for each row;
    or `None`, the model's next. A model without classes refuses `labels`, one with
    classes requires them.

    Args:
        method: The method; `verb` is used as a decorator.
        returns: Name of the output in the exported signature; by default the name
            of the verb. Verbs that return a dictionary name their outputs
            themselves.
        available_if: Function from a model to whether it has this verb, for a class
            whose verbs depend on its parts; `hasattr` then tells the two apart.
        exported: Whether a SavedModel has it. One whose outputs have no row for each
            example is not, nor is one for looking at a model.
    """
    if method is None:
        return functools.partial(
            verb, returns=returns, available_if=available_if, exported=exported
        )
    signature = inspect.signature(method)
    names = tuple(signature.parameters)[1:]
    one_condition = "labels" in names and "context" not in names
    also = ("context", "batch_size") if one_condition else ("batch_size",)

    @functools.wraps(method)
    def call(self, *args, batch_size=None, **kwargs):
        context = {"context": kwargs.pop("context", None)} if one_condition else {}
        bound = bind(method.__name__, signature, (self, *args), kwargs, also)
        bound.apply_defaults()
        arguments = {**dict(list(bound.arguments.items())[1:]), **context}
        if tf.inside_function():
            arguments = with_keys(method.__name__, arguments)
            return method(self, **call.as_labels(arguments))
        if batch_size is not None:
            check_count(method.__name__, "batch_size", batch_size)
        run = functools.partial(run_verb, self, call, batch_size=batch_size)
        if is_dataset(arguments.get("x")):
            return over_dataset(run, self, method.__name__, arguments)
        return run(arguments)

    call.is_verb = True
    call.exported = exported
    call.method = method
    call.output_name = returns or method.__name__
    call.arguments = (*names, "context") if one_condition else names
    call.as_labels = _context_as_labels if one_condition else dict
    return call if available_if is None else AvailableIf(call, available_if)


def _context_as_labels(arguments):
    """Arguments of a method with one condition, which it calls labels."""
    arguments = dict(arguments)
    context = arguments.pop("context", None)
    return arguments if context is None else {**arguments, "labels": context}


def run_verb(model, verb, arguments, batch_size=None):
    """What a verb makes of a user's arguments, `batch_size` rows at a time."""
    tensors, scalars, options = prepare(model, verb.__name__, arguments)
    check_options(verb.__name__, options)
    options = tuple(sorted(options.items()))
    graph = compiled(model, verb, options, "given" in tensors, tuple(scalars))
    numbers = [tf.constant(value, tf.float64) for value in scalars.values()]

    def function(*rows):
        if rows and rows[0].shape[0] == 0:  # Convolutions fail: one row, cut off.
            rows = [tf.zeros((1, *part.shape[1:]), part.dtype) for part in rows]
            return tf.nest.map_structure(lambda t: t[:0], graph(*rows, *numbers))
        return graph(*rows, *numbers)

    return in_pieces(function, list(tensors.values()), batch_size)


class AvailableIf:
    """A verb that only those models have of which a condition is true.

    Args:
        verb: The verb.
        available_if: Function from a model to whether it has the verb.
    """

    def __init__(self, verb, available_if):
        functools.update_wrapper(self, verb)
        self.available_if = available_if

    def __get__(self, model, owner=None):
        if model is None:
            return self
        if not self.available_if(model):
            raise AttributeError(f"This {owner.__name__} has no {self.__name__!r}.")
        return self.__wrapped__.__get__(model, owner)


def verbs(model):
    """The exported verbs of a model, `{name: verb}`, in the order of definition."""
    found = {}
    for cls in type(model).__mro__:
        for name, value in vars(cls).items():
            if getattr(value, "exported", False) and hasattr(model, name):
                found.setdefault(name, value)
    return found


def input_specs(model, verb, completes=False):
    """The tensors that a verb takes, `{name: TensorSpec}`, any number of rows each.

    With `completes` these have `given` and `known` among them.
    """
    data = (model.data_shape, "int32" if model.num_data_codes else "float32")
    shapes = {"given": data, "known": (model.data_shape, "bool")} if completes else {}
    shapes |= {
        "x": data,
        "z": (model.latent_shape, "int32" if model.num_latent_codes else "float32"),
        "context": ((model.context_dim,), "float32"),
        "labels": ((), "int32"),
        "seed": ((), "int64"),
    }
    if model.num_classes is None:
        del shapes["labels"]
    if model.context_dim is None:
        del shapes["context"]
    return {
        name: tf.TensorSpec((None, *shapes[name][0]), shapes[name][1], name)
        for name in shapes
        if name in verb.arguments
    }


def graph_function(model, verb, options=(), completes=False, scalars=()):
    """A verb as a function of tensors, in the order of `input_specs`, and scalars."""
    names = [*input_specs(model, verb, completes), *scalars]

    def run(*tensors):
        inputs = dict(zip(names, tensors, strict=True))
        if "seed" in inputs:
            inputs["seed"] = row_keys(inputs["seed"])
        return verb.method(model, **verb.as_labels(inputs), **dict(options))

    return run


def compiled(model, verb, options, completes, scalars=()):
    """The graph of a verb for these options, one of the last few kept on the model."""
    # Not an attribute that Keras would track: a plain entry of the instance.
    graphs = vars(model).setdefault("_verb_graphs", {})
    key = (verb.__name__, options, completes, scalars, model.jit_verbs, changes(model))
    with _LOCK:  # Servers and notebooks call verbs from several threads.
        graph = graphs.pop(key, None)
        if graph is not None:
            graphs[key] = graph  # Now the last.
            return graph
    run = graph_function(model, verb, options, completes, scalars)
    function = tf.function(run, autograph=False, jit_compile=model.jit_verbs)
    specs = list(input_specs(model, verb, completes).values())
    # In float64, so that what is computed from a number is rounded once.
    specs += [tf.TensorSpec((), tf.float64, name) for name in scalars]
    graph = function.get_concrete_function(*specs)
    forget_traced()
    with _LOCK:
        graphs[key] = graph
        while len(graphs) > KEPT_GRAPHS:
            del graphs[next(iter(graphs))]
    return graph


def with_keys(name, arguments):
    """`arguments` of a call inside a graph, a user's seed turned into keys."""
    if "seed" not in arguments:
        return arguments
    if tf.is_tensor(arguments["seed"]):
        seed = arguments["seed"]
        if seed.shape.rank == 2 and seed.dtype == tf.int32:
            return arguments  # Keys, from another verb.
        if seed.shape.rank != 1 or not seed.dtype.is_integer:
            raise ValueError(
                f"In a graph `{name}` was given a tensor seed of shape "
                f"{seed.shape} and type {seed.dtype.name}, but expects a vector of "
                "ints, one for each row: kgen.core.random.row_seeds(seed, num_rows) "
                "makes it of an int."
            )
        return {**arguments, "seed": row_keys(seed)}
    seed = arguments["seed"]
    if np.ndim(seed) == 0:
        rows = [arguments.get(key) for key in ("x", "context", "labels")]
        counts = [np.shape(row)[0] for row in rows if row is not None]
        num_rows = counts[0] if counts else arguments.get("num_samples")
        if seed is None or not isinstance(num_rows, int):
            raise ValueError(
                f"In a graph `{name}` needs to know its seeds: pass seed, a vector of "
                "ints, one for each row, or an int where the number of rows is fixed."
            )
        seed = row_seeds(seed, num_rows)
    return {**arguments, "seed": row_keys(seed)}


def prepare(model, name, arguments):
    """Splits a verb's arguments into checked tensors, scalars and plain options.

    The tensors are in the order of `input_specs`.
    """
    tensors, scalars, options = {}, {}, dict(arguments)
    if (count := options.get("num_samples")) is not None:
        options["num_samples"] = check_count(name, "num_samples", count)
    if "temperature" in options:
        scalars["temperature"] = check_temperature(name, options.pop("temperature"))
    if options.get("guidance") is not None:
        model.check_guidance(options["guidance"])
        if options["guidance"] not in (0, 1):  # These take one pass: another graph.
            scalars["guidance"] = float(options.pop("guidance"))
    if "given" in options:
        tensors = check_given(model, name, options)
    for key, shape, num_codes, data_range in (
        ("x", model.data_shape, model.num_data_codes, model.data_range),
        ("z", model.latent_shape, model.num_latent_codes, None),
    ):
        if key in options and num_codes is None:
            tensors[key] = check_rows(name, key, options.pop(key), shape, data_range)
        elif key in options:
            tensors[key] = check_codes(name, key, options.pop(key), shape, num_codes)
    if "context" in options:
        tensors |= check_context(model, name, options, tensors)
    num_rows = next((t.shape[0] for t in tensors.values()), None)
    if num_rows is None:
        num_rows = count_rows(name, options)
    if "labels" in options:
        labels = options.pop("labels")
        labels = check_labels(name, model.num_classes, labels, num_rows)
        if labels is not None:
            tensors["labels"] = labels
    if "seed" in options:
        tensors["seed"] = check_seeds(model, name, options.pop("seed"), num_rows)
    return tensors, scalars, options
