"""`evaluate`: figures of a model on held-out data, by name."""

from __future__ import annotations

import os
import reprlib
import sys
import warnings
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, overload

import click
import keras

from kgen.core.checks.models import check_model
from kgen.core.checks.values import check_count, check_seed, check_switch
from kgen.core.config import lookup
from kgen.core.hints import Data
from kgen.metrics.contests import CONTESTS
from kgen.metrics.figures import FIGURES, register
from kgen.metrics.ingredients import Ingredients, MissingError
from kgen.metrics.judged import check_features
from kgen.metrics.likelihood import likelihood_verbs
from kgen.metrics.report.page import check_report, write_report
from kgen.metrics.results import FewSamplesWarning, Figures
from kgen.metrics.spread import number_of_rows, standard_errors

if TYPE_CHECKING:
    from kgen.core.model import GenerativeModel

ALL = "all"


@overload
def evaluate(
    model: GenerativeModel, test: Data, *args: Any, **options: Any
) -> Figures: ...


@overload
def evaluate(
    model: Mapping[str, GenerativeModel], test: Data, *args: Any, **options: Any
) -> dict[str, Figures]: ...


def evaluate(
    model: GenerativeModel | Mapping[str, GenerativeModel],
    test: Data,
    figures: str | Sequence[str] | None = None,
    train: Data | None = None,
    num_samples: int | None = None,
    features: keras.Model | None = None,
    num_draws: int = 200,
    splits: int = 5,
    seed: int | None = 0,
    report: str | os.PathLike[str] | None = None,
    verbose: bool = False,
) -> Figures | dict[str, Figures]:
    """Figures of a model on held-out data; or of several models, side by side.

    If a figure needs them, samples are drawn, a classifier is fitted and features are
    extracted, each once. Distances between sets depend on the sizes of both and on the
    features: compare models at equal sizes, and by one judge.

    Args:
        model: A `GenerativeModel`, compiled; or several by name. Several are judged by
            the same classifier.
        test: Held-out data set of batches `x` or `(x, labels)`, not shuffled; or these
            as arrays.
        figures: Names of `kgen.metrics.FIGURES` or, for several models, of
            `kgen.metrics.CONTESTS`; one name; or `"all"` for all that can be
            computed. By default the likelihood of the data, or the terms of the
            objective for a model without one.
        train: Training data, like `test`. The classifier learns from it; without it
            from `test`. Figures of copies need it.
        num_samples: Number of samples; by default the number of held-out examples. A
            conditional model gets the conditions of these examples.
        features: A `keras.Model` from examples to features `(n, d)`, such as
            `kgen.metrics.inception_features()`. By default images are seen by a
            classifier of the data's labels, and other examples are their own features.
        num_draws: Draws of z for each example, for bounds that use them.
        splits: Number of splits of a set for the standard errors of figures that are no
            means, 2 or more; 0 for none. A figure has none if there are too few
            samples.
        seed: Integer that fixes all draws.
        report: File that ends with `.html`, to which a page with all figures and
            pictures is written, and the figures to a `.json` file beside it.
        verbose: Whether a bar on the screen shows the progress.

    Returns:
        `Figures`: a dictionary of floats by name, with their units and standard errors;
        for several models a dictionary of these by name.

    Raises:
        ValueError: for an unknown figure, or one that cannot be computed for this model
            or data, for anything but a model, for data that the model refuses, or for
            an invalid number or seed.

    Example:

    >>> vae = kgen.build("vae", (2,), latent_dim=1, seed=0)
    >>> points = kgen.data.density("moons").sample(1000, seed=0)
    >>> found = kgen.evaluate(vae, points, ["likelihood", "precision_recall"])
    >>> found.units["elbo"], found.better["precision"], found.spread["elbo"] > 0
    ('nats', 'higher', True)
    """
    models = model if isinstance(model, Mapping) else {"": model}
    if isinstance(model, Mapping):
        check_names(models)
    for each in models.values():
        check_model("evaluate", each)
    check_shapes(models)
    num_draws = check_count("evaluate", "num_draws", num_draws)
    if num_samples is not None:
        num_samples = check_count("evaluate", "num_samples", num_samples)
    splits = splits and check_count("evaluate", "splits", splits, fewest=2)
    seed = check_seed("evaluate", seed)
    verbose = check_switch("evaluate", "verbose", verbose)
    names = [] if figures is None else chosen("evaluate", figures)
    path = None if report is None else check_report(report)
    found, made, shared = {}, {}, {}
    for name, each in models.items():
        check_features("evaluate", features, each)
        asked = [key for key in names if key in FIGURES]
        if figures is None:
            asked = [key for key, figure in FIGURES.items() if figure.default(each)]
        # A single figure may show its own progress.
        several = len(asked) != 1 or "verbose" not in FIGURES[asked[0]].needs
        made[name] = Ingredients(
            each,
            test,
            train,
            num_samples,
            features,
            num_draws,
            seed,
            shared,
            verbose=verbose and not several,
        )
        with progress(asked, name, verbose and several) as steps:
            found[name] = computed(made[name], steps, splits, figures == ALL)
    for name in filter(CONTESTS.__contains__, names):
        compete(name, found, made, figures == ALL)
    for each in found.values():
        if each.few:
            warnings.warn(each.advice(), FewSamplesWarning, stacklevel=2)
    if path is not None:
        write_report(path, found, made)
    return found if isinstance(model, Mapping) else found[""]


