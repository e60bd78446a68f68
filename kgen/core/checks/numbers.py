"""Terms and weights that are not finite: errors that name them."""

import math

import numpy as np
import tensorflow as tf

ADVICE = (
    "Try a lower learning_rate, gradient clipping (clipnorm=1.0 of the optimizer), or "
    "data that is scaled and free of outliers; with mixed_float16 try mixed_bfloat16. "
    "Checkpoints keep the last finite weights."
)


def check_terms(logs, step, steps, first, trackers):
    """The logs of some steps as floats; stops training at a term that is not finite.

    Args:
        logs: The running means after the steps, by the name of the term.
        step: Number of training steps before them.
        steps: Number of the steps.
        first: Which of them, from 0 on, was the first with a term that is not finite;
            negative if that is unknown.
        trackers: Metrics by the name of the term. The mean of no values may be NaN.

    Raises:
        FloatingPointError: with the step, the terms and what to try.
    """
    values = {name: np.asarray(value).item() for name, value in logs.items()}
    wrong = {name: v for name, v in values.items() if not math.isfinite(v)}
    counts = {name: getattr(trackers[name], "count", 1) for name in wrong}
    wrong = {n: v for n, v in wrong.items() if tf.convert_to_tensor(counts[n]) > 0}
    if wrong:
        terms = ", ".join(f"{name} is {value}" for name, value in wrong.items())
        at = step + (first + 1 if first >= 0 else steps)
        raise FloatingPointError(f"Training stopped at step {at}: {terms}. {ADVICE}")
    return values


def all_finite(values):
    """Whether an array holds no NaN or infinity."""
    # bfloat16 is no `np.floating`.
    return values.dtype.kind in "iub" or np.isfinite(values.astype("float64")).all()


def check_weights(named):
    """Refuses to save weights that are not finite.

    Args:
        named: Pairs of a variable's path and its value, an array.

    Raises:
        FloatingPointError: with the first such variable and what to try.
    """
    for path, value in named:
        if not all_finite(value):
            raise FloatingPointError(
                f"The weight {path} has become {value[~np.isfinite(value)][0]} and was "
                f"not saved. {ADVICE}"
            )
