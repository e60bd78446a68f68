"""Two data sets beside each other, whose examples are no pairs."""

from __future__ import annotations

import os

import tensorflow as tf

from kgen.core.checks.values import check_count
from kgen.core.training.gathering import untuned
from kgen.data.loading import load


def unpaired(
    one: tf.data.Dataset, other: tf.data.Dataset, batch_size: int | None = None
) -> tf.data.Dataset:
    """Batches `(x, y)` of two data sets, for a model of two domains.

    An epoch has all examples of the longer data set once. Those of the shorter come
    again, in a new order if that data set shuffles. Both are read once to be counted.

    Args:
        one: Data set of batches `x` or `(x, labels)`; labels are dropped.
        other: The same for `y`.
        batch_size: If given, both data sets hold single examples instead, which are
            batched. By default the largest batch of either gives the size.

    Returns:
        A data set of batches `(x, y)` of known cardinality, as `fit` takes it.

    Raises:
        ValueError: for anything but data sets that end and are not empty.

    Example:

    >>> moons, _ = kgen.data.load("moons", batch_size=100)
    >>> ring, _ = kgen.data.load("8ring", batch_size=64)
    >>> batches = kgen.data.unpaired(moons, ring.take(3))
    >>> len(batches), [part.shape.as_list() for part in batches.element_spec]
    (200, [[None, 2], [None, 2]])
    """
    if batch_size is not None:
        batch_size = check_count("unpaired", "batch_size", batch_size)
    sides, rows, most = [], [], 0
    for name, data in (("one", one), ("other", other)):
        data = examples_alone(name, data)
        if batch_size is not None:
            data = data.batch(batch_size)
        count, largest = counted(data)
        if not count:
            raise ValueError(
                f"`unpaired` was given an empty data set as {name}, but expects one "
                "example at least. Look at its folder, its split or its filter."
            )
        sides.append(data)
        rows.append(count)
        most = max(most, largest)
    number = -(-max(rows) // most)
    sides = [
        data.rebatch(most) if count == max(rows) else data.repeat().rebatch(most)
        for data, count in zip(sides, rows, strict=True)
    ]

    def of_one_length(x, y):
        length = tf.minimum(tf.shape(x)[0], tf.shape(y)[0])
        return x[:length], y[:length]

    batches = tf.data.Dataset.zip(*sides).take(number).map(of_one_length)
    known = tf.data.experimental.assert_cardinality(number)
    return untuned(batches.apply(known).prefetch(2))


def by_class(dataset: tf.data.Dataset) -> tuple[tf.data.Dataset, tf.data.Dataset]:
    """The two classes of a data set, as two data sets of batches `x` of its size.

    Args:
        dataset: Data set of batches `(x, labels)` with the labels 0 and 1, such as
            `kgen.data.load` gives for a folder with two sub-folders.

    Raises:
        ValueError: for a data set without labels, or of another number of classes.
    """
    spec = getattr(dataset, "element_spec", None)
    if not isinstance(spec, tuple) or len(spec) != 2:
        raise ValueError(
            "`by_class` expects a tf.data.Dataset of batches (x, labels), but was "
            f"given {spec if spec is not None else type(dataset).__name__}."
        )
    classes = getattr(dataset, "num_classes", 2)
    if classes != 2:
        raise ValueError(
            f"A model of two domains was given a data set of {classes} classes, but "
            "expects two: one domain each. Pass a folder with two sub-folders, or two "
            "data sets to kgen.data.unpaired."
        )

    def add(found, batch):
        size, smallest, largest = found
        labels = tf.cast(tf.reshape(batch[1], [-1]), tf.int32)
        return (
            tf.maximum(size, tf.size(labels)),
            tf.minimum(smallest, tf.reduce_min(labels)),
            tf.maximum(largest, tf.reduce_max(labels)),
        )

    size, smallest, largest = (int(each) for each in dataset.reduce((0, 0, 0), add))
    if smallest < 0 or largest > 1:
        raise ValueError(
            f"`by_class` was given a label {smallest if smallest < 0 else largest}, "
            "but expects 0 and 1. Number the two classes from 0."
        )

    def of_class(number):
        def chosen(x, labels):
            return tf.boolean_mask(x, tf.equal(tf.reshape(labels, [-1]), number))

        some = dataset.map(chosen).filter(lambda x: tf.shape(x)[0] > 0)
        return some.rebatch(max(size, 1))

    return of_class(0), of_class(1)


def load_unpaired(
    name: str | os.PathLike[str],
    other: str | os.PathLike[str] | None = None,
    **options,
) -> tuple[tf.data.Dataset, tf.data.Dataset]:
    """Two domains as batches `(x, y)`, for training and for testing.

    Args:
        name: A folder with two sub-folders of pictures: the first by alphabet is the
            domain x, the second y. Or another data set of two classes, see `load`.
        other: If given, `name` is the data set, or the folder, of the domain x alone,
            and this one that of y.
        **options: Of `load`, such as `image_size` and `batch_size`.

    Returns:
        `(train, test)`, see `unpaired`.

    Raises:
        ValueError: as `load` does, or for a data set of another number of classes.
    """
    if other is None:
        return tuple(unpaired(*by_class(part)) for part in load(name, **options))
    pairs = zip(load(name, **options), load(other, **options), strict=True)
    return tuple(unpaired(x, y) for x, y in pairs)


def examples_alone(name, data):
    """A data set of `x` or `(x, labels)` without its labels."""
    if not isinstance(data, tf.data.Dataset):
        raise ValueError(
            f"`unpaired` was given {name} as a {type(data).__name__}, but expects a "
            "tf.data.Dataset. `fit` itself takes arrays of two domains: fit(x, y)."
        )
    if data.cardinality() == tf.data.INFINITE_CARDINALITY:
        raise ValueError(
            f"`unpaired` was given a data set without end as {name}, but an epoch "
            "needs an end: leave out `repeat`, or limit an epoch by `take`."
        )
    if isinstance(data.element_spec, tf.TensorSpec):
        return data
    parts = data.element_spec
    if not isinstance(parts, tuple) or not isinstance(parts[0], tf.TensorSpec):
        raise ValueError(
            f"`unpaired` was given {name} with elements {parts}, but expects x or (x, "
            "labels). Choose a part by `map`."
        )
    return data.map(lambda x, *_: x)


def counted(batches):
    """The number of examples of a data set of batches, and of its largest batch."""

    def add(found, x):
        rows = tf.shape(x)[0]
        return found[0] + rows, tf.maximum(found[1], rows)

    rows, largest = batches.reduce((0, 0), add)
    return int(rows), int(largest)
