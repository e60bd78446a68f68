"""The table of data sets by name; their files are in this folder.

Nothing here imports TensorFlow before a data set is loaded.
"""

import dataclasses
from collections.abc import Callable

from kgen import tables
from kgen.suggestions import suggest

OPTIONS = ("image_size", "color_mode")  # Of `kgen.data.load`, for single sources.


@dataclasses.dataclass(frozen=True)
class Source:
    """A data set, and how it is loaded.

    Args:
        load: Function of a split, `"train"`, that gives single examples: arrays `x` or
            `(x, labels)`, or a `tf.data.Dataset` of `x` or `(x, label)`. It also gets
            the options in `takes`, by name.
        kind: `"images"`, in [0, 1] and of the shape `(height, width, channels)`, or
            another word for the examples, such as `"points"`.
        splits: Names of the splits; `None` if `load` takes any and checks them itself.
        offline: Whether loading works without a network.
        levels: A pixel has values `k / (levels - 1)`; `None` for any values.
        num_classes: Labels lie in 0 to `num_classes - 1`; `None` counts the classes in
            the labels of each split, if these are an array.
        takes: Options of `kgen.data.load` that `load` handles itself: `"image_size"`,
            `"color_mode"` or both. Without the former `kgen.data.load` resizes images.
        num_codes: If given, examples are ints from 0 to `num_codes - 1`, such as
            tokens, and of another kind than images.
    """

    load: Callable
    kind: str = "images"
    splits: tuple | None = ("train", "test")
    offline: bool = True
    levels: int | None = None
    num_classes: int | None = None
    takes: tuple = ()
    num_codes: int | None = None

    def __post_init__(self):
        if self.num_codes is not None and self.kind == "images":
            raise ValueError(
                f"`register` was given num_codes={self.num_codes} for images, but "
                "expects a kind of examples that are ints, such as kind='tokens'."
            )
        unknown = [name for name in self.takes if name not in OPTIONS]
        if unknown:
            raise ValueError(
                f"`register` was given takes={self.takes!r}, but expects names among "
                f"{', '.join(OPTIONS)}.{suggest(unknown[0], OPTIONS)}"
            )


SOURCES = {}


def register(name: str, **settings) -> Callable[[Callable], Callable]:
    """Adds a data set to `SOURCES`: a decorator of its function `load`, see `Source`.

    `kgen.data.load(name)`, `kgen train --data NAME` and `kgen list` know it from then
    on.

    Args:
        name: Name of the data set.
        **settings: Arguments of `Source`: `kind`, `splits`, `offline`, `levels`,
            `num_classes`, `takes`, `num_codes`.

    Raises:
        ValueError: if there is a data set of that name.

    Example:

    >>> import kgen.data
    >>> import numpy as np
    >>> @kgen.data.register("ramps", kind="vectors")
    ... def load_ramps(split):
    ...     start = np.arange(100.0 if split == "train" else 20.0)
    ...     return start[:, None] + np.arange(5.0)
    >>> train, test = kgen.data.load("ramps", batch_size=25)
    >>> len(train), train.element_spec[0].shape
    (4, TensorShape([None, 5]))
    >>> del kgen.data.SOURCES["ramps"]
    """

    def add(load):
        tables.add("data set", SOURCES, name, Source(load, **settings))
        return load

    return add


def names() -> list[str]:
    """Names of the data sets that `kgen.data.load` knows without a network.

    Example:

    >>> import kgen.data
    >>> kgen.data.names()[0]
    'digits'
    """
    return [name for name, source in SOURCES.items() if source.offline]


tables.import_modules(__name__)
