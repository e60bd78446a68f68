"""Terms and weights that are not finite: errors that name them."""

import math

import numpy as np
import tensorflow as tf

ADVICE = (
    "Try a lower learning_rate, gradient clipping (clipnorm=1.0 of the optimizer), or "
    "data that is scaled and free of outliers; with mixed_float16 try mixed_bfloat16. "
    "Checkpoints keep the last finite weights."
)


def check_terms(logs, step, trackers):
    """Stops training at a term that is not finite.

    Args:
        logs: The running means after a step, by the name of the term.
        step: Number of training steps so far.
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
        raise FloatingPointError(f"Training stopped at step {step}: {terms}. {ADVICE}")


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
