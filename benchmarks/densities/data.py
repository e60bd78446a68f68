"""Data of the family `densities`, the same on both sides."""

import numpy as np

from benchmarks.harness.data import digits

LEVELS = 17
NUM_DRAWS = 8  # Draws of the noise that makes levels real numbers.


def plane(name):
    """Points of a density on the plane.

    Args:
        name: Name of a `kgen.data.density`.

    Returns:
        100,000 points for training and 20,000 others, float32 `(n, 2)`, and log p of
        the others, nats.
    """
    import kgen

    density = kgen.data.density(name)
    held_out = density.sample(20_000, seed=1)
    return density.sample(100_000, seed=0), held_out, density.log_prob(held_out)


def gap(log_prob, exact):
    """The gap between a model and the truth: mean and standard error, in nats.

    Args:
        log_prob: The model's log p at held-out points.
        exact: The density's log p at these points.
    """
    differences = exact - np.asarray(log_prob, "float64")
    error = differences.std(ddof=1) / np.sqrt(len(differences))
    return {"gap": float(differences.mean()), "error": float(error)}


def table(name, split):
    """A table, without its target.

    Args:
        name: scikit-learn's `"wine"` or `"breast_cancer"`; or `"friedman"`: five
            uniform columns and a noisy function of them, 20,640 rows, the size of
            California's housing, which needs a download.
        split: Seed of the split.

    Returns:
        Rows for training, for choosing and for the test: a fifth are held out, and a
        fifth of the rest is for choosing. float32, standardised by the mean and the
        standard deviation of the training rows.
    """
    from sklearn import datasets

    if name == "friedman":
        x, y = datasets.make_friedman1(20_640, 5, noise=1.0, random_state=0)
        x = np.column_stack([x, y])
    else:
        x = getattr(datasets, f"load_{name}")().data
    x = x[np.random.default_rng(split).permutation(len(x))]
    num_held_out = round(0.2 * len(x))
    held_out, rest = x[:num_held_out], x[num_held_out:]
    num_choosing = round(0.2 * len(rest))
    choosing, training = rest[:num_choosing], rest[num_choosing:]
    mean, stddev = training.mean(axis=0), training.std(axis=0)
    parts = (training, choosing, held_out)
    return tuple(((part - mean) / stddev).astype("float32") for part in parts)


def table_batch(x):
    """Batch size for training on a table."""
    return 64 if len(x) < 1000 else 512


def levels():
    """The digits as levels 0 to 16.

    Returns:
        Float32 `(n, 8, 8, 1)`: 1293 for training, 144 for choosing, 360 held out.
    """
    x, held_out = (16.0 * part for part in digits())
    return x[:1293], x[1293:], held_out
