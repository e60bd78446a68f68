"""Checks of the verbs."""

import numpy as np
import tensorflow as tf

from kgen.core.verbs import verbs
from kgen.testing.tools import (
    assert_same,
    call,
    differ,
    raised,
    random_verbs,
    verb_inputs,
)


def check_seeds(model, x, labels=None):
    """A row depends on its seed, but not on its batch or on other rows."""
    for name, verb in random_verbs(model).items():
        inputs = verb_inputs(model, verb, x, labels)
        seeds = np.arange(len(x))
        whole = call(model, name, {**inputs, "seed": seeds})
        assert_same(
            whole, call(model, name, {**inputs, "seed": seeds}), f"{name}, again"
        )
        part = {key: value[2:5] for key, value in inputs.items()}
        part = call(model, name, {**part, "seed": seeds[2:5]})
        rows = {key: value[2:5] for key, value in whole.items()}
        assert_same(rows, part, f"{name}, cut to three rows")
        others = call(model, name, {**inputs, "seed": seeds + 100})
        unseeded = call(model, name, {**inputs, "seed": None})
        again = call(model, name, {**inputs, "seed": None})
        assert differ(whole, others), f"{name} ignores its seed"
        assert differ(unseeded, again), f"{name} without a seed repeats itself"


def check_labels(model, x, labels=None):
    """Verbs need labels, or a context, if and only if the model is conditional."""
    for name, verb in verbs(model).items():
        if "labels" not in verb.arguments:
            continue
        inputs = verb_inputs(model, verb, x, labels)
        condition = model.condition or "labels"
        inputs[condition] = np.zeros(len(x), "int32") if labels is None else None
        count = {"num_samples": len(x)} if name == "sample" else {}
        message = raised(ValueError, getattr(model, name), **inputs, **count)
        assert condition in message, f"{name} says {message!r}"


def check_shapes(model, x, labels=None):
    """Each verb returns one row for each input row, and outputs have their shapes."""
    for name, verb in verbs(model).items():
        outputs = call(model, name, verb_inputs(model, verb, x, labels))
        shapes = {name: spec.shape for name, spec in model.argument_specs.items()}
        for key, value in outputs.items():
            shape = tf.TensorShape((len(x), *shapes.get(key, ())))  # `None` for any.
            assert shape.is_compatible_with(value.shape), (
                f"{name} gives {key} of shape {value.shape}"
            )
            assert np.all(np.isfinite(value)), f"{name} gives {key} that is not finite"


def check_bounds(model, x, labels=None):
    """`elbo` is minus the sum of `elbo_parts`, and in the mean at most `iwae_bound`.

    `iwae_bound(K)` increases with K.
    """
    if {"elbo", "elbo_parts"} <= set(verbs(model)):
        inputs = verb_inputs(model, verbs(model)["elbo"], x, labels)
        total = sum(call(model, "elbo_parts", inputs).values())
        assert_same({"elbo": -total}, call(model, "elbo", inputs), "the sum of parts")
    if not hasattr(model, "iwae_bound"):
        return
    # Many draws for each example, so that differences of means exceed their noise.
    draws = np.arange(len(x) * 64)
    inputs = {"x": np.repeat(x, 64, axis=0), "seed": draws}
    if model.condition is not None:
        inputs[model.condition] = np.repeat(labels, 64, axis=0)
    bounds = [call(model, "elbo", inputs)["elbo"]]
    for count in (4, 16):
        values = call(model, "iwae_bound", {**inputs, "num_samples": count})
        bounds.append(values["iwae_bound"])
    for lower, upper in zip(bounds, bounds[1:], strict=False):
        gap = upper - lower
        error = gap.std() / np.sqrt(gap.size)
        assert gap.mean() >= -3 * error, f"a tighter bound is lower by {-gap.mean()}"


def check_inverse(model, x, labels=None):
    """`decode(encode(x))` of a flow is x."""
    if not hasattr(model, "trace"):
        return
    condition = {} if model.condition is None else {model.condition: labels}
    # Levels, where the model is over them.
    x = model.decode(model.encode(x, **condition), **condition)
    # A copy: for the same tensor TFP would return its remembered input.
    z = np.array(model.encode(x, **condition))
    np.testing.assert_allclose(model.decode(z, **condition), x, rtol=1e-3, atol=1e-3)
