"""All data of `fit`, `evaluate` and `predict` as checked data sets.

Arrays become a `tf.data.Dataset`. Batches that Python makes are checked one by one.
tf.data's autotune is turned off for data sets: with it, a Keras call waits up to some
seconds after its last step for the thread that tunes the pipeline.
"""

import random

import keras
import tensorflow as tf

from kgen.core.checks.data import check_not_empty, of_checked_arrays
from kgen.core.checks.fit_arguments import STEPS, bound, refuse_beside
from kgen.core.distribution.replicas import from_chief
from kgen.core.parts import check_parts, packed, parts_of, second_part, subject
from kgen.core.training.batches import (
    CheckedPyDataset,
    Standard,
    checked_parts,
    from_loader,
    in_words,
    is_batches,
    is_endless,
    refuse_class_weight,
    warn_ignored,
    with_class_weights,
)
from kgen.core.training.gathering import batches, unpaired, untuned

OF_ARRAYS = ("y", "sample_weight", "batch_size", "validation_split")


def as_datasets(model, method, *args, **kwargs):
    """The arguments of `keras.Model.fit`, `evaluate` or `predict`, with checked data.

    Args:
        model: A `GenerativeModel` that checks the data.
        method: The method; its signature gives the names of `args`.
        *args: As the user gave them, without `self`.
        **kwargs: As the user gave them.

    Returns:
        Dictionary of arguments with the same meaning. `x` and `validation_data` are
        checked data sets, a `PyDataset` or a generator. They hold labels and weights,
        including class weights.

    Raises:
        ValueError: if an argument or the data is invalid, or has no effect.
    """
    if kwargs.get("_use_cached_eval_dataset"):
        return kwargs  # `fit` evaluates data that it has prepared before.
    given, name = bound(model, method, args, kwargs), method.__name__
    x, classes = given.get("x"), given.pop("class_weight", None)
    if is_batched(x):
        refuse_beside(name, given, OF_ARRAYS, in_words(x))
        given["x"] = from_batches(model, x, "x", classes)
        check_steps(name, given["x"], given, STEPS[name])
        check_read_once(given, x, "x", STEPS["fit"])
    else:
        given = from_arrays(model, name, given, classes)
    held_out = given.get("validation_data")
    if is_batched(held_out):
        refuse_beside(name, given, ["validation_batch_size"], in_words(held_out))
        held_out = from_batches(model, held_out, "validation_data")
        check_steps(name, held_out, given, "validation_steps")
        check_read_once(given, held_out, "validation_data", "validation_steps")
    elif held_out is not None:
        parts = parts_of(model, parts_of_arrays(held_out), "validation_data")
        parts = checked_parts(model, parts, "validation_data", whole=True)
        size = given.pop("validation_batch_size", given.get("batch_size", 32))
        held_out = in_batches(model, parts, size)
    if held_out is not None:
        given["validation_data"] = held_out
    given.pop("batch_size", None)
    if name == "fit":
        given["shuffle"] = False  # The data set shuffles itself: Keras would warn.
    return given


def parts_of_arrays(data):
    """Arrays as a tuple `(x, ...)`; so is a list, unless it is a list of rows."""
    if isinstance(data, list) and not all(hasattr(part, "shape") for part in data[:1]):
        return (data,)
    return tuple(data) if isinstance(data, (list, tuple)) else (data,)


def is_batched(data):
    """Whether data comes in batches, instead of as arrays of all examples."""
    return isinstance(data, tf.data.Dataset) or is_batches(data)


def from_batches(model, data, argument, class_weight=None):
    """Data in batches, checked now or when it is read."""
    standard = Standard(model, argument, class_weight)
    if isinstance(data, keras.utils.PyDataset):
        return CheckedPyDataset(data, standard)
    if not isinstance(data, tf.data.Dataset):
        if hasattr(data, "__next__"):
            return standard.every(data)
        data = from_loader(data, standard)
    elif class_weight is not None:
        refuse_class_weight(model, parts_of(model, data.element_spec, argument))
        data = data.map(lambda *batch: weighted(model, class_weight, *batch))
    check_not_empty(data, argument)
    parts = parts_of(model, data.element_spec, argument)
    check_parts(model, parts, argument)
    second = second_part(model)
    ignored = parts.get(second) if second not in model.data_specs else None
    if ignored is not None and ignored.dtype.is_floating:
        warn_ignored(subject(model, second, argument), ignored.dtype)
    found = untuned(data)
    if hasattr(data, "arrays"):  # Of `kgen.data.load`.
        found.arrays = data.arrays
    return found


