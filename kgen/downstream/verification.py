"""Verification: do two examples show the same class? Decided by their codes."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.containers import numbers
from kgen.core.checks.values import check_count, check_seed
from kgen.core.config import lookup
from kgen.latent.encoding import flat


@dataclasses.dataclass(frozen=True, eq=False)
class Verification:
    """How well distances of codes tell pairs of one class from other pairs.

    Args:
        auroc: Probability that a pair of one class is closer than another pair: 1 is
            perfect, 1/2 is blind.
        equal_error_rate: Share of wrong decisions at the threshold at which both kinds
            of pairs are judged wrongly equally often.
        thresholds: Distances up to which a pair is taken for one class, rising.
        true_match_rate: Share of the pairs of one class up to each threshold.
        false_match_rate: Share of the other pairs up to each threshold.
    """

    auroc: float
    equal_error_rate: float
    thresholds: np.ndarray
    true_match_rate: np.ndarray
    false_match_rate: np.ndarray


def verification(
    z: ArrayLike,
    labels: ArrayLike,
    distance: str = "cosine",
    num_pairs: int = 100_000,
    seed: int | None = 0,
) -> Verification:
    """The ROC curve of "same class or not" from the distance of two codes.

    For codes of any kind: an autoencoder's, the coefficients of PCA or LDA, pixels.
    Pass codes of examples that training has not seen.

    Args:
        z: Codes `(n, *latent_shape)`.
        labels: Class of each code, ints `(n,)`.
        distance: `"cosine"`, one minus the cosine of the angle between both codes,
            after their mean is subtracted; or `"euclidean"`.
        num_pairs: Most pairs to compare. If there are more, a random choice of them is
            compared.
        seed: Integer that fixes this choice.

    Raises:
        ValueError: unless there is one label for each code, and pairs of both kinds;
            for an unknown distance, or an invalid number or seed.

    Example:

    >>> z = np.array([[1.0, 0.1], [1.0, 0.0], [-1.0, 0.0], [-1.0, -0.1]])
    >>> verification(z, [0, 0, 1, 1]).auroc
    1.0

    References:
        [Turk & Pentland, 1991](https://doi.org/10.1162/jocn.1991.3.1.71),
        [Belhumeur et al., 1997](https://doi.org/10.1109/34.598228)
    """
    from sklearn import metrics

    name = "verification"
    measure = lookup("distance", distance, {"cosine": _cosine, "euclidean": _euclidean})
    num_pairs = check_count(name, "num_pairs", num_pairs)
    seed = check_seed(name, seed)
    z = flat(name, z, "z", rows=2).astype("float64")
    labels = numbers(name, "labels", labels)
    if labels.shape != (len(z),) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"`{name}` was given {len(z)} codes and labels of shape {labels.shape} and "
            f"type {labels.dtype}, but expects one int for each code."
        )
    first, second = _pairs(len(z), num_pairs, seed)
    same = labels[first] == labels[second]
    if same.all() or not same.any():
        raise ValueError(
            f"`{name}` was given {len(np.unique(labels))} classes of {len(z)} codes, "
            "but expects pairs of one class and pairs of different ones. Pass two "
            "classes or more, with two codes or more."
        )
    distances = measure(z, first, second)
    # A smaller distance speaks for one class.
    false, true, scores = metrics.roc_curve(same, -distances, drop_intermediate=False)
    both = np.interp(0.0, false + true - 1.0, false)
    return Verification(
        auroc=float(metrics.roc_auc_score(same, -distances)),
        equal_error_rate=float(both),
        thresholds=-scores[1:],  # The first is that of no match at all.
        true_match_rate=true[1:],
        false_match_rate=false[1:],
    )


def _pairs(num_codes, num_pairs, seed):
    """Indices of different codes: all pairs, or a random choice of them."""
    total = num_codes * (num_codes - 1) // 2
    if total <= num_pairs:
        return np.triu_indices(num_codes, k=1)
    rng = np.random.default_rng(seed)
    first = rng.integers(num_codes, size=num_pairs)
    return first, (first + rng.integers(1, num_codes, size=num_pairs)) % num_codes


def _cosine(z, first, second):
    z = z - z.mean(axis=0)
    # A code at the mean has no direction: its cosine is 0.
    z = z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-12)
    return 1.0 - np.sum(z[first] * z[second], axis=1)


def _euclidean(z, first, second):
    return np.linalg.norm(z[first] - z[second], axis=1)
