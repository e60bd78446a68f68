"""Disentanglement, completeness and informativeness of codes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from kgen.core.checks.values import check_seed
from kgen.metrics.disentanglement import codes_and_factors
from kgen.metrics.figures import register


@register("dci", ("codes", "factors"), better="higher", enough=1000)
def dci(codes: ArrayLike, factors: ArrayLike, seed: int | None = 0) -> dict[str, float]:
    """Does each code hold one factor, is each factor in one code, and is it in them?

    Random forests learn each factor from the codes. `R_jk` is the importance of
    coordinate j for factor k, by the impurity that splits on it remove.

    - Disentanglement: `sum_j w_j (1 - H(R_j. / sum_k R_jk) / log k)`, with the share
      `w_j` of coordinate j in all importance. It is 1 if no coordinate holds two
      factors.
    - Completeness: `mean_k (1 - H(R_.k / sum_j R_jk) / log d)`. It is 1 if no factor is
      in two coordinates.
    - Informativeness: the accuracy of the forests on the half of the examples that they
      have not seen, a mean over factors.

    All are in 0..1. Codes equal to independent factors get 1 in all three; codes
    without information get a disentanglement and a completeness near 0, and the
    informativeness of a guess. Take 1000 examples or more: forests split on noise where
    examples are few, which lowers the first two.

    The figures depend on the learner: compare only those of this one. Read the first
    two next to the third, since importances of a forest that has learned little mean
    little. Coordinates that repeat each other share their importance.

    Args:
        codes: `(n, *latent_shape)` of two coordinates or more: means of a posterior.
        factors: What the data was made from, ints or floats `(n, k)` with two factors
            or more. Each has a few values that repeat.
        seed: Integer that fixes the halves and the forests.

    Returns:
        Dictionary: `disentanglement`, `completeness` and `informativeness`.

    Raises:
        ValueError: unless both are finite and have as many rows, for one coordinate or
            one factor, for factors that are constant or continuous, or for an invalid
            seed.

    Example:

    >>> factors = np.random.default_rng(0).integers(3, size=(200, 2))
    >>> dci(factors.astype("float32"), factors)
    {'disentanglement': 1.0, 'completeness': 1.0, 'informativeness': 1.0}

    References:
        [Eastwood & Williams, 2018](https://openreview.net/forum?id=By-7dz-AZ),
        [Locatello et al., 2019](https://arxiv.org/abs/1811.12359) (accuracy)
    """
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import train_test_split

    seed = check_seed("dci", seed)
    codes, factors = codes_and_factors("dci", codes, factors)
    if factors.shape[1] < 2:
        raise ValueError(
            "`dci` was given one factor, but expects two or more: with one, all codes "
            "are disentangled. For one factor use mutual_information_gap."
        )
    z, z_test, v, v_test = train_test_split(
        codes, factors, test_size=0.5, random_state=seed
    )
    importances, accuracies = [], []
    for factor, factor_test in zip(v.T, v_test.T, strict=True):
        # All codes at each split: with a random choice of them, a forest would have to
        # split on codes without information.
        forest = RandomForestClassifier(max_features=None, random_state=seed)
        forest.fit(z, factor)
        importances.append(forest.feature_importances_)
        accuracies.append(forest.score(z_test, factor_test))
    importance = np.stack(importances, axis=1)
    weights = importance.sum(axis=1) / max(importance.sum(), np.finfo("float64").tiny)
    return {
        "disentanglement": float(weights @ concentration(importance)),
        "completeness": float(np.mean(concentration(importance.T))),
        "informativeness": float(np.mean(accuracies)),
    }


def concentration(weights):
    """`1 - H / log m` of each row `(n, m)`: 1 for one entry, 0 for equal ones."""
    size = weights.shape[1]
    sums = weights.sum(axis=1, keepdims=True)
    # A row without weight prefers no entry.
    equal = np.full(weights.shape, 1 / size)
    shares = np.divide(weights, sums, out=equal, where=sums > 0)
    return 1.0 - stats.entropy(shares, axis=1) / np.log(size)
