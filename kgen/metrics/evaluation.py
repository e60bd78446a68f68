"""`evaluate`: figures of a model on held-out data, by name."""

from __future__ import annotations

import reprlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kgen.core.checks.models import check_model
from kgen.core.checks.values import check_count, check_seed
from kgen.core.config import lookup
from kgen.core.hints import Data
from kgen.metrics.figures import FIGURES, register
from kgen.metrics.ingredients import Ingredients, MissingError
from kgen.metrics.likelihood import likelihood_verbs

if TYPE_CHECKING:
    from kgen.core.model import GenerativeModel


class Figures(dict):
    """Figures by name, in the requested order.

    `num_examples` is the number of held-out examples; a text is a note. `units` has the
    unit of each number with a unit. `better` says whether `"higher"` or `"lower"` is
    better, if either is.
    """

    def __init__(self) -> None:
        super().__init__(num_examples=None)  # In the first place.
        self.units, self.better = {}, {}

    def put(self, name, figure, given):
        """Adds the numbers of a figure, under a longer name if a name is taken.

        Args:
            name: Name of the figure.
            figure: The `Figure`.
            given: Result of its function.
        """
        for key, value in (given if isinstance(given, dict) else {name: given}).items():
            if key == "num_examples":
                self[key] = value
                continue
            unit, better = figure.reading(key)
            place = f"{name}/{key}" if key in self else key
            self[place] = value if isinstance(value, str) else float(np.mean(value))
            if unit and not isinstance(value, str):
                self.units[place] = unit
            if better and not isinstance(value, str):
                self.better[place] = better

    def lines(self):
        """Texts for people, one for each figure, with its unit and direction."""
        for name, value in self.items():
            if isinstance(value, str):
                yield f"Note: {value}"
            elif name != "num_examples":
                better = self.better.get(name)
                notes = [self.units.get(name), better and f"({better} is better)"]
                yield " ".join(filter(None, [f"{name:20} {value:10.4f}", *notes]))


def evaluate(
    model: GenerativeModel,
    test: Data,
    figures: str | Sequence[str] | None = None,
    train: Data | None = None,
    num_samples: int = 200,
    sample_size: int | None = None,
    seed: int | None = 0,
) -> Figures:
    """Figures of a model on held-out data.

    If a figure needs them, samples are drawn, a classifier is fitted and features are
    extracted, each once. Distances between sets depend on the sizes of both: compare
    models at equal sizes.

    Args:
        model: A `GenerativeModel`, compiled.
        test: Held-out data set of batches `x` or `(x, labels)`, not shuffled; or these
            as arrays.
        figures: Names of `kgen.metrics.FIGURES`, or one name. By default the likelihood
            of the data, or the terms of the objective for a model without one.
        train: Data set of batches `(x, labels)` for fitting the classifier whose
            features are compared; by default `test`. `memorization` needs it.
        num_samples: Draws of z for each example, for bounds that use them.
        sample_size: Number of samples; by default the number of held-out examples. A
            conditional model gets the conditions of these examples.
        seed: Integer that fixes all draws.

    Returns:
        `Figures`: a dictionary of floats by name, with their units.

    Raises:
        ValueError: for an unknown figure, or one that cannot be computed for this model
            or data, for anything but a model, for data that the model refuses, or for
            an invalid number or seed.

    Example:

    >>> vae = kgen.build("vae", (2,), latent_dim=1, seed=0)
    >>> points = kgen.data.density("moons").sample(100, seed=0)
    >>> found = kgen.metrics.evaluate(vae, points, ["likelihood", "frechet_distance"])
    >>> found.units["elbo"], found.better["frechet_distance"]
    ('nats', 'lower')
    """
    check_model("evaluate", model)
    num_samples = check_count("evaluate", "num_samples", num_samples)
    if sample_size is not None:
        sample_size = check_count("evaluate", "sample_size", sample_size)
    seed = check_seed("evaluate", seed)
    if figures is None:
        figures = [name for name, each in FIGURES.items() if each.default(model)]
    names = [figures] if isinstance(figures, str) else figures
    if not isinstance(names, (list, tuple)):
        raise ValueError(
            f"`evaluate` was given figures={reprlib.repr(figures)}, but expects a list "
            f"of names, of {', '.join(sorted(FIGURES))}."
        )
    chosen = {name: lookup("figure", name, FIGURES) for name in names}
    ingredients = Ingredients(model, test, train, num_samples, sample_size, seed)
    found = Figures()
    for name, figure in chosen.items():
        try:
            needed = [ingredients[need] for need in figure.needs]
        except MissingError as error:
            raise ValueError(
                f"The figure {name!r} cannot be computed for this "
                f"{type(model).__name__}, as {error}. Leave it out, or choose others "
                f"of: {', '.join(sorted(FIGURES))}."
            ) from error
        found.put(name, figure, figure.function(*needed))
    if found["num_examples"] is None:
        found["num_examples"] = ingredients["num_examples"]
    return found


@register(
    "objective",
    needs=("model", "data"),
    default=lambda model: not likelihood_verbs(model),
)
def objective_terms(model, dataset):
    """Means of the terms of a model's objective, as `model.evaluate` gives them.

    Args:
        model: A `GenerativeModel`, compiled.
        dataset: Data set of batches.
    """
    return model.evaluate(dataset, verbose=0, return_dict=True)
