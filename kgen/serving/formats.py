"""The table of export formats; each has its own file in this folder."""

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

from kgen import tables


class Endpoint(NamedTuple):
    """A verb as a function to serve.

    Attributes:
        function: From tensors, in the order of `specs`, to a dictionary of tensors. The
            answer for a row that the verb would refuse is NaN, or -1 for ints.
        specs: `{name: tf.TensorSpec}` of the inputs, with a batch axis of any size.
    """

    function: Callable
    specs: dict


def every_verb(verb):
    """True: the `can_serve` of a format that can carry all verbs."""
    return True


@dataclasses.dataclass(frozen=True)
class Format:
    """A way to write a model that is to run without kgen.

    Args:
        write: Function `(endpoints, folder)` that writes files. `endpoints` is a
            dictionary of an `Endpoint` for each verb, the default one first, and
            `folder` an empty `pathlib.Path`. It may return `{verb: reason}` of verbs
            that turned out to need what the format lacks.
        can_serve: Function from a verb to a bool: can the format carry it? It may use
            the verb's `__name__`, its `arguments` (names) and its `output_name`.
        draws: Whether it has the operations of kgen's random numbers. Without them it
            carries no verb with a seed, and `sample_from_noise` in place of `sample`.
    """

    write: Callable
    can_serve: Callable = every_verb
    draws: bool = True


FORMATS = {}


def register(
    name: str, can_serve: Callable = every_verb, draws: bool = True
) -> Callable[[Callable], Callable]:
    """Adds a format to `FORMATS`: a decorator of its function `write`, see `Format`.

    `kgen.export(model, path, format=name)` and `kgen export --format NAME` take it from
    then on.

    Args:
        name: Name of the format.
        can_serve: Function from a verb to a bool: can the format carry it? By default
            it can carry every verb.
        draws: Whether it has the operations of kgen's random numbers.

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
        tables.add("export format", FORMATS, name, Format(write, can_serve, draws))
        return write

    return add