def check_names(models):
    """Raises a ValueError unless models have names, and there is one at least."""
    if not models or not all(isinstance(name, str) and name for name in models):
        raise ValueError(
            f"`evaluate` was given models with the names {list(models)}, but expects "
            "one model or more, by names that are texts."
        )


def check_shapes(models):
    """Raises a ValueError unless all models are of examples of one shape."""
    shapes = {name: tuple(each.data_shape) for name, each in models.items()}
    if len(set(shapes.values())) > 1:
        raise ValueError(
            f"`evaluate` was given models of examples of different shapes, {shapes}, "
            "but compares models of the same data. Call it for each."
        )


def progress(names, label, shown):
    """A context of a bar on the screen that goes through names of figures."""
    if not shown:
        return nullcontext(names)
    return click.progressbar(
        names, label=label or None, item_show_func=str, file=sys.stderr
    )


def chosen(caller, figures, several=True):
    """The names of figures that a user asked for, checked.

    Args:
        caller: Name of the function that takes them, for the error.
        figures: The user's argument: names, one name, or `"all"`.
        several: Whether it may be `"all"`, and names of contests.
    """
    if several and figures == ALL:
        # The objective of one model is not that of another.
        return [*sorted(FIGURES.keys() - {"objective"}), *CONTESTS]
    names = [figures] if isinstance(figures, str) else figures
    if not isinstance(names, (list, tuple)):
        raise ValueError(
            f"`{caller}` was given figures={reprlib.repr(figures)}, but expects a list "
            f"of names, of {', '.join(sorted(FIGURES))}."
        )
    for name in names:
        lookup("figure", name, {**FIGURES, **CONTESTS} if several else FIGURES)
    return list(names)


def computed(ingredients, names, splits, lenient=False):
    """`Figures` by their names.

    Args:
        ingredients: `Ingredients` of the model and its data.
        names: Names of figures.
        splits: Number of splits for standard errors.
        lenient: Whether a figure that cannot be computed is left out, with its reason.
    """
    found = Figures()
    for name in names:
        figure = FIGURES[name]
        try:
            needed = {need: ingredients[need] for need in figure.needs}
            given = figure.function(*needed.values())
        except (MissingError, ImportError, ValueError) as error:
            if not lenient:
                raise explained(name, ingredients, error) from error
            found.left_out[name] = str(error)
            continue
        errors = standard_errors(name, figure, given, needed, splits)
        found.put(name, figure, given, errors)
        rows = number_of_rows(needed)
        if rows is not None and rows < figure.enough:
            found.few[name] = figure.enough
    if "examples" in ingredients and ingredients["examples"]["weights"] is not None:
        found["weights"] = "weights of examples count in likelihood and objective only."
    if found["num_examples"] is None:
        found["num_examples"] = ingredients["num_examples"]
    if "samples" in ingredients:
        found.num_samples = ingredients["sample_size"]
    found.judge = judge(ingredients)
    return found


def compete(name, found, made, lenient=False):
    """Adds the numbers of a contest between models to the `Figures` of each.

    Args:
        name: Name of the contest.
        found: `Figures` by the names of models.
        made: `Ingredients` by the names of models.
        lenient: Whether a contest that cannot be held is left out, with its reason.
    """
    try:
        given = CONTESTS[name].function(made)
    except (MissingError, ValueError) as error:
        if not lenient:
            raise explained(name, next(iter(made.values())), error) from error
        for figures in found.values():
            figures.left_out[name] = str(error)
        return
    for key, figures in found.items():
        if key in given:
            figures.put(name, CONTESTS[name], given[key])
        else:
            figures.left_out[name] = "this model cannot take part"


def explained(name, ingredients, error):
    """The error for a figure that was asked for by name."""
    if not isinstance(error, MissingError):
        return error
    return ValueError(
        f"The figure {name!r} cannot be computed for this "
        f"{type(ingredients['model']).__name__}, as {error}. Leave it out, or choose "
        f"others of: {', '.join(sorted(FIGURES))}."
    )


def judge(ingredients):
    """Words for what features come from, or `None` if no figure has needed them."""
    if "features" not in ingredients and "classifier" not in ingredients:
        return None
    words = "the values of examples"
    if "feature_network" in ingredients:
        network = ingredients["feature_network"]
        words = f"{network.name}, {network.output_shape[-1]} features"
    if "classifier" in ingredients:
        words += f"; classes by {ingredients['classifier'].name}"
    return words


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
