"""Likelihood figures of a model on data that it was not trained on."""

import math

import keras
import numpy as np
import tensorflow as tf

from kgen.core.checks.containers import numbers
from kgen.core.checks.values import (
    check_count,
    check_data_shape,
    check_model,
    check_seed,
)
from kgen.core.pieces import batches, is_dataset
from kgen.core.random import row_seeds
from kgen.core.training.datasets import as_datasets

LIKELIHOOD_VERBS = ("log_prob", "elbo", "elbo_parts", "iwae_bound")


def bits_per_dimension(nats, data_shape):
    """Code length of each value in bits: `-nats / (D log 2)`, D values an example.

    Args:
        nats: Log probability of whole examples, or a bound on it: a number, an array or
            a tensor. What is NaN or infinite stays so.
        data_shape: Shape of one example.

    Raises:
        ValueError: if these are no real numbers, or no shape.
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


def held_out(model, dataset, num_samples=200, seed=0, num_time_samples=50):
    """Mean likelihood figures over a dataset, the same however it is batched.

    Args:
        model: A `GenerativeModel`, compiled.
        dataset: Data set of batches `x` or `(x, labels)`, not shuffled; or these as
            arrays.
        num_samples: Draws of z for each example, where a verb asks for them.
        seed: Integer that fixes all draws.
        num_time_samples: Draws of t for each example, where a verb asks for them: the
            bound of diffusion in so many evaluations, not biased by them.

    Returns:
        Dictionary: `num_examples`; for each likelihood verb that the model has
        (`log_prob`, `elbo`, `elbo_parts`, `iwae_bound`) its mean in nats, and
        `bits_per_dimension` of the best of them if data is discrete. Where the data
        is not what the likelihood is for, a `note` says so instead. A model without
        such verbs gives the terms of `evaluate`.

    Raises:
        ValueError: for what is no model, data that it refuses or that has no end or no
            example, or a number of draws or a seed that is none.
    """
    check_model("held_out", model)
    seed = check_seed("held_out", seed)
    num_samples = check_count("held_out", "num_samples", num_samples)
    num_time_samples = check_count("held_out", "num_time_samples", num_time_samples)
    if not is_dataset(dataset):
        parts = dataset if isinstance(dataset, tuple) else (dataset,)
        dataset = as_datasets(model, keras.Model.evaluate, *parts)["x"]
    verbs = {n: getattr(model, n) for n in LIKELIHOOD_VERBS if hasattr(model, n)}
    if not verbs:
        terms = model.evaluate(dataset, verbose=0, return_dict=True)
        return {"num_examples": int(dataset.unbatch().reduce(0, _count)), **terms}
    # What has bits: levels, by a likelihood or by a flow's dequantisation.
    likelihood = getattr(model, "likelihood", getattr(model, "dequantization", None))
    totals, count, covered = {}, 0, True
    for batch in batches(dataset, "`held_out` was given a data set"):
        x, condition, _ = keras.utils.unpack_x_y_sample_weight(batch)
        x = np.asarray(x)
        inputs = {"x": x}
        if model.condition is not None:
            inputs[model.condition] = condition
        for name, verb in verbs.items():
            options = {
                "seed": row_seeds(seed, count + len(x))[count:],
                "num_samples": num_samples,
                "num_time_samples": num_time_samples,
            }
            options = {k: v for k, v in options.items() if k in verb.arguments}
            for term, value in _named(name, verb(**inputs, **options)).items():
                total = np.sum(value, dtype=np.float64)
                totals[term] = totals.get(term, 0.0) + float(total)
        covered = covered and (likelihood is None or likelihood.covers(x))
        count += len(x)
    if not count:
        raise ValueError("The data set is empty: there is nothing to evaluate on.")
    figures = {"num_examples": count}
    figures.update({name: total / count for name, total in totals.items()})
    if not covered:
        figures["note"] = (
            f"The data has values that {type(likelihood).__name__} gives no "
            "probability, so these nats order models but are no log likelihood. "
            f"{likelihood.advice}"
        )
    elif likelihood is not None and likelihood.discrete:
        best = next(n for n in ("log_prob", "iwae_bound", "elbo") if n in figures)
        bits = bits_per_dimension(figures[best], model.data_shape)
        figures["bits_per_dimension"] = bits
    return figures


def _named(name, values):
    return values if isinstance(values, dict) else {name: values}


def _count(total, _):
    return total + 1
