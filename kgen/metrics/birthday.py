"""The birthday paradox: how many different samples has a model?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.values import check_number
from kgen.metrics.distances import as_features
from kgen.metrics.figures import register
from kgen.metrics.neighbors import by_rows, leave_out_selves


@register(
    "birthday_paradox",
    ("features", "sample_features"),
    better={"support": "higher", "duplicates": "lower"},
    enough=500,
)
def birthday_paradox(
    real: ArrayLike, fake: ArrayLike, threshold: float | None = None
) -> dict[str, float]:
    """The number of different samples, by how often two of them are alike.

    Of N equally likely samples two are alike with probability 1 / N. So the support is
    one over the share of pairs that are alike. Half of the batches of about
    `1.2 sqrt(N)` samples hold two that are alike. For unequal probabilities the support
    is the number of equally likely samples with as many likely pairs.

    By default two samples are alike if they are closer than all pairs of real examples
    but one in a million are, or than the closest pair. Features decide what is alike:
    look at the pairs. Without a pair the support is infinite: draw more samples. A
    sample of the data's own distribution may well have one.

    Args:
        real: Features `(n, d)`, one row for each example. They give the threshold.
        fake: Features `(m, d)`, one row for each example.
        threshold: The largest distance of two samples that are alike, 0 or more.

    Returns:
        Dictionary: `support`, 1 or more; `duplicates`, the share of samples that are
        like another one, in 0..1; `threshold`, the distance.

    Raises:
        ValueError: unless both are finite matrices of equal width, with two rows or
            more, or for an invalid threshold.

    Example:

    >>> rng = np.random.default_rng(0)
    >>> real, few = rng.normal(size=(500, 8)), rng.normal(size=(50, 8))
    >>> found = birthday_paradox(real, few[rng.integers(50, size=1000)])
    >>> 45 < found["support"] < 55
    True

    References:
        [Arora & Zhang, 2017](https://arxiv.org/abs/1706.08224)
    """
    real, fake = as_features("birthday_paradox", real, fake)
    if threshold is None:
        threshold = _closest(real)
    limit = check_number("threshold", threshold) ** 2

    def alike(distances, start):
        leave_out_selves(distances, start)
        return np.sum(distances <= limit, axis=1)

    counts = by_rows(fake, fake, alike)
    share = np.mean(counts) / (len(fake) - 1)
    return {
        "support": float(1.0 / share) if share else float("inf"),
        "duplicates": float(np.mean(counts > 0)),
        "threshold": float(threshold),
    }


def _closest(rows):
    """A distance below which a pair of rows in a million is, or the smallest one."""
    nearest = np.sqrt(by_rows(rows, rows, _to_nearest))
    nearest = nearest[nearest > 0]  # Equal rows say nothing of how near is alike.
    if not len(nearest):
        raise ValueError(
            "`birthday_paradox` was given real with equal rows only, which give no "
            "distance. Pass threshold."
        )
    pairs = len(rows) * (len(rows) - 1) / 2
    # Each of the closest pairs is the nearest of both its rows.
    return float(np.sort(nearest)[min(2 * int(pairs / 1e6), len(nearest) - 1)])


def _to_nearest(distances, start):
    leave_out_selves(distances, start)
    return np.min(distances, axis=1)