def weighted(model, table, *batch):
    """A batch of a data set with the weight of each example's class."""
    data = batch if len(batch) > 1 else batch[0]
    parts = parts_of(model, data)
    return packed(model, with_class_weights(model, parts, table))


def from_arrays(model, name, given, class_weight=None):
    """`given` with its arrays, also those held out of them, as data sets of batches."""
    given = dict(given)
    data = tuple(given.pop(key, None) for key in ("x", "y", "sample_weight"))
    parts = parts_of(model, data)
    if class_weight is not None:
        refuse_class_weight(model, parts)
    parts = checked_parts(model, parts, whole=True)
    size, split = given.get("batch_size", 32), given.pop("validation_split", 0.0)
    if split:
        parts, held_out = split_parts(parts, split)
        given["validation_data"] = packed(model, held_out)
    parts = with_class_weights(model, parts, class_weight)
    shuffle, seed = name == "fit" and given.get("shuffle", True), None
    if shuffle:
        # Workers share each batch, so they must read in one order.
        seed = from_chief(model.distribute_strategy, random.getrandbits(31))
    given["x"] = in_batches(model, parts, size, shuffle, seed)
    return given


def in_batches(model, parts, batch_size, shuffle=False, seed=None):
    """Checked arrays as a data set of batches; arguments as those of `batches`."""
    alone = [
        name
        for name, spec in model.data_specs.items()
        if not spec.paired and parts[name] is not None
    ]
    if not alone:
        data = batches(packed(model, parts), batch_size, shuffle, seed)
        return of_checked_arrays(data)
    if shuffle == "batch":
        raise ValueError(
            f"`fit` was given shuffle='batch' for a {type(model).__name__}, but x and "
            f"{' and '.join(alone)} are no pairs, and each is shuffled on its own. "
            "Pass shuffle=True or False."
        )
    pairs = {k: v for k, v in parts.items() if v is not None and k not in alone}
    groups = [pairs, *({name: parts[name]} for name in alone)]
    data = unpaired(groups, batch_size, shuffle, seed)
    data = data.map(lambda parts: packed(model, parts))
    return of_checked_arrays(untuned(data.prefetch(2)))


def split_parts(parts, share):
    """The first rows of arrays, and their last `share`, as Keras splits them."""
    first = {k: int(len(a) * (1.0 - share)) for k, a in parts.items() if a is not None}
    for name, rows in first.items():
        size = len(parts[name])
        if not 0 < rows < size:
            raise ValueError(
                f"`fit` was given validation_split={share} of {size} examples: {rows} "
                f"to train on and {size - rows} to hold out, but each needs one."
            )
    kept = {k: None if a is None else a[: first[k]] for k, a in parts.items()}
    held_out = {k: None if a is None else a[first[k] :] for k, a in parts.items()}
    return kept, held_out


def check_read_once(given, data, argument, key):
    """Raises a ValueError for a generator that several epochs would read."""
    epochs = given.get("epochs", 1) - given.get("initial_epoch", 0)
    if epochs > 1 and hasattr(data, "__next__") and given.get(key) is None:
        raise ValueError(
            f"`fit` was given {epochs} epochs and a generator as {argument}, which can "
            f"be read once. Pass {key}, so that each epoch reads a part of it, or pass "
            "a tf.data.Dataset or a PyDataset."
        )


def check_steps(name, data, given, key):
    """Raises a ValueError for data that never ends, without a number of steps."""
    if is_endless(data) and given.get(key) is None:
        raise ValueError(
            f"`{name}` was given {in_words(data)} that never ends, but not how many "
            f"steps to take. Pass {key}, or a data set without repeat()."
        )
