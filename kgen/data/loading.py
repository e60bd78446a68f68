"""`load`: any data set as batches in [0, 1]."""

import os
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import tensorflow as tf

from kgen.core.checks.values import check_count
from kgen.core.training.arrays import Arrays
from kgen.core.training.gathering import untuned
from kgen.data import catalogue, folders
from kgen.data.binarization import (
    DYNAMIC,
    STATIC,
    THRESHOLD,
    by_threshold,
    check_binarize,
    dynamically,
    statically,
)
from kgen.data.examples import examples_of, resized
from kgen.data.sources import SOURCES

# Data sets up to this many bytes, as float32, are held in memory.
MEMORY_LIMIT = 2**29

if TYPE_CHECKING:

    class LoadedDataset(tf.data.Dataset[Any]):
        """A data set of `load`, with its numbers of levels, classes and codes."""

        levels: int | None
        num_classes: int | None
        num_codes: int | None


@overload
def load(
    name: str | os.PathLike[str],
    split: None = None,
    batch_size: int = 128,
    image_size: int | tuple[int, int] | None = None,
    binarize: bool | str = False,
    color_mode: str = "rgb",
    seed: int | None = 0,
) -> tuple["LoadedDataset", "LoadedDataset"]: ...


@overload
def load(
    name: str | os.PathLike[str],
    split: str,
    batch_size: int = 128,
    image_size: int | tuple[int, int] | None = None,
    binarize: bool | str = False,
    color_mode: str = "rgb",
    seed: int | None = 0,
) -> "LoadedDataset": ...


def load(
    name: str | os.PathLike[str],
    split: str | None = None,
    batch_size: int = 128,
    image_size: int | tuple[int, int] | None = None,
    binarize: bool | str = False,
    color_mode: str = "rgb",
    seed: int | None = 0,
) -> Any:
    """A data set as a `tf.data.Dataset` of batches `(x, labels)`.

    Images are float32 `(batch, height, width, channels)` in [0, 1], points float32
    `(batch, 2)`, or `(batch, 3)` on a surface, melodies int32 `(batch, steps)`; labels
    are int32 `(batch,)`: the class of an example, or the component or the slice of a
    point. A split whose name starts with "train" is shuffled anew in each epoch, with
    the same sequence of epochs for the same seed; other splits keep their order. The
    last batch may be smaller. Data sets up to 512 MiB are held in memory; larger ones
    are read from disk in each epoch and shuffled within 10,000 examples.

    The datasets have three attributes for `kgen.build`. `map`, `take` and other methods
    of `tf.data.Dataset` do not pass them on. `levels` is 17 for digits, 256 for 8-bit
    images (resizing rounds to 8 bits), 2 for binarized images and `None` for points and
    other floats. Labels lie in 0 to `num_classes - 1`; `num_classes` is 1 without
    labels and `None` if unknown. Data of ints has codes from 0 to `num_codes - 1`; of
    other data it is `None`.

    Args:
        name: A name in `kgen.data.names()`, which need no network, or another
            registered by `kgen.data.register`; a name of the
            [TFDS catalogue](https://www.tensorflow.org/datasets/catalog) with an
            `image` (`"mnist"`, `"fashion_mnist"`, `"cifar10"`, ...), kept in
            `TFDS_DATA_DIR`; or the path of a folder of pictures. Its subfolders, if it
            has any, are the classes, and a fixed fifth is "test". PNG, JPEG, BMP and
            GIF are read, with a warning about other files. Pictures above
            `PIL.Image.MAX_IMAGE_PIXELS`, 89 million pixels, are refused.
        split: `"train"`, `"test"` or, for `digits` and other TFDS names, any TFDS
            split such as `"train[:90%]"`. `None` gives the pair `(train, test)`.
        batch_size: Examples per batch.
        image_size: New side of the images, or `(height, width)`. Shrinking averages
            pixels. Required for a folder.
        binarize: Whether pixels become 0 or 1, as float32: 1 from 0.5 on with `True` or
            `"threshold"`. As draws, 1 with the pixel's value as probability:
            `"static"`, one draw for each image, the same for all seeds, or
            `"dynamic"`, new draws in each epoch; splits that are not for training are
            static then.
        color_mode: `"rgb"` or `"grayscale"`, for a folder only.
        seed: Integer that decides the order in each epoch, together with TensorFlow's
            global seed if that was set (`keras.utils.set_random_seed`). `None` takes
            another order each time.

    Returns:
        A dataset of known cardinality, or with `split=None` the pair `(train, test)`.

    Raises:
        ValueError: Unknown name or split, options that do not suit the data set, or a
            broken picture.
        ConnectionError: The data set is not on disk and cannot be downloaded.
        OSError: The data set cannot be written to `TFDS_DATA_DIR`.

    Example:

    >>> train, test = kgen.data.load("moons", batch_size=100)
    >>> len(train), len(test)
    (200, 50)
    >>> train.levels, train.num_classes
    (None, 2)
    """
    if not isinstance(name, (str, os.PathLike)):
        raise ValueError(
            f"`load` was given name={name!r}, but expects the name of a data set, such "
            "as 'digits', or the path of a folder."
        )
    name = os.fspath(name)
    batch_size = check_count("load", "batch_size", batch_size)
    image_size = check_image_size(image_size)
    if seed is not None:
        seed = check_count("load", "seed", seed, fewest=0)
    binarize = check_binarize(binarize)
    if color_mode not in ("rgb", "grayscale"):
        raise ValueError(
            f"`load` was given color_mode={color_mode!r}, but expects 'rgb' or "
            "'grayscale'."
        )
    if not (split is None or isinstance(split, str)):
        raise ValueError(
            f"`load` was given split={split!r}, but expects a name such as 'train', "
            "or None for the pair of 'train' and 'test'."
        )
    if split is None:
        options = (batch_size, image_size, binarize or False, color_mode, seed)
        return tuple(load(name, part, *options) for part in ("train", "test"))
    found = read_split(name, split, image_size, binarize, color_mode)
    examples, for_training = found.examples, split.startswith("train")
    if binarize == STATIC or (binarize == DYNAMIC and not for_training):
        examples = statically(examples)
    elif binarize == THRESHOLD:
        examples = by_threshold(examples)
    batches, arrays = make_batches(examples, batch_size, for_training, seed)
    if binarize == DYNAMIC and for_training:
        batches, arrays = dynamically(batches, seed), None
    options = tf.data.Options()
    options.deterministic = True
    dataset = untuned(batches.prefetch(2).with_options(options))
    dataset.levels = 2 if binarize else found.levels
    dataset.num_classes = found.num_classes
    dataset.num_codes = found.num_codes
    if arrays is not None:
        dataset.arrays = arrays
    return dataset


