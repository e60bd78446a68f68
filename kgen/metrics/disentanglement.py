"""The mutual information gap: does each factor of the data have a code of its own?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from kgen.core.checks.containers import numbers
from kgen.core.checks.values import check_count
from kgen.latent.encoding import flat
from kgen.metrics.figures import register


@register("mutual_information_gap", ("codes", "factors"), better="higher", enough=1000)
def mutual_information_gap(
    codes: ArrayLike, factors: ArrayLike, num_bins: int = 20
) -> float:
    """`mean_k (I(z_a; v_k) - I(z_b; v_k)) / H(v_k)`: the gap of the two best codes.

    `I(z_j; v_k)` is the mutual information of a coordinate of the code, in bins of
    equal width, and a factor. Of all coordinates a has the largest one, and b the
    second largest. The gap is in 0..1: codes equal to independent factors get 1, and a
    factor that two coordinates share equally counts 0.

    From n examples a coordinate without information seems to have about
    `(num_bins - 1) (values - 1) / (2 n)` nats. Take 1000 examples or more; studies take
    10,000.

    A gap says that one coordinate holds the factor, not that it holds nothing else: a
    coordinate with two factors may get a high gap. An angle that two coordinates hold,
    as sine and cosine, gets 0. Factors that depend on each other keep it below 1.

    Args:
        codes: `(n, *latent_shape)` of two coordinates or more: means of a posterior.
        factors: What the data was made from, ints or floats `(n, k)`. Each factor has a
            few values that repeat.
        num_bins: Number of bins of a coordinate, 2 or more.

    Returns:
        The gap, a float.

    Raises:
        ValueError: unless both are finite and have as many rows, for codes of one
            coordinate, for factors that are constant or continuous, or for too few
            bins.

    Example:

    >>> factors = np.stack(np.meshgrid(range(4), range(4)), axis=-1).reshape(16, 2)
    >>> codes = factors.astype("float32")
    >>> round(mutual_information_gap(codes, factors), 6)
    1.0
    >>> rotated = codes @ [[1.0, 1.0], [1.0, -1.0]]
    >>> round(mutual_information_gap(rotated, factors), 6)
    0.0

    References:
        [Chen et al., 2018](https://arxiv.org/abs/1802.04942),
        [Locatello et al., 2019](https://arxiv.org/abs/1811.12359) (bins, and limits)
    """
    name = "mutual_information_gap"
    num_bins = check_count(name, "num_bins", num_bins, fewest=2)
    codes, factors = codes_and_factors(name, codes, factors)
    bins = [_bins(column, num_bins) for column in codes.T]
    gaps = []
    for factor in factors.T:
        second, best = np.sort([_information(column, factor) for column in bins])[-2:]
        gaps.append((best - second) / stats.entropy(np.bincount(factor)))
    return float(np.mean(gaps))


def _bins(column, num_bins):
    """Bins of equal width between the smallest and the largest value, `(n,)`."""
    edges = np.linspace(column.min(), column.max(), num_bins + 1)
    return np.searchsorted(edges[1:-1], column, side="right")


def _information(one, other):
    """Mutual information of two columns of ints, in nats."""
    counts = np.zeros((one.max() + 1, other.max() + 1))
    np.add.at(counts, (one, other), 1)
    marginals = stats.entropy(counts.sum(axis=1)) + stats.entropy(counts.sum(axis=0))
    return marginals - stats.entropy(counts, axis=None)


def codes_and_factors(name, codes, factors):
    """Codes as a float64 matrix, and the index of each factor's value, ints `(n, k)`.

    Args:
        name: Name of the function that takes them, for the error.
        codes: The user's codes.
        factors: The user's factors.

    Raises:
        ValueError: as `mutual_information_gap` does.
    """
    codes = flat(name, codes, rows=1).astype("float64")
    factors = numbers(name, "factors", factors, rows=1)
    if factors.ndim != 2 or len(factors) != len(codes) or codes.shape[1] < 2:
        raise ValueError(
            f"`{name}` was given codes of shape {codes.shape} and factors of shape "
            f"{factors.shape}, but expects codes (n, d) with d of 2 or more, and "
            "factors (n, k) of the same n. Give one factor an axis: factors[:, None]."
        )
    found = [np.unique(column, return_inverse=True) for column in factors.T]
    for index, (values, _) in enumerate(found):
        if not 1 < len(values) <= max(len(factors) / 2, 2):
            raise ValueError(
                f"`{name}` was given factors with {len(values)} values in column "
                f"{index}, of {len(factors)} rows, but expects 2 or more values, each "
                "in two rows or more in the mean. Leave out a constant factor; round "
                "a continuous one, as with np.digitize."
            )
    return codes, np.stack([inverse for _, inverse in found], axis=1)
