"""A linear probe: what do learned features know about classes?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.containers import numbers
from kgen.core.checks.values import check_count
from kgen.metrics.boundary import class_labels
from kgen.metrics.figures import register


@register("linear_probe", ("hidden_features", "labels"), better="higher", enough=200)
def linear_probe(features: ArrayLike, labels: ArrayLike, num_folds: int = 5) -> float:
    """Accuracy of a linear classifier on features that a model has learned.

    The features may be a discriminator's (`gan.features(x)`) or codes
    (`vae.encode(x)`). The classifier learns from all folds but one, and is asked about
    that one. The figure is about the model's features, not about its samples: a good
    generator may have a discriminator that knows little.

    Args:
        features: `(n, d)`, one row for each example.
        labels: Classes, ints `(n,)`.
        num_folds: Number of folds, 2 or more; each class has as many examples or more.

    Returns:
        The accuracy, in 0..1. Guessing reaches the share of the largest class.

    Raises:
        ValueError: unless features are a finite matrix, with as many labels of two
            classes or more, or for an invalid number of folds.

    Example:

    >>> labels = np.arange(100) % 2
    >>> linear_probe(np.eye(2)[labels], labels)
    1.0

    References:
        [Radford et al., 2016](https://arxiv.org/abs/1511.06434)
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    num_folds = check_count("linear_probe", "num_folds", num_folds, fewest=2)
    features = numbers("linear_probe", "features", features, axes=2, rows=2)
    features = features.reshape(len(features), -1)
    labels = class_labels("linear_probe", "labels", labels, features)
    fewest = np.bincount(np.unique(labels, return_inverse=True)[1]).min()
    if fewest < num_folds:
        raise ValueError(
            f"`linear_probe` was given a class with {fewest} examples, but expects "
            f"{num_folds} or more for {num_folds} folds. Pass a smaller num_folds, or "
            "more examples."
        )
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    folds = StratifiedKFold(num_folds, shuffle=True, random_state=0)
    return float(np.mean(cross_val_score(probe, features, labels, cv=folds)))
