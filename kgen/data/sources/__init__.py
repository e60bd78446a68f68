"""The table of data sets by name; each stands in a file of its own in this folder.

Nothing here imports TensorFlow before a data set is loaded.
"""

import dataclasses
from collections.abc import Callable

from kgen import tables


@dataclasses.dataclass(frozen=True)
class Source:
    """A data set, and how it is loaded.

    Args:
        load: Function of a split, `"train"`, that gives single examples: arrays `x` or
            `(x, labels)`, or a `tf.data.Dataset` of `x` or `(x, label)`. Of each
            option in `takes` it gets the value as well, by name.
        kind: `"images"`, in [0, 1] and of the shape `(height, width, channels)`, or
            another word for what the examples are, such as `"points"`.
        splits: Names of the splits; `None` if `load` takes any and checks them itself.
        offline: Whether it needs no network.
        levels: Values `k / (levels - 1)` that a pixel may have; `None` for any.
        num_classes: Labels lie in 0 to `num_classes - 1`; `None` takes that of the
            labels of each split, if these are an array.
        takes: Options of `kgen.data.load` that `load` takes care of, of `"image_size"`
            and `"color_mode"`. Other images are resized by `kgen.data.load`.
    """

    load: Callable
    kind: str = "images"
    splits: tuple | None = ("train", "test")
    offline: bool = True
    levels: int | None = None
    num_classes: int | None = None
    takes: tuple = ()


SOURCES = {}


def register(name: str, **settings) -> Callable[[Callable], Callable]:
    """Adds a data set to `SOURCES`: a decorator of its function `load`, see `Source`.

    `kgen.data.load(name)`, `kgen train --data NAME` and `kgen list` know it from then
    on.

    Args:
        name: Name of the data set.
        **settings: Of `Source`: `kind`, `splits`, `offline`, `levels`, `num_classes`,
            `takes`.

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
    """What `kgen.data.load` knows without a network, as a list of names.

    Example:

    >>> import kgen.data
    >>> kgen.data.names()[0]
    'digits'
    """
    return [name for name, source in SOURCES.items() if source.offline]


tables.import_modules(__name__)
