"""The table of export formats; each stands in a file of its own in this folder."""

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

from kgen import tables


class Endpoint(NamedTuple):
    """A verb as it is served.

    Attributes:
        function: From tensors, in the order of `specs`, to a dictionary of tensors. A
            row that the verb would refuse is answered with NaN, or with -1.
        specs: `{name: tf.TensorSpec}` of the inputs, with a batch axis of any size.
    """

    function: Callable
    specs: dict


def every_verb(verb):
    """Whether a format that can carry all verbs can carry this one: yes."""
    return True


@dataclasses.dataclass(frozen=True)
class Format:
    """A way to write a model for those who run it without kgen.

    Args:
        write: Function `(endpoints, folder)` that writes files. `endpoints` is a
            dictionary of an `Endpoint` for each verb, the default one first, and
            `folder` an empty `pathlib.Path`.
        can_serve: Function from a verb to whether the format can carry it. It may look
            at the verb's `__name__`, its `arguments` (names) and its `output_name`.
    """

    write: Callable
    can_serve: Callable = every_verb


FORMATS = {}


def register(
    name: str, can_serve: Callable = every_verb
) -> Callable[[Callable], Callable]:
    """Adds a format to `FORMATS`: a decorator of its function `write`, see `Format`.

    `kgen.export(model, path, format=name)` and `kgen export --format NAME` take it from
    then on.

    Args:
        name: Name of the format.
        can_serve: Function from a verb to whether the format can carry it; every verb
            by default.

    Raises:
        ValueError: if there is a format of that name.

    Example:

    >>> @kgen.serving.register("names")
    ... def write_names(endpoints, folder):
    ...     (folder / "names.txt").write_text(" ".join(endpoints))
    >>> gan = kgen.build("gan", (2,))
    >>> version = kgen.export(gan, folder + "/named", format="names")
    >>> (version / "names.txt").read_text()
    'sample decode discriminate'
    >>> del kgen.serving.FORMATS["names"]
    """

    def add(write):
        tables.add("export format", FORMATS, name, Format(write, can_serve))
        return write

    return add
