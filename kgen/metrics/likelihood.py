"""Likelihood figures of a model on held-out data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from kgen.core.checks.containers import numbers
from kgen.core.checks.models import check_model
from kgen.core.checks.values import (
    check_count,
    check_data_shape,
    check_seed,
    check_switch,
)
from kgen.core.hints import Data
from kgen.core.parts import verb_parts
from kgen.core.random import row_seeds
from kgen.metrics.bars import bar, num_batches
from kgen.metrics.figures import OTHERS, register
from kgen.metrics.ingredients import as_dataset, batches_of_parts
from kgen.metrics.results import Estimate

if TYPE_CHECKING:
    from kgen.core.model import GenerativeModel


LIKELIHOOD_VERBS = ("log_prob", "elbo", "elbo_parts", "iwae_bound")
HIGHER = dict.fromkeys(("log_prob", "elbo", "iwae_bound"), "higher")


def likelihood_verbs(model):
    """Names of the verbs of a model that give its likelihood, or else bounds on it."""
    if model.preferred_likelihood == "log_prob":
        return ["log_prob"]
    return [name for name in LIKELIHOOD_VERBS[1:] if hasattr(model, name)]


def bits_per_dimension(nats: ArrayLike, data_shape: Sequence[int]) -> Any:
    """Code length of each value in bits: `-nats / (D log 2)` for examples of D values.

    Args:
        nats: Log probability of whole examples, or a bound on it: a number, an array or
            a tensor. NaN and infinity stay as they are.
        data_shape: Shape of one example.

    Raises:
        ValueError: if `nats` are not real numbers, or `data_shape` is not a shape.
    """
    size = math.prod(check_data_shape(data_shape))
    is_tensor = isinstance(nats, tf.Tensor) and nats.dtype.is_floating
    if not (is_tensor or type(nats) in (int, float)):
        nats = numbers("bits_per_dimension", "nats", nats, axes=0, finite=False)
        if nats.dtype.kind == "b":
            raise ValueError(
                "`bits_per_dimension` was given nats of type bool, but expects the log "
                "probabilities of examples."
            )
    return -nats / (size * math.log(2.0))


def evaluate_likelihood(
    model: GenerativeModel,
    dataset: Data,
    num_samples: int = 200,
    seed: int | None = 0,
    num_time_samples: int = 50,
    verbose: bool = False,
) -> dict[str, Any]:
    """Mean likelihood figures over a dataset, the same for every batch size.

    Examples count by their weights, if the data set has weights.

    Args:
        model: A `GenerativeModel`, compiled.
        dataset: Data set of batches `x` or `(x, labels)`, not shuffled; or these as
            arrays.
        num_samples: Draws of z for each example, if a verb takes them.
        seed: Integer that fixes all draws.
        num_time_samples: Draws of t for each example, if a verb takes them. Diffusion
            estimates its bound, without bias, from this number of evaluations.
        verbose: Whether a bar on the screen shows the progress.

    Returns:
        Dictionary: `num_examples`; for each likelihood verb of the model
        (`log_prob`, `elbo`, `elbo_parts`, `iwae_bound`) its mean in nats, with `elbo`
        as minus the sum of its parts, if the model has them; and
        `bits_per_dimension` of the best of them if data is discrete. If the data has
        values without probability under the likelihood, a `note` says so instead. A
        mean is a float with its standard error, `found["elbo"].error`.

    Raises:
        ValueError: for anything but a model, a model without such a verb, data that the
            model refuses or that is infinite or empty, or an invalid number of draws or
            seed.
    """
    check_model("evaluate_likelihood", model)
    seed = check_seed("evaluate_likelihood", seed)
    num_samples = check_count("evaluate_likelihood", "num_samples", num_samples)
    num_time_samples = check_count(
        "evaluate_likelihood", "num_time_samples", num_time_samples
    )
    verbose = check_switch("evaluate_likelihood", "verbose", verbose)
    verbs = {name: getattr(model, name) for name in likelihood_verbs(model)}
    if not verbs:
        raise ValueError(
            f"This {type(model).__name__} has no likelihood: it has none of the verbs "
            f"{', '.join(LIKELIHOOD_VERBS)}. kgen.metrics.evaluate(model, test) gives "
            "the terms of its objective."
        )
    if "elbo_parts" in verbs:  # Their sum is -elbo: one pass gives both.
        verbs.pop("elbo", None)
    dataset = as_dataset(model, dataset)
    # Only levels have bits: by a likelihood, or by a flow's dequantisation.
    likelihood = getattr(model, "likelihood", getattr(model, "dequantization", None))
    means, count, covered = {}, 0, True
    found = batches_of_parts(model, dataset, "evaluate_likelihood")
    for parts in bar(found, ", ".join(verbs), num_batches(dataset), verbose):
        x = parts["x"]
        weights = np.ones(len(x)) if parts["weights"] is None else parts["weights"]
        for name, verb in verbs.items():
            inputs = verb_parts(model, verb, parts)
            options = {
                "seed": row_seeds(seed, count + len(x))[count:],
                "num_samples": num_samples,
                "num_time_samples": num_time_samples,
            }
            options = {k: v for k, v in options.items() if k in verb.arguments}
            for term, value in _by_term(name, verb(**inputs, **options)).items():
                means.setdefault(term, WeightedMean()).add(value, weights)
        covered = covered and (likelihood is None or likelihood.covers(x))
        count += len(x)
    if not count or not all(mean.weight for mean in means.values()):
        raise ValueError("The data set is empty: there is nothing to evaluate on.")
    figures = {"num_examples": count}
    figures.update({name: mean.estimate() for name, mean in means.items()})
    if not covered:
        figures["note"] = (
            f"The data has values that {type(likelihood).__name__} gives no "
            "probability, so these nats order models but are no log likelihood. "
            f"{likelihood.advice}"
        )
    elif likelihood is not None and likelihood.discrete:
        best = next(n for n in ("log_prob", "iwae_bound", "elbo") if n in figures)
        bits = bits_per_dimension(float(figures[best]), model.data_shape)
        scale = abs(bits / figures[best]) if figures[best] else 0.0
        figures["bits_per_dimension"] = Estimate(bits, figures[best].error * scale)
    return figures


@register(
    "likelihood",
    needs=("model", "data", "num_draws", "seed", "verbose"),
    unit={"bits_per_dimension": "bits", OTHERS: "nats"},
    better={**HIGHER, "bits_per_dimension": "lower"},
    default=likelihood_verbs,
)
def likelihood_figure(model, dataset, num_draws, seed, verbose):
    """The figure: `evaluate_likelihood` of the ingredients."""
    return evaluate_likelihood(model, dataset, num_draws, seed, verbose=verbose)


class WeightedMean:
    """The mean of rows that come in batches, and its standard error."""

    def __init__(self):
        self.weight, self.total, self.moments = 0.0, 0.0, np.zeros(3)

    def add(self, values, weights):
        """Adds rows `(n,)` with their weights `(n,)`."""
        values = np.asarray(values, np.float64)
        self.weight += float(np.sum(weights))
        self.total += float(np.dot(weights, values))
        squares = np.square(weights)
        self.moments += [np.dot(squares, values**power) for power in range(3)]

    def estimate(self):
        """The mean, an `Estimate`."""
        mean = self.total / self.weight
        # The sum of w^2 (x - mean)^2, of its parts.
        square = np.dot(self.moments, [mean**2, -2.0 * mean, 1.0])
        return Estimate(mean, np.sqrt(max(square, 0.0)) / self.weight)


def _by_term(name, values):
    if name == "elbo_parts":
        return {"elbo": -sum(values.values()), **values}
    return {name: values}
