"""The table of figures of quality; their functions are in this folder."""

import dataclasses
from collections.abc import Callable, Sequence

from kgen import tables

OTHERS = "others"  # Stands for all names of a figure that are not listed.


def by_name_only(model):
    """False: the `default` of a figure that `evaluate` gives only by name."""
    return False


@dataclasses.dataclass(frozen=True)
class Figure:
    """A figure of quality: a function, its ingredients, and units of its numbers.

    Args:
        function: Function of the ingredients in `needs`, in that order. It gives a
            number, an array `(n,)` to average, or a dictionary of these by name, in
            which a text is a note.
        needs: Names of `kgen.metrics.INGREDIENTS`: `"samples"`, `"features"`, ...
        unit: Unit of the number, such as `"nats"`; for a dictionary one unit for all,
            or units by name, where `"others"` stands for the names not listed.
        better: `"higher"`, `"lower"` or `None` for neither; by name, as for `unit`.
        default: Function from a model to a bool: does `evaluate` give the figure when
            no figure is asked for by name?
        enough: Number of samples from which on the figure can be trusted; `evaluate`
            warns of fewer.
    """

    function: Callable
    needs: tuple
    unit: str | dict = ""
    better: str | dict | None = None
    default: Callable = by_name_only
    enough: int = 1

    def reading(self, name):
        """`(unit, better)` of one of the figure's numbers."""
        return tuple(
            value.get(name, value.get(OTHERS)) if isinstance(value, dict) else value
            for value in (self.unit, self.better)
        )


FIGURES = {}


def register(
    name: str,
    needs: Sequence[str],
    unit: str = "",
    better: str | None = None,
    default: Callable = by_name_only,
    enough: int = 1,
) -> Callable[[Callable], Callable]:
    """Adds a figure to `FIGURES`: a decorator of its function, see `Figure`.

    `kgen.metrics.evaluate(model, test, name)` and `kgen evaluate RUN --figures NAME`
    give it from then on.

    Args:
        name: Name of the figure.
        needs: Names of the ingredients that the function takes, in this order.
        unit: See `Figure`.
        better: See `Figure`.
        default: See `Figure`; never by default.
        enough: See `Figure`.

    Raises:
        ValueError: if there is a figure of that name.

    Example:

    >>> @kgen.metrics.register("mean_error", needs=("x", "samples"), better="lower")
    ... def mean_error(x, samples):
    ...     return abs(np.mean(x) - np.mean(samples))
    >>> gan = kgen.build("gan", (2,), seed=0)
    >>> found = kgen.metrics.evaluate(gan, np.ones((20, 2)), "mean_error")
    >>> list(found), found.better
    (['num_examples', 'mean_error'], {'mean_error': 'lower'})
    >>> del kgen.metrics.FIGURES["mean_error"]
    """

    def add(function):
        figure = Figure(function, tuple(needs), unit, better, default, enough)
        tables.add("figure", FIGURES, name, figure)
        return function

    return add
