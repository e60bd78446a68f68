"""Boundary distortion: do samples miss the variety at the edges of classes?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.containers import numbers
from kgen.core.checks.values import check_count
from kgen.metrics.distances import as_features
from kgen.metrics.figures import register


@register(
    "boundary_distortion",
    ("features", "labels", "sample_features", "sample_labels"),
    better={"boundary_distortion": "lower"},
    enough=1000,
)
def boundary_distortion(
    real: ArrayLike,
    real_labels: ArrayLike,
    fake: ArrayLike,
    fake_labels: ArrayLike,
    num_folds: int = 5,
) -> dict[str, float]:
    """How much accuracy a linear classifier loses if samples have trained it.

    It is the accuracy on real examples of a classifier from real examples of other
    folds, minus that of a classifier from as many samples, if there are as many: draw
    as many as real examples, since fewer teach less. It is 0 for samples of the
    data's own distribution. Samples near the centre of each class leave the boundary
    undetermined, and it grows. So does it for wrong labels.

    `spectrum` compares the effective ranks of both covariances,
    `(sum e)^2 / sum e^2` for the eigenvalues e: below 1, samples vary in fewer
    directions than the data. Noise raises it.

    Args:
        real: Features `(n, d)` of real examples.
        real_labels: Their classes, ints `(n,)`.
        fake: Features `(m, d)` of samples.
        fake_labels: The classes that they were drawn for, ints `(m,)`.
        num_folds: Number of folds of the real examples.

    Returns:
        Dictionary: `boundary_distortion`, in -1..1, and `spectrum`, above 0.

    Raises:
        ValueError: unless features are finite matrices of equal width, with as many
            labels of two classes or more, or for an invalid number of folds.

    Example:

    >>> rng = np.random.default_rng(0)
    >>> labels = np.arange(600) % 2
    >>> real = rng.normal(size=(600, 2)) + 2 * labels[:, None]
    >>> found = boundary_distortion(real, labels, real * [1, 0], labels)
    >>> found["spectrum"] < 0.9
    True

    References:
        [Santurkar et al., 2018](https://arxiv.org/abs/1711.00970)
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    name = "boundary_distortion"
    num_folds = check_count(name, "num_folds", num_folds, fewest=2)
    real, fake = as_features(name, real, fake)
    real_labels = class_labels(name, "real_labels", real_labels, real)
    fake_labels = class_labels(name, "fake_labels", fake_labels, fake)

    def right(x, y, unseen, labels):
        linear = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        return np.mean(linear.fit(x, y).predict(unseen) == labels)

    gaps, order = [], np.random.default_rng(0).permutation(len(fake))
    folds = StratifiedKFold(num_folds, shuffle=True, random_state=0)
    for seen, unseen in folds.split(real, real_labels):
        held_out = real[unseen], real_labels[unseen]
        few = order[: len(seen)]
        by_real = right(real[seen], real_labels[seen], *held_out)
        gaps.append(by_real - right(fake[few], fake_labels[few], *held_out))
    return {
        "boundary_distortion": float(np.mean(gaps)),
        "spectrum": float(effective_rank(fake) / effective_rank(real)),
    }


def effective_rank(rows):
    """`(sum e)^2 / sum e^2` for the eigenvalues e of the covariance of rows."""
    eigenvalues = np.square(np.linalg.svd(rows - rows.mean(axis=0), compute_uv=False))
    if not eigenvalues.any():
        raise ValueError(
            f"All {len(rows)} rows of features are equal, so they have no directions "
            "to compare. Pass features that vary."
        )
    return np.square(eigenvalues.sum()) / np.square(eigenvalues).sum()


def class_labels(name, key, labels, rows):
    """Labels as ints `(n,)`, of two classes or more, one for each row."""
    labels = numbers(name, key, labels, rows=1)
    whole = labels.ndim == 1 and labels.dtype.kind in "iu"
    if not whole or len(labels) != len(rows) or np.all(labels == labels[0]):
        raise ValueError(
            f"`{name}` was given {key} of shape {labels.shape} and type "
            f"{labels.dtype} for {len(rows)} rows, but expects one int for each, of "
            "two classes or more."
        )
    return labels
