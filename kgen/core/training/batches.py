"""Batches that Python makes: a `PyDataset`, a generator, a loader of another library.

Each batch is checked as it comes in, like those of arrays and of a `tf.data.Dataset`.
"""

import contextlib
import warnings

import keras
import numpy as np
import tensorflow as tf

from kgen.core.checks.containers import as_array, count_rows, refuse_sparse
from kgen.core.checks.data import check_arrays, with_value_checks
from kgen.core.checks.fit_arguments import check_class_weight
from kgen.core.parts import check_parts, packed, parts_of, second_part, subject


def is_batches(data):
    """Whether Python makes the batches one by one."""
    if isinstance(data, keras.utils.PyDataset) or hasattr(data, "__next__"):
        return True
    arrays = hasattr(data, "__array__") or hasattr(data, "to_numpy")
    plain = isinstance(data, (list, tuple, dict, set, str, bytes, type, range))
    tensors = (tf.Tensor, tf.Variable, tf.RaggedTensor, tf.SparseTensor)
    iterable = hasattr(data, "__iter__") and not hasattr(data, "todense")
    return iterable and not arrays and not plain and not isinstance(data, tensors)


def is_endless(data):
    """Whether a data set or `PyDataset` is known to never end."""
    if isinstance(data, tf.data.Dataset):
        return int(data.cardinality()) == tf.data.INFINITE_CARDINALITY
    return isinstance(data, keras.utils.PyDataset) and data.num_batches is None


def in_words(data):
    """The kind of data in words, for an error."""
    if isinstance(data, tf.data.Dataset):
        return "a tf.data.Dataset"
    if isinstance(data, keras.utils.PyDataset):
        return "a PyDataset"
    return "a generator" if hasattr(data, "__next__") else f"a {type(data).__name__}"


class Standard:
    """Converts a batch to the arrays that a model trains on, and remembers its error.

    tf.data hides the error of a batch behind its own error.

    Args:
        model: A `GenerativeModel`.
        argument: Name of the argument that holds the data, `"x"` or
            `"validation_data"`.
        class_weight: Dictionary from class to weight, or `None`.
    """

    def __init__(self, model, argument="x", class_weight=None):
        self.model = model
        self.argument = argument
        self.class_weight = class_weight

    def __call__(self, batch):
        """A structure of arrays, all of one length and of the model's types."""
        model = self.model
        parts = parts_of(model, batch, self.argument)
        if self.class_weight is not None:
            refuse_class_weight(model, parts)
        parts = checked_parts(model, parts, self.argument)
        parts = with_class_weights(model, parts, self.class_weight)
        parts = {
            name: np.asarray(parts[name]).astype(spec.dtype)
            for name, spec in model.data_specs.items()
            if parts[name] is not None
        }
        second = second_part(model)
        if second not in model.data_specs and "weights" in parts:
            # A generator has no `None` among its arrays.
            parts[second] = np.zeros(len(parts["x"]), "int32")
        found = packed(model, parts)
        return found if isinstance(found, tuple) else (found,)

    def every(self, batches):
        """Yields the converted batches of an iterable, for a generator."""
        with self.remembered():
            for batch in batches:
                yield self(batch)

    @contextlib.contextmanager
    def remembered(self):
        """Context that keeps an error for `data_error`, and raises it again."""
        try:
            yield
        except Exception as error:
            vars(self.model)["_batch_error"] = error
            raise


class CheckedPyDataset(keras.utils.PyDataset):
    """Another `PyDataset` with each batch checked.

    Args:
        inner: The user's `PyDataset`.
        standard: A `Standard`.
    """

    def __init__(self, inner, standard):
        super().__init__(
            workers=inner.workers,
            use_multiprocessing=inner.use_multiprocessing,
            max_queue_size=inner.max_queue_size,
        )
        self.inner = inner
        self.standard = standard

    @property
    def num_batches(self):
        """Number of batches of the user's `PyDataset`."""
        return self.inner.num_batches

    def __len__(self):
        return len(self.inner)

    def __getitem__(self, index):
        with self.standard.remembered():
            return self.standard(self.inner[index])

    def on_epoch_begin(self):
        """Calls the user's `on_epoch_begin`."""
        self.inner.on_epoch_begin()

    def on_epoch_end(self):
        """Calls the user's `on_epoch_end`."""
        self.inner.on_epoch_end()


def from_loader(loader, standard):
    """A `tf.data.Dataset` of a loader that can be iterated again and again."""
    first = next(iter(loader), None)
    if first is None:
        raise ValueError(
            f"The {type(loader).__name__} passed as {standard.argument} has no batch, "
            "but at least one is expected."
        )
    data = tf.data.Dataset.from_generator(
        lambda: standard.every(loader),
        output_signature=tf.nest.map_structure(spec, standard(first)),
    )
    try:
        return data.apply(tf.data.experimental.assert_cardinality(len(loader)))
    except TypeError:  # The loader has no length.
        return data


def read_ahead(model, data):
    """The batches of `fit`'s data, read before training, if they can be read twice.

    Args:
        model: A `GenerativeModel`.
        data: The data that `adapt` gets.

    Returns:
        An iterable of checked batches; `None` for a generator.
    """
    if isinstance(data, tf.data.Dataset):
        return with_value_checks(model, data)
    if isinstance(data, keras.utils.PyDataset) and not is_endless(data):
        return (data[index] for index in range(data.num_batches))
    return None


