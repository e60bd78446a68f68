"""Similar examples, and groups of them, by the distance of their codes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kgen.latent.embedding import LARGEST_SEED
from kgen.latent.encoding import flat


def nearest(codes: ArrayLike, queries: ArrayLike, k: int) -> np.ndarray:
    """The codes nearest to each query, by Euclidean distance.

    Args:
        codes: `(n, *latent_shape)`.
        queries: `(m, *latent_shape)`.
        k: Number of codes for each query, 1 to `n`.

    Returns:
        int array `(m, k)`: indices into `codes`, the nearest first. A query that is
        among the codes finds itself.

    Raises:
        ValueError: if queries and codes differ in shape, codes are integers, or there
            are fewer than `k` codes.

    Example:

    >>> nearest([[0.0], [10.0], [11.0]], queries=[[12.0]], k=2)
    array([[2, 1]])
    """
    from sklearn.neighbors import NearestNeighbors

    from kgen.core.checks.values import check_count  # It imports Keras.

    codes, k = flat("nearest", codes, rows=1), check_count("nearest", "k", k)
    queries = flat("nearest", queries, "queries", rows=1)
    if queries.shape[1] != codes.shape[1]:
        raise ValueError(
            f"`nearest` was given queries of {queries.shape[1]} numbers each and codes "
            f"of {codes.shape[1]}, but expects equal sizes. Take both from one model."
        )
    if k > len(codes):
        raise ValueError(
            f"`nearest` was given k={k}, but only {len(codes)} codes. Lower k."
        )
    search = NearestNeighbors(n_neighbors=k).fit(codes)
    return search.kneighbors(queries, return_distance=False)


def clusters(codes: ArrayLike, num_clusters: int, seed: int | None = 0) -> np.ndarray:
    """Groups of codes, found by k-means: the best of ten starts.

    Args:
        codes: `(n, *latent_shape)`.
        num_clusters: Number of groups, 1 to `n`.
        seed: Integer that fixes the starts.

    Returns:
        int array `(n,)`: the group of each code, from 0 to `num_clusters - 1`.

    Raises:
        ValueError: if codes are integers, there are fewer codes than `num_clusters`, or
            the seed is invalid.

    Example:

    >>> groups = clusters([[0.0], [10.0], [0.1], [10.1]], num_clusters=2)
    >>> bool(groups[0] == groups[2]), bool(groups[0] == groups[1])
    (True, False)
    """
    from sklearn.cluster import KMeans

    from kgen.core.checks.values import check_count, check_seed  # It imports Keras.
    from kgen.core.threads import threads_for

    codes = flat("clusters", codes, rows=1)
    seed = check_seed("clusters", seed, most=LARGEST_SEED)
    num_clusters = check_count("clusters", "num_clusters", num_clusters)
    if num_clusters > len(codes):
        raise ValueError(
            f"`clusters` was given num_clusters={num_clusters}, but only {len(codes)} "
            "codes. Lower num_clusters."
        )
    means = KMeans(num_clusters, n_init=10, random_state=seed)
    with threads_for(len(codes)):
        return means.fit_predict(codes)
