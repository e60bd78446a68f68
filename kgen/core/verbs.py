"""Verbs: methods that validate their inputs, run as one graph and export themselves."""

import functools
import inspect
import threading
from collections.abc import Callable
from typing import Any, Concatenate, overload

import tensorflow as tf

from kgen.core.checks.arguments import check_options
from kgen.core.checks.calls import bind
from kgen.core.checks.values import check_count
from kgen.core.executables import Executables, wants_xla
from kgen.core.pieces import in_pieces, is_dataset, over_dataset
from kgen.core.random import row_keys
from kgen.core.settings import changes
from kgen.core.traced import forget_traced
from kgen.core.verb_arguments import prepare, with_keys
from kgen.core.verb_types import P, Verb

# A graph takes 6 to 28 MB. Each sampler, count of draws or changed part has its own
# graph. The last graphs are kept: two for each verb of a model with eight verbs.
KEPT_GRAPHS = 16
_LOCK = threading.Lock()


@overload
def verb(
    method: None = None,
    *,
    returns: str | None = None,
    available_if: Callable[[Any], bool] | None = None,
    exported: bool = True,
) -> Callable[[Callable[Concatenate[Any, P], Any]], Verb[P]]: ...


@overload
def verb(method: Callable[Concatenate[Any, P], Any]) -> Verb[P]: ...


def verb(
    method: Callable | None = None,
    *,
    returns: str | None = None,
    available_if: Callable[[Any], bool] | None = None,
    exported: bool = True,
) -> Any:
    """Makes a method of a `GenerativeModel` a verb.

    The names of the arguments are the contract. `x` is data `(batch, *data_shape)`
    in [0, 1], `z` latents `(batch, *latent_shape)`, `labels` int32 `(batch,)` or one
    int for all rows, `context` float32 `(batch, *context_shape)`. `seed` makes a random
    verb repeatable, and `num_samples` is a count. `given` is data with some known
    values, and the mask `known` marks these. This pair may be left out, and exported
    verbs do not take it. Called by a user, a verb turns its arguments into tensors,
    checks them, and runs as one compiled graph, traced once. Inside another verb it is
    the plain method.

    Every verb also takes `batch_size`, the number of rows that run at a time; the
    results are joined. Without it all rows are one batch. `x` may be a data set
    (`tf.data.Dataset` or `keras.utils.PyDataset`), which is run batch by batch. The
    second part of its batches is the model's condition, labels or context. A model
    keeps the graphs of its last `KEPT_GRAPHS` kinds of calls.

    A method that takes `labels` and no `context` may be called with `context`, too, if
    the model has a `context_shape`. The body then gets it as `labels`, as in
    `objective`.

    In the body `seed` is a tensor of keys `(batch, 2)`, one for each row: see
    `kgen.core.random.normal_rows`. A user passes an int, from which each row gets a
    seed (`kgen.core.random.row_seeds`); a vector of ints, one for each row; or `None`
    for the model's next seeds. A model without classes refuses `labels`, one with
    classes requires them.

    Args:
        method: The method; `verb` is used as a decorator.
        returns: Name of the output in the exported signature; by default the name
            of the verb. Verbs that return a dictionary name their outputs
            themselves.
        available_if: Function that tells whether a model has this verb, for a class
            with verbs that depend on its parts. `hasattr` then gives the answer.
        exported: Whether a SavedModel has the verb. Set `False` if outputs have no row
            for each example, or if the verb only serves to inspect a model.
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
            arguments = with_keys(self, method.__name__, arguments)
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
    """Arguments of a method that takes either condition as `labels`."""
    arguments = dict(arguments)
    context = arguments.pop("context", None)
    return arguments if context is None else {**arguments, "labels": context}


def run_verb(model, verb, arguments, batch_size=None):
    """The results of a verb for a user's arguments, `batch_size` rows at a time."""
    tensors, scalars, options = prepare(model, verb.__name__, arguments)
    check_options(verb.__name__, options)
    options = tuple(sorted(options.items()))
    tensors = {name: tensors[name] for name in input_specs(model, verb, tensors)}
    graph = compiled(model, verb, options, tuple(tensors), tuple(scalars))
    numbers = [tf.constant(value, tf.float64) for value in scalars.values()]

    def function(*rows):
        if rows and rows[0].shape[0] == 0:  # Convolutions need a row: cut it off.
            rows = [tf.zeros((1, *part.shape[1:]), part.dtype) for part in rows]
            return tf.nest.map_structure(lambda t: t[:0], graph(*rows, *numbers))
        return graph(*rows, *numbers)

    return in_pieces(function, list(tensors.values()), batch_size)


class AvailableIf:
    """A verb that only models have that meet a condition.

    Args:
        verb: The verb.
        available_if: Function that tells whether a model has the verb.
    """

    def __init__(self, verb, available_if):
        functools.update_wrapper(self, verb)
        self.available_if = available_if

    def __get__(self, model, owner=None):
        if model is None:  # The class: editors and documentation see the function.
            return self.__wrapped__
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


def input_specs(model, verb, also=()):
    """The tensors that a verb takes, `{name: TensorSpec}`, for any number of rows.

    Args:
        model: A `GenerativeModel`.
        verb: One of its verbs.
        also: Names of optional tensors that are passed, too.
    """
    return {
        name: spec.tensor_spec(name)
        for name, spec in model.argument_specs.items()
        if name in verb.arguments and (name in also or not spec.optional)
    }


def graph_function(model, verb, options=(), also=(), scalars=()):
    """A verb as a function of tensors, in the order of `input_specs`, and scalars."""
    names = [*input_specs(model, verb, also), *scalars]

    def run(*tensors):
        inputs = dict(zip(names, tensors, strict=True))
        if "seed" in inputs:
            inputs["seed"] = row_keys(inputs["seed"])
        return verb.method(model, **verb.as_labels(inputs), **dict(options))

    return run


def compiled(model, verb, options, also=(), scalars=()):
    """The graph of a verb for these options; the model keeps the last few graphs."""
    # A plain entry of the instance: Keras would track an attribute.
    graphs = vars(model).setdefault("_verb_graphs", {})
    key = (verb.__name__, options, also, scalars, model.jit_verbs, changes(model))
    with _LOCK:  # Servers and notebooks call verbs from several threads.
        graph = graphs.pop(key, None)
        if graph is not None:
            graphs[key] = graph  # It becomes the last one used.
            return graph
    run = graph_function(model, verb, options, also, scalars)
    specs = list(input_specs(model, verb, also).values())
    num_rows = len(specs)
    # In float64, so that values computed from a number are rounded once.
    specs += [tf.TensorSpec((), tf.float64, name) for name in scalars]

    def traced(jit_compile=None):
        function = tf.function(run, autograph=False, jit_compile=jit_compile)
        try:
            return function.get_concrete_function(*specs)
        finally:
            forget_traced()

    graph = traced()
    if verb.exported and num_rows and wants_xla(model, graph):
        with_xla, waits = functools.partial(traced, True), model.jit_verbs is True
        graph = Executables(graph, with_xla, num_rows, waits)
    with _LOCK:
        graphs[key] = graph
        while len(graphs) > KEPT_GRAPHS:
            del graphs[next(iter(graphs))]
    return graph
