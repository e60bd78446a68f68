"""Search in the code space, against all distances and known groups."""

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.metrics import adjusted_rand_score

from kgen.latent import clusters, nearest

RANDOM = np.random.default_rng(0)


def test_nearest_agrees_with_all_distances():
    codes, queries = RANDOM.normal(size=(40, 2, 3)), RANDOM.normal(size=(7, 2, 3))
    distances = cdist(queries.reshape(7, 6), codes.reshape(40, 6))
    expected = np.argsort(distances, axis=1)[:, :5]
    assert np.array_equal(nearest(codes, queries, k=5), expected)


def test_code_finds_itself_first():
    codes = RANDOM.normal(size=(10, 4)).astype("float32")
    assert np.array_equal(nearest(codes, codes, k=1)[:, 0], np.arange(10))


def test_clusters_are_the_groups_there_are():
    truth = RANDOM.permutation(np.arange(4).repeat(25))
    codes = (10.0 * np.eye(4, 6))[truth] + RANDOM.normal(size=(100, 6))
    found = clusters(codes.reshape(100, 2, 3), num_clusters=4, seed=1)
    assert set(found) == {0, 1, 2, 3}
    assert adjusted_rand_score(truth, found) == 1.0
    again = clusters(codes.reshape(100, 2, 3), num_clusters=4, seed=1)
    assert np.array_equal(found, again)
