"""Image retrieval: how near to held-out examples do samples come?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kgen.metrics.distances import as_features
from kgen.metrics.figures import register
from kgen.metrics.judged import fair
from kgen.metrics.neighbors import to_nearest


@register(
    "retrieval",
    ("features", "sample_features", "training_features"),
    better={"retrieval_wins": "higher", "retrieval_distance": "lower"},
    enough=500,
)
def retrieval(queries: ArrayLike, one: ArrayLike, other: ArrayLike) -> dict[str, float]:
    """Which of two sets holds the nearer neighbours of held-out examples?

    Each query looks for its nearest example in both sets. A set that covers the data
    better wins more often; Wilcoxon's signed ranks tell whether by chance. In
    `evaluate` samples compete with as many training examples: 0.5 is as good as the
    data. The larger set is cut by chance, as it would win. Modes beside the
    data cost nothing here.

    Args:
        queries: Features `(n, d)` of held-out examples.
        one: Features `(m, d)` of samples.
        other: Features `(k, d)` of another model's samples, or of training examples.

    Returns:
        Dictionary: `retrieval_wins`, the share of queries to which `one` is nearer, in
        0..1, ties half; `retrieval_distance`, the mean distance to `one` divided by
        that to `other`; `retrieval_p_value` of equal distances, two-sided.

    Raises:
        ValueError: unless all are finite matrices of equal width.

    Example:

    >>> queries, one, other = np.random.default_rng(0).normal(size=(3, 200, 2))
    >>> found = retrieval(queries, one, other * 0.1)
    >>> found["retrieval_wins"] > 0.8, found["retrieval_p_value"] < 0.01
    (True, True)

    References:
        [Wang et al., 2016](https://arxiv.org/abs/1612.02780)
    """
    from scipy import stats

    queries, one = as_features("retrieval", queries, one, 1, ("queries", "one"))
    queries, other = as_features("retrieval", queries, other, 1, ("queries", "other"))
    size = min(len(one), len(other))
    near, far = (
        np.sqrt(to_nearest(queries, fair(rows, size))) for rows in (one, other)
    )
    if not far.any():
        raise ValueError(
            "`retrieval` was given queries that are all among the rows of other, but "
            "expects examples that it has not seen."
        )
    differ = np.any(near != far)
    return {
        "retrieval_wins": float(np.mean((near < far) + 0.5 * (near == far))),
        "retrieval_distance": float(np.mean(near) / np.mean(far)),
        "retrieval_p_value": float(stats.wilcoxon(near, far).pvalue) if differ else 1.0,
    }
