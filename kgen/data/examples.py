"""Single examples of a data set, in the same form for every source."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from kgen.core.checks.containers import numbers


class Examples(NamedTuple):
    """Single examples of one split, with their numbers of levels and classes.

    Attributes:
        examples: `tf.data.Dataset` of `(x, label)`.
        levels: Values `k / (levels - 1)` that a pixel may have, or `None`.
        num_classes: Labels lie in 0 to `num_classes - 1`; `None` if unknown.
        num_codes: Examples are ints in 0 to `num_codes - 1`; `None` for real numbers.
    """

    examples: tf.data.Dataset
    levels: int | None
    num_classes: int | None
    num_codes: int | None = None


def examples_of(name, source, found):
    """The result of a `Source`'s function `load`, as `Examples`.

    Args:
        name: Name of the data set, for errors.
        source: The `Source`.
        found: `Examples`, arrays or a data set, see `Source`.

    Raises:
        ValueError: for examples that are not numbers, images that are not in [0, 1],
            ints that are no codes, another number of labels than of examples, or an
            infinite data set.
    """
    if isinstance(found, Examples):
        return found
    if isinstance(found, tf.data.Dataset):
        return of_dataset(name, source, found)
    parts = found if isinstance(found, tuple) else (found,)
    if not 1 <= len(parts) <= 2:
        raise ValueError(
            f"The data set {name!r} gives {len(parts)} parts, but expects x or (x, "
            "labels)."
        )
    x, labels = (*parts, None)[:2]
    x = numbers(f"load({name!r})", "x", x, axes=2, rows=1)
    if source.num_codes is not None:
        check_codes(name, x, source.num_codes)
    x = x.astype(type_of(source))
    if source.kind == "images":
        check_images(name, x)
    num_classes = source.num_classes or 1
    if labels is None:
        labels = np.zeros(len(x), int)
    labels = numbers(f"load({name!r})", "labels", labels, axes=1)
    if labels.shape != (len(x),) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"The data set {name!r} gives {len(x)} examples and labels of shape "
            f"{labels.shape} and type {labels.dtype}, but expects one int for each."
        )
    if len(parts) == 2 and source.num_classes is None:
        num_classes = int(np.max(labels)) + 1
    if labels.min() < 0 or labels.max() >= num_classes:
        raise ValueError(
            f"The data set {name!r} gives labels from {labels.min()} to {labels.max()},"
            f" but expects ints from 0 to {num_classes - 1}."
        )
    labels = labels.astype("int32")
    examples = tf.data.Dataset.from_tensor_slices((x, labels))
    return Examples(examples, source.levels, num_classes, source.num_codes)


def type_of(source):
    """The type of the examples of a `Source`."""
    return "float32" if source.num_codes is None else "int32"


def of_dataset(name, source, dataset):
    """A `tf.data.Dataset` of `x` or `(x, label)` as `Examples`."""
    if dataset.cardinality() == tf.data.INFINITE_CARDINALITY:
        raise ValueError(
            f"The data set {name!r} has no end, but an epoch needs one: leave out "
            "`repeat`, or limit an epoch by `take`."
        )
    has_labels = isinstance(dataset.element_spec, tuple)

    def example(x, label=0):
        return tf.cast(x, type_of(source)), tf.cast(label, "int32")

    num_classes = source.num_classes if has_labels else 1
    examples = dataset.map(example)
    return Examples(examples, source.levels, num_classes, source.num_codes)


def check_codes(name, x, num_codes):
    """Raises a ValueError unless an array has ints from 0 to `num_codes - 1`."""
    if x.dtype.kind not in "iu" or x.min() < 0 or x.max() >= num_codes:
        raise ValueError(
            f"The data set {name!r} gives examples of type {x.dtype} from {x.min():g} "
            f"to {x.max():g}, but expects ints from 0 to {num_codes - 1}."
        )


def check_images(name, x):
    """Raises a ValueError unless an array has images in [0, 1]."""
    if x.ndim != 4 or x.min() < 0 or x.max() > 1:
        raise ValueError(
            f"The data set {name!r} gives images of shape {x.shape} from {x.min():g} "
            f"to {x.max():g}, but expects (n, height, width, channels) in [0, 1]. "
            "Divide by the largest level, or register it with another kind, such as "
            "'vectors'."
        )


def resized(found, image_size):
    """Images of another size; images with 256 levels are rounded to 256 levels.

    Args:
        found: `Examples` of images.
        image_size: `(height, width)`.
    """
    has_8_bits = found.levels == 256

    def example(image, label):
        image = tf.image.resize(image, image_size, antialias=True)
        return (
            to_8_bits(image) if has_8_bits else tf.clip_by_value(image, 0, 1)
        ), label

    examples = found.examples.map(example, num_parallel_calls=tf.data.AUTOTUNE)
    return Examples(examples, 256 if has_8_bits else None, found.num_classes)


def to_8_bits(image):
    """The nearest `k / 255` of float32 pixels, within [0, 1]."""
    return tf.clip_by_value(tf.round(255 * image), 0, 255) / 255
