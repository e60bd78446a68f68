"""Samples that are copies of training examples."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kgen.core.checks.values import check_fraction
from kgen.metrics.distances import as_features
from kgen.metrics.figures import register
from kgen.metrics.neighbors import to_nearest


@register(
    "memorization",
    ("training_features", "features", "sample_features"),
    better={"copies": "lower"},
    enough=500,
)
def memorization(
    train: ArrayLike, test: ArrayLike, fake: ArrayLike, share: float = 0.05
) -> dict[str, float]:
    """Whether samples are nearer to training examples than held-out examples are.

    The distance of a held-out example to its nearest training example says how near an
    example comes that nobody copied. A sample counts as a copy if it is as near as the
    fraction `share` of held-out examples are. Samples of the data's own distribution
    have about that share of copies.

    Args:
        train: Features `(n, d)` of the examples that the model has learned from.
        test: Features `(k, d)` of held-out examples.
        fake: Features `(m, d)` of samples.
        share: Share of held-out examples that would count as copies, in 0..1.

    Returns:
        Dictionary: `copies`, the share of samples that are copies, in 0..1;
        `nearness`, the median distance of samples to their nearest training example,
        divided by that of held-out examples: well below 1 the model recites.

    Raises:
        ValueError: unless all are finite matrices of equal width with a row or more,
            for a share outside 0..1, or if `test` is a part of `train`.

    Example:

    >>> train, test, fake = np.random.default_rng(0).normal(size=(3, 300, 4))
    >>> memorization(train, test, train[:50])["copies"]
    1.0
    >>> memorization(train, test, fake)["copies"] < 0.2
    True

    References:
        [Meehan et al., 2020](https://arxiv.org/abs/2004.05675)
    """
    share = check_fraction("share", share)
    train, test = as_features("memorization", train, test, 1, ("train", "test"))
    train, fake = as_features("memorization", train, fake, 1, ("train", "fake"))
    held_out, sampled = (np.sqrt(to_nearest(rows, train)) for rows in (test, fake))
    usual = np.median(held_out)
    if not usual:
        raise ValueError(
            "`memorization` was given test with half of its rows or more among those "
            "of train, but expects examples that the model has not seen."
        )
    return {
        "copies": float(np.mean(sampled <= np.quantile(held_out, share))),
        "nearness": float(np.median(sampled) / usual),
    }
