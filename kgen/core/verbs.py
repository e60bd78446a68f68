"""Verbs: methods that validate their inputs, run as one graph and export themselves."""

import functools
import inspect

import numpy as np
import tensorflow as tf

from kgen.core.random import row_keys, row_seeds


def verb(method=None, *, returns=None):
    """Makes a method of a `GenerativeModel` a verb.

    The names of the arguments are the contract. `x` is data `(batch, *data_shape)`
    in [0, 1], `z` latents `(batch, *latent_shape)`, `labels` int32 `(batch,)`, `seed`
    what makes a random verb repeatable, `num_samples` a count. Called by a user, a
    verb turns these into tensors, says what is wrong with them, and runs as one
    compiled graph, traced once. Inside another verb it is the plain method.

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
    """
    if method is None:
        return functools.partial(verb, returns=returns)
    signature = inspect.signature(method)

    @functools.wraps(method)
    def call(self, *args, **kwargs):
        bound = signature.bind(self, *args, **kwargs)
        bound.apply_defaults()
        arguments = dict(list(bound.arguments.items())[1:])
        if tf.inside_function():
            return method(self, **arguments)
        tensors, options = prepare(self, method.__name__, arguments)
        return compiled(self, call, tuple(sorted(options.items())))(*tensors.values())

    call.is_verb = True
    call.method = method
    call.output_name = returns or method.__name__
    call.arguments = tuple(signature.parameters)[1:]
    return call


def verbs(model):
    """The verbs of a model, `{name: verb}`, in the order in which they are defined."""
    found = {}
    for cls in type(model).__mro__:
        for name, value in vars(cls).items():
            if getattr(value, "is_verb", False):
                found.setdefault(name, value)
    return found


def input_specs(model, verb):
    """The tensors that a verb takes, `{name: TensorSpec}`, any number of rows each."""
    shapes = {
        "x": (model.data_shape, "float32"),
        "z": (model.latent_shape, "float32"),
        "labels": ((), "int32"),
        "seed": ((), "int64"),
    }
    if model.num_classes is None:
        del shapes["labels"]
    return {
        name: tf.TensorSpec((None, *shapes[name][0]), shapes[name][1], name)
        for name in shapes
        if name in verb.arguments
    }


def graph_function(model, verb, options=()):
    """A verb as a function of tensors, in the order of `input_specs`."""
    names = list(input_specs(model, verb))

    def run(*tensors):
        inputs = dict(zip(names, tensors, strict=True))
        if "seed" in inputs:
            inputs["seed"] = row_keys(inputs["seed"])
        return verb.method(model, **inputs, **dict(options))

    return run


def compiled(model, verb, options):
    """The graph of a verb for these options, traced once and kept on the model."""
    # Not an attribute that Keras would track: a plain entry of the instance.
    graphs = vars(model).setdefault("_verb_graphs", {})
    key = (verb.__name__, options)
    if key not in graphs:
        graphs[key] = tf.function(
            graph_function(model, verb, options),
            input_signature=list(input_specs(model, verb).values()),
            autograph=False,
        )
    return graphs[key]


def prepare(model, name, arguments):
    """Splits a verb's arguments into checked tensors and plain options.

    The tensors are in the order of `input_specs`.
    """
    tensors, options = {}, dict(arguments)
    for key, shape in (("x", model.data_shape), ("z", model.latent_shape)):
        if key in options:
            tensors[key] = check_rows(name, key, options.pop(key), shape)
    num_rows = next((t.shape[0] for t in tensors.values()), None)
    if num_rows is None:
        num_rows = count_rows(name, options)
    if "labels" in options:
        labels = check_labels(model, name, options.pop("labels"), num_rows)
        if labels is not None:
            tensors["labels"] = labels
    if "seed" in options:
        tensors["seed"] = check_seeds(model, name, options.pop("seed"), num_rows)
    return tensors, options


def check_rows(name, key, value, shape):
    """`value` as a float32 tensor `(batch, *shape)`."""
    value = tf.cast(tf.convert_to_tensor(value), tf.float32)
    if tuple(value.shape[1:]) != tuple(shape) or value.shape.rank == 0:
        expected = ", ".join(["batch", *map(str, shape)])
        raise ValueError(
            f"`{name}` was given {key} of shape {tuple(value.shape)}, but expects "
            f"({expected})."
        )
    return value


def count_rows(name, options):
    """How many rows a verb without data is to make; removes `num_samples`."""
    count = options.get("num_samples")
    if "num_samples" in options:
        options["num_samples"] = None
    if count is not None:
        return int(count)
    for key in ("labels", "seed"):
        if np.ndim(options.get(key)) == 1:
            return len(options[key])
    raise ValueError(
        f"`{name}` does not know how many rows to make. Pass num_samples, or a vector "
        "of labels or of seeds."
    )


def check_labels(model, name, labels, num_rows):
    """`labels` as int32 `(num_rows,)`, `None` for a model without classes."""
    if model.num_classes is None:
        if labels is not None:
            raise ValueError(
                f"`{name}` was given labels, but this {type(model).__name__} has no "
                "classes. Leave them out, or build the model with num_classes."
            )
        return None
    if labels is None:
        raise ValueError(
            f"`{name}` needs labels: this {type(model).__name__} is conditional. Pass "
            f"labels, ints from 0 to {model.num_classes - 1}, one for each row."
        )
    labels = np.asarray(labels)
    if labels.shape != (num_rows,) or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"`{name}` was given labels of shape {labels.shape} and type "
            f"{labels.dtype}, but expects ints of shape ({num_rows},)."
        )
    if labels.size and not (0 <= labels.min() <= labels.max() < model.num_classes):
        raise ValueError(
            f"`{name}` was given labels from {labels.min()} to {labels.max()}, but "
            f"expects them from 0 to {model.num_classes - 1}."
        )
    return tf.constant(labels, tf.int32)


def check_seeds(model, name, seed, num_rows):
    """int64 seeds `(num_rows,)` from an int, a vector of ints or `None`."""
    if seed is None:
        first, second = model.noise.next().numpy() & tf.int32.max
        seed = [int(first), int(second)]
        return tf.constant(row_seeds(seed, num_rows))
    seed = np.asarray(seed)
    integer = np.issubdtype(seed.dtype, np.integer)
    if not integer or seed.shape not in ((), (num_rows,)) or seed.min(initial=0) < 0:
        raise ValueError(
            f"`{name}` was given seed={seed}, but expects an int, 0 or larger, or a "
            f"vector of {num_rows} such ints, one for each row."
        )
    return tf.constant(
        row_seeds(int(seed), num_rows) if seed.ndim == 0 else seed, "int64"
    )