def check_image_size(image_size):
    """`image_size` as `(height, width)`, `None` if it is `None`."""
    if image_size is None:
        return None
    is_pair = isinstance(image_size, (list, tuple)) or np.ndim(image_size) == 1
    sides = tuple(image_size) if is_pair else (image_size, image_size)
    if len(sides) != 2:
        raise ValueError(
            f"`load` was given image_size={image_size!r}, but expects an int or "
            "(height, width), without channels."
        )
    return tuple(check_count("load", "image_size", side) for side in sides)


def find_source(name):
    """The `Source` of a name: a registered one, a folder, or one of TFDS."""
    if name in SOURCES:
        return SOURCES[name]
    return folders.source_of(name) if os.path.isdir(name) else catalogue.source_of(name)


def read_split(name, split, image_size, binarize, color_mode):
    """The `Examples` of one split, all of one known shape; arguments as `load`.

    Raises:
        ValueError: Unknown name or split, or options that do not suit the data set.
    """
    source = find_source(name)
    if source.kind != "images" and (image_size is not None or binarize):
        raise ValueError(
            f"{name!r} is a set of {source.kind}: image_size and binarize are for "
            "images. Leave them out."
        )
    if color_mode != "rgb" and "color_mode" not in source.takes:
        raise ValueError(
            f"color_mode={color_mode!r} is for a folder of pictures. {name!r} is not a "
            "folder, and keeps its channels. Leave color_mode out."
        )
    if source.splits is not None and split not in source.splits:
        raise ValueError(
            f"{name!r} has the splits {' and '.join(map(repr, source.splits))}, got "
            f"{split!r}. Slices such as 'train[:90%]' work for 'digits' and other TFDS "
            "names."
        )
    options = {"image_size": image_size, "color_mode": color_mode}
    options = {key: options[key] for key in source.takes}
    found = examples_of(name, source, source.load(split, **options))
    if image_size is not None and "image_size" not in source.takes:
        found = resized(found, image_size)
    shape = found.examples.element_spec[0].shape
    if not shape.is_fully_defined():
        raise ValueError(
            f"The images of {name!r} differ in size (shape {shape}): pass their new "
            "size, as in load(name, image_size=64)."
        )
    return found


def make_batches(examples, batch_size, shuffle, seed):
    """Batches of single examples, and the `Arrays` behind them.

    Without the latter if the examples do not fit in `MEMORY_LIMIT` bytes.
    """
    size = 4 * examples.cardinality() * examples.element_spec[0].shape.num_elements()
    if size <= MEMORY_LIMIT:
        parts = zip(*examples.batch(1024).as_numpy_iterator(), strict=True)
        data = tuple(np.concatenate(part) for part in parts)
        arrays = Arrays(data, len(data[0]), batch_size, shuffle, seed)
        return arrays.dataset(), arrays
    if shuffle:
        examples = examples.shuffle(10_000, seed, reshuffle_each_iteration=True)
    return examples.batch(batch_size), None