def checked_parts(model, parts, argument="x", whole=False):
    """Parts of data as arrays that a model may train on.

    Args:
        model: A `GenerativeModel`.
        parts: Any containers of numbers, by name, as `parts_of` returns them.
        argument: Name of the argument that holds them, for the error.
        whole: Whether they are all of the data, not one batch: unpaired parts may then
            have other numbers of rows than x.

    Raises:
        ValueError: if one of them is invalid, or lengths differ.
    """
    x, second = parts["x"], second_part(model)
    if x is None:
        raise ValueError(
            f"{subject(model, 'no x', argument)}. Pass an array of examples, or a "
            "tf.data.Dataset of batches."
        )
    if parts.get(second) is x:
        # `fit(x, x)`, usual for Keras' autoencoders: models here need x only once.
        parts = {**parts, second: None}
    arrays = {}
    for name, part in parts.items():
        who = subject(model, name, argument)
        if part is None:
            arrays[name] = None
        elif name in model.data_specs:
            arrays[name] = as_array(who, part)
        else:
            arrays[name] = ignored_labels(who, part)
    alone = {k for k, known in model.data_specs.items() if whole and not known.paired}
    lengths = {
        name: count_rows(values)
        for name, values in arrays.items()
        if values is not None and name not in alone
    }
    if len(set(lengths.values())) > 1 or None in lengths.values():
        found = ", ".join(f"{n or 'no'} rows of {key}" for key, n in lengths.items())
        raise ValueError(
            f"{subject(model, found, argument)}, but expects equal numbers. Pass one "
            "row for each example."
        )
    specs = {k: None if v is None else spec(v) for k, v in arrays.items()}
    check_parts(model, specs, argument)
    check_arrays(model, arrays, argument)
    return arrays


def ignored_labels(given, y):
    """Labels of a model without a condition, which may be of any type."""
    refuse_sparse(given, y)
    try:
        found = np.asarray(y)
    except ValueError:
        return as_array(given, y)  # It raises an error that says why.
    if found.dtype.kind in "SU" and found.ndim == 1:
        return np.zeros(len(found), "int32")
    y = as_array(given, y)
    y = np.asarray(y)
    one_each = y.ndim == 1 or y.shape[1:] == (1,)
    if y.dtype.kind == "f" and one_each and np.any(y != np.round(y)):
        warn_ignored(given, y.dtype)
    return y


def warn_ignored(given, dtype):
    """Warns of floats that a model without a condition ignores."""
    warnings.warn(
        f"{given} of type {dtype.name}, which it has no use for: it has no condition. "
        "Pass x alone.",
        stacklevel=2,
    )


def one_batch(model, x, y=None, weight=None, class_weight=None):
    """The arguments of `train_on_batch` as a batch `(x, y, weight)`, checked."""
    if class_weight is not None:
        check_class_weight("train_on_batch", class_weight)
    parts = parts_of(model, (x, y, weight))
    if class_weight is not None:
        refuse_class_weight(model, parts)
    parts = with_class_weights(model, checked_parts(model, parts), class_weight)
    return keras.utils.unpack_x_y_sample_weight(packed(model, parts))


def spec(values):
    """The `tf.TensorSpec` of batches of an array's rows."""
    return tf.TensorSpec((None, *values.shape[1:]), values.dtype)


def class_weights(table, labels):
    """The weight of each example by its class; 1 for classes without a weight.

    Args:
        table: Dictionary from class to weight.
        labels: Ints `(batch,)` or `(batch, 1)`, array or tensor.
    """
    labels = tf.reshape(tf.cast(labels, tf.int32), [-1])
    dense = np.ones(max(table) + 2, "float32")
    dense[list(table)] = list(table.values())
    found = tf.gather(dense, tf.clip_by_value(labels, 0, len(dense) - 1))
    # The check of weights refuses the NaN of a negative label.
    return tf.where(labels < 0, tf.constant(np.nan, tf.float32), found)


def with_class_weights(model, parts, table):
    """Parts with the weight of each example's class, if there is a table of them.

    Args:
        model: A `GenerativeModel`.
        parts: Arrays or tensors by name.
        table: Dictionary from class to weight, or `None`.
    """
    if table is None:
        return parts
    refuse_class_weight(model, parts)
    return {**parts, "weights": class_weights(table, parts["labels"])}


def refuse_class_weight(model, parts):
    """Raises a ValueError if weights of classes cannot become weights of examples.

    Args:
        model: A `GenerativeModel`.
        parts: The user's parts by name, or their specs.
    """
    if model.condition == "context":
        raise ValueError(
            "class_weight was given, but the model has a context and no classes. Pass "
            "weights of the examples, sample_weight."
        )
    labels = parts.get("labels")
    if labels is None or parts.get("weights") is not None:
        wrong = "data without labels" if labels is None else "sample weights"
        raise ValueError(
            f"class_weight was given with {wrong}. Pass (x, labels) and class_weight, "
            "or weights of the examples alone."
        )
    if not hasattr(labels, "dtype"):
        labels = np.asarray(labels)
    dtype = np.dtype(getattr(labels.dtype, "as_numpy_dtype", labels.dtype))
    if dtype.kind not in "iu":
        raise ValueError(
            f"class_weight was given with labels of type {dtype.name}, but expects "
            "ints from 0 on, which name the classes. Number them: "
            "np.unique(labels, return_inverse=True)[1]."
        )
    known = isinstance(labels, np.ndarray) or hasattr(labels, "numpy")
    if known and np.min(labels, initial=0) < 0:
        raise ValueError(
            f"class_weight was given with labels from {np.min(labels)}, but expects "
            "ints from 0 on, which name the classes."
        )
