"""Clusters by k-means, from which mixtures start."""

from kgen.core.threads import threads_for


def k_means(x, num_clusters, seed):
    """The cluster of each row, `(n,)`.

    Args:
        x: Array `(n, d)`, dense or sparse.
        num_clusters: Number of clusters, n at most.
        seed: Integer that fixes the start; `None` for a random one.
    """
    from sklearn.cluster import KMeans

    means = KMeans(num_clusters, n_init=1, random_state=seed)
    with threads_for(x.shape[0]):
        return means.fit_predict(x)
