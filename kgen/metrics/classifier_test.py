"""A test by a network: do real examples and samples differ?"""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from kgen.core.checks.values import check_seed
from kgen.metrics.distances import as_features
from kgen.metrics.figures import register

HIDDEN = 64


@register(
    "classifier_test",
    ("features", "sample_features"),
    better={"classifier_accuracy": "lower"},
    enough=500,
)
def classifier_test(
    real: ArrayLike, fake: ArrayLike, seed: int | None = 0
) -> dict[str, float]:
    """How well a network tells unseen samples from real examples: 0.5 is best.

    A perceptron learns from one half of both sets and judges the other half. Its
    accuracy there is the mean of its accuracies on real examples and on samples, so
    that sets may be of different sizes. It sees differences that the nearest neighbour
    does not, if there are enough rows to learn them from. 0.5 may also mean that the
    network has learned nothing: few rows, or features in which nothing differs.

    Args:
        real: Features `(n, d)`, one row for each example.
        fake: Features `(m, d)`, one row for each example.
        seed: Integer that fixes the halves and the network.

    Returns:
        Dictionary: `classifier_accuracy`, in 0..1; `classifier_p_value`, the
        probability of such an accuracy, or a higher one, for sets of one distribution.

    Raises:
        ValueError: unless both are finite matrices of equal width, with four rows or
            more, or for an invalid seed.

    Example:

    >>> real, fake = np.random.default_rng(0).normal(size=(2, 400, 4))
    >>> classifier_test(real, fake)["classifier_p_value"] > 0.01
    True
    >>> classifier_test(real, fake * 3)["classifier_accuracy"] > 0.8
    True

    References:
        [Lopez-Paz & Oquab, 2017](https://arxiv.org/abs/1610.06545)
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.model_selection import train_test_split
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    seed = check_seed("classifier_test", seed)
    real, fake = as_features("classifier_test", real, fake, 4)
    rows = np.concatenate([real, fake])
    is_real = np.repeat([1, 0], [len(real), len(fake)])
    seen, unseen, seen_real, unseen_real = train_test_split(
        rows, is_real, test_size=0.5, stratify=is_real, random_state=seed
    )
    # It stops early on a part of its own: a network that knows all rows judges badly.
    network = MLPClassifier(
        HIDDEN, early_stopping=len(seen) >= 100, max_iter=200, random_state=seed
    )
    judge = make_pipeline(StandardScaler(), network)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # 200 passes do.
        judge.fit(seen, seen_real)
    right = judge.predict(unseen) == unseen_real
    accuracy, p_value = fair_accuracy(right, unseen_real)
    return {"classifier_accuracy": accuracy, "classifier_p_value": p_value}


def fair_accuracy(right, is_real):
    """The accuracy with equal weight of both kinds, and its p-value for chance.

    Args:
        right: Whether each decision is right, bool `(n,)`.
        is_real: The kind of each example, 1 or 0, `(n,)`.

    Returns:
        Accuracy in 0..1, and the probability of it, or of a higher one, for a coin.
    """
    shares = [np.mean(right[is_real == kind]) for kind in (0, 1)]
    accuracy = float(np.mean(shares))
    # Each share is binomial with its own count.
    deviation = np.sqrt(sum(0.25 / np.sum(is_real == kind) for kind in (0, 1))) / 2
    return accuracy, float(stats.norm.sf((accuracy - 0.5) / deviation))
